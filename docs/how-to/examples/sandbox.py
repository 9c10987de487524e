"""Try the API: get a sandbox key, apply, compare the offers. Run: sandbox.py URL PARTNER_TOKEN"""

import sys

from tongtu_client import ApplicationAsked, Client, Problem


def main(url: str, token: str) -> None:
    """Walk through three cases of the table."""
    key = Client(url, token).post_sandbox_keys()["key"]
    sandbox = Client(url, key)
    asked: ApplicationAsked = {
        "product": "consumer_cash",
        "amount_minor": 1_000_000,
        "tenor_months": 12,
        "purpose": "goods",
        "device": "example",
        "facts": {
            "income_minor": 1_500_000,
            "expenses_minor": 300_000,
            "assets_minor": None,
            "debt_minor": 0,
            "price_minor": 1_200_000,
            "seniority_years": 8,
            "home": "owner",
            "job": "fixed",
            "records": False,
        },
    }
    approved = sandbox.post_sandbox_applications(asked)
    for offer in approved["offers"]:
        print(offer["lender"]["id"], offer["total_minor"], offer["irr12_percent"])
    declined = sandbox.post_sandbox_applications({**asked, "amount_minor": 1_000_100})
    print(declined["outcome"], declined["reasons"][0]["code"])
    try:
        sandbox.post_sandbox_applications({**asked, "amount_minor": 1_000_600})
    except Problem as refused:
        print(refused.status, refused.code, refused.retry_after_s)


if __name__ == "__main__":
    main(*sys.argv[1:])
