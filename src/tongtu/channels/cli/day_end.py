"""`tongtu day-end`: close business days on a running platform, as an operator over its API."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

from tongtu.channels.cli.staff import ask, day, money, staff_client

# A year of days takes some seconds; payments still open may add half a minute.
TIMEOUT_S = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--status", action="store_true", help="show how far a day end has come")
    which.add_argument("--through", type=day, help="last day to close, as 2026-11-24")
    which.add_argument("--days", type=int, default=1, help="how many days to close (default 1)")


def run(arguments: argparse.Namespace) -> int:
    """Close the days and print one line each; 0 when all asked for are closed."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        if arguments.status:
            return _show_status(ask(client, "GET", "/v1/operations/day-ends"))
        told = ask(client, "GET", "/v1/operations/business-date")
        today = date.fromisoformat(told["business_date"])
        through = arguments.through or today + timedelta(days=arguments.days - 1)
        if through < today:
            print(f"nothing to close: the open day is {today}")
            return 0
        # The same wish from the same day is the same command: asked twice, it is done once.
        key = {"idempotency-key": f"day-end-{today}-{through}"}
        body = {"through": through.isoformat()}
        told = ask(client, "POST", "/v1/operations/day-ends", json=body, headers=key)
    for closed in told["closed"]:
        accrued = money(closed["accrued_minor"])
        print(
            f"{closed['date']}  {closed['loans']:>7} loans  accrued {accrued}"
            f"  books {closed['invariant']}"
        )
    print(f"the open day is {told['business_date']}")
    return 0


def _show_status(told: dict[str, Any]) -> int:
    for one in told["cells"]:
        state = "closed" if one["is_closed"] else "closing"
        print(
            f"{one['date']}  cell {one['cell']}  {one['chunks_done']} of {one['chunks']}  {state}"
        )
    print(f"the open day is {told['business_date']}")
    return 0
