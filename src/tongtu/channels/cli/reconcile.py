"""`tongtu reconcile`: match the bank's statements of a day, and list what is open."""

from __future__ import annotations

import argparse
from datetime import date, datetime

import httpx

from tongtu.channels.cli.staff import ask, day, money, staff_client

PAGE = 100
PAGES_MAX = 50  # 5,000 open breaks: more than any list is read to

# Statements of many lenders and days are read one after another.
TIMEOUT_S = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--day", type=day, help="whose statements (default: the open day)")


def run(arguments: argparse.Namespace) -> int:
    """Print a line each lender and each open break; 0 when every statement was read."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        wanted = arguments.day or _business_date(client)
        key = {"idempotency-key": f"reconcile-{datetime.now():%Y%m%d%H%M%S%f}"}  # noqa: DTZ005 # house: seam - a key of this very call
        body = {"day": wanted.isoformat()}
        told = ask(client, "POST", "/v1/operations/reconciliations", json=body, headers=key)
        for one in told["lenders"]:
            if not one["is_read"]:
                print(f"lender-{one['lender']:<3} no statement: the bank is asked again next time")
                continue
            print(
                f"lender-{one['lender']:<3} {one['entries']:>6} entries  {one['matched']:>6} new "
                f"matches  {one['breaks']:>4} new breaks  closing {money(one['closing_minor'])}"
            )
        open_breaks, after = 0, None
        for _ in range(PAGES_MAX):
            query = f"?limit={PAGE}" + (f"&after={after}" if after else "")
            page = ask(client, "GET", f"/v1/operations/breaks{query}")
            for row in page["items"]:
                open_breaks += 1
                print(
                    f"{row['id']}  {row['kind']:<20} {row['owner']:<9} lender-{row['lender']:<3} "
                    f"{row['age_days']:>3} d  {money(row['amount_minor']):>14}  {row['payment']}"
                )
            after = page["next"]
            if after is None:
                break
        print(f"{wanted}: {open_breaks} breaks are open")
    return 0 if all(one["is_read"] for one in told["lenders"]) else 1


def _business_date(client: httpx.Client) -> date:
    told = ask(client, "GET", "/v1/operations/business-date")
    return date.fromisoformat(told["business_date"])
