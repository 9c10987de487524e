"""`tongtu ledger trial-balance | accounts | statement | close-period`: the books over the API."""

from __future__ import annotations

import argparse
import json
from typing import Any

import httpx

from tongtu.channels.cli.staff import ask, day, money, staff_client

# Closing rolls up every day since the last one; a month of a busy book takes some seconds.
TIMEOUT_S = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--json", action="store_true", help="for programs")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="task")
    trial = tasks.add_parser("trial-balance", help="the sum of each kind of account; all sum to 0")
    trial.add_argument("--as-of", type=day, help="a business date (default: the open one)")
    accounts = tasks.add_parser("accounts", help="accounts with balance and what is available")
    accounts.add_argument("--kind", help="of one kind, e.g. lender_funds")
    statement = tasks.add_parser("statement", help="movements of an account")
    statement.add_argument("account", help="as `accounts` shows it: ac_...")
    statement.add_argument("--from", dest="opened_on", type=day, required=True)
    statement.add_argument("--to", dest="closed_on", type=day, required=True)
    close = tasks.add_parser("close-period", help="propose it, and let another person allow it")
    which = close.add_mutually_exclusive_group(required=True)
    which.add_argument("--through", type=day, help="propose: the period's last day")
    which.add_argument("--allow", metavar="AP", help="allow what somebody else proposed")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and print what was told."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        told, lines = TASKS[arguments.task](client, arguments)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0


Told = tuple[dict[str, Any], list[str]]


def _trial_balance(client: httpx.Client, arguments: argparse.Namespace) -> Told:
    given = {} if arguments.as_of is None else {"as_of": arguments.as_of.isoformat()}
    told = ask(client, "GET", "/v1/ledger/trial-balance", params=given)
    lines = [f"{'as of ' + told['as_of']:<20}{'':<5}{'debit':>22}{'credit':>22}"]
    for one in told["lines"]:
        debit, credit = (money(one[side]) for side in ("debit_minor", "credit_minor"))
        lines.append(f"{one['kind']:<20}{one['currency']:<5}{debit:>22}{credit:>22}")
    lines += [f"sum {name}: {money(sum_)}" for name, sum_ in told["sums_minor"].items()]
    return told, lines


def _accounts(client: httpx.Client, arguments: argparse.Namespace) -> Told:
    given = {} if arguments.kind is None else {"kind": arguments.kind}
    told = ask(client, "GET", "/v1/ledger/accounts", params=given)
    lines = [f"{'account':<18}{'kind':<18}{'owner':>6}{'balance':>22}{'available':>22}"]
    for one in told["items"]:
        balance, available = (money(one[name]) for name in ("balance_minor", "available_minor"))
        owner = one["owner"] or ""
        lines.append(f"{one['account']:<18}{one['kind']:<18}{owner:>6}{balance:>22}{available:>22}")
    return told, lines


def _statement(client: httpx.Client, arguments: argparse.Namespace) -> Told:
    path = f"/v1/ledger/accounts/{arguments.account}/statement"
    given = {"opened_on": arguments.opened_on, "closed_on": arguments.closed_on}
    told = ask(client, "GET", path, params={name: str(day_) for name, day_ in given.items()})
    lines = [f"{told['opened_on']}  {'opening':<24}{money(told['opening_minor']):>22}"]
    lines += [
        f"{one['business_date']}  {one['code']:<24}{money(one['amount_minor']):>22}"
        f"  {one['transfer']}"
        for one in told["lines"]
    ]
    lines.append(f"{told['closed_on']}  {'closing':<24}{money(told['closing_minor']):>22}")
    return told, lines


def _close_period(client: httpx.Client, arguments: argparse.Namespace) -> Told:
    # The same wish is the same command: asked twice, it is done once.
    if arguments.allow is not None:
        path = f"/v1/operations/ledger-periods/{arguments.allow}/approval"
        key = {"idempotency-key": f"allow-period-{arguments.allow}"}
        told = ask(client, "POST", path, headers=key)
        return told, [f"the books are closed through {told['through']}"]
    through = arguments.through.isoformat()
    key = {"idempotency-key": f"close-period-{through}"}
    told = ask(client, "POST", "/v1/ledger/periods", json={"through": through}, headers=key)
    return told, [f"{told['approval']} waits for another person: --allow {told['approval']}"]


TASKS = {
    "trial-balance": _trial_balance,
    "accounts": _accounts,
    "statement": _statement,
    "close-period": _close_period,
}
