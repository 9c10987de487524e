"""Buyers at merchants' checkouts: applicants of the same table, beyond those whose risk is told.

Each buys at a part of what the table's row asked for; of every three one gives some goods back, and
one all of them, on the second day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tongtu.replay.applicants import Applicant
from tongtu.replay.borrower import Case
from tongtu.replay.client import Platform, Unexpected
from tongtu.replay.purchase import PAID, Purchase

# One buyer for so many applicants: some two dozen beside the usual replay.
APPLICANTS_A_BUYER = 50
# A cart is a tenth of what the row asked a bank for, in whole yuan and within the product's bounds.
SHARE, PRICE_MIN_MINOR, YUAN = 10, 30_000, 100
TENORS = (3, 6, 12)
# Of three who bought the first gives a third back, the second all of it, the last keeps everything.
PARTS_BACK = (3, 1, 0)
LOOKS_MAX = 120
LOOK_EVERY_S = 0.5


def buyers(applicants: Sequence[Applicant], sellers: Sequence[str], run: str) -> list[Case]:
    """Return a case for each buyer, with what it buys from whom; none where nobody sells."""
    found = []
    for nr, one in enumerate(applicants if sellers else ()):
        price_minor = max(one.amount_minor // SHARE // YUAN * YUAN, PRICE_MIN_MINOR)
        purchase = Purchase(sellers[nr % len(sellers)], nr, price_minor)
        found.append(Case(one, run, purchase=purchase))
    return found


async def buy(platform: Platform, case: Case) -> None:
    """Let the merchant ask to be paid, and the buyer apply for it: the plans are the offers."""
    purchase = _purchase(case)
    price_minor = purchase.price_minor
    asked = await platform.ask(
        "POST", "/v1/checkout/sessions",
        body={
            "reference": f"{case.run}-{purchase.nr}",
            "items": [{"name": "商品", "quantity": 1, "unit_minor": price_minor}],
            "price_minor": price_minor,
        },
        token=purchase.seller, key=case.key("session"),
    )  # fmt: skip
    purchase.session = asked["session"]
    stated = case.applicant.body()
    bought = await platform.ask(
        "POST", f"/v1/checkout/sessions/{purchase.session}/application",
        body={
            "tenor_months": TENORS[purchase.nr // 2 % len(TENORS)],
            "device": stated["device"],
            "facts": stated["facts"],
        },
        token=case.token, key=case.key("buy"),
    )  # fmt: skip
    offers = [{**plan, "n": plan["offer"]} for plan in bought["plans"]]
    case.answer = {**bought, "offers": offers}
    case.step = bought["step"]


def settle_returns(bought: Sequence[Case]) -> None:
    """Say of each who bought how much they will give back."""
    for place, case in enumerate(bought):
        parts, purchase = PARTS_BACK[place % len(PARTS_BACK)], _purchase(case)
        purchase.giving_minor = purchase.price_minor // parts if parts else 0


async def give_back(platform: Platform, case: Case) -> None:
    """Give a part of the goods back, or all, or none, as was settled before."""
    purchase = _purchase(case)
    if not (back_minor := purchase.giving_minor):
        return
    await platform.ask(
        "POST", f"/v1/checkout/sessions/{purchase.session}/returns",
        body={"amount_minor": back_minor}, token=purchase.seller, key=case.key("return"),
    )  # fmt: skip
    purchase.asked_back_minor = back_minor


async def see_goods(platform: Platform, case: Case) -> None:
    """Look until what was given back is paid, then at the loan."""
    purchase = _purchase(case)
    for _ in range(LOOKS_MAX):
        seen = await platform.ask(
            "GET", f"/v1/checkout/sessions/{purchase.session}", token=purchase.seller
        )
        purchase.state, purchase.returned_minor = seen["state"], seen["returned_minor"]
        purchase.returns_paid = sum(one["state"] == PAID for one in seen["returns"])
        if all(one["state"] != "asked" for one in seen["returns"]):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    loan = await platform.ask("GET", f"/v1/loans/{case.loan}", token=case.token)
    purchase.loan_state, purchase.outstanding_minor = loan["state"], loan["outstanding_minor"]


async def count_files(
    platform: Platform, bought: Sequence[Case], days: Sequence[dict[str, Any]]
) -> int:
    """Return how many days' files the merchants who sold get.

    Each is made only if it equals the ledger.

    Raises:
        Unexpected: a file that cannot be made, since payments and ledger differ.
    """
    made = 0
    for seller in sorted({_purchase(case).seller for case in bought}):
        for day in days:
            file = await platform.ask(
                "GET", f"/v1/merchant-settlements/{day['date']}/file", token=seller
            )
            made += bool(file)
    return made


def _purchase(case: Case) -> Purchase:
    if case.purchase is None:
        raise Unexpected("this applicant buys nothing", code="no_purchase")
    return case.purchase
