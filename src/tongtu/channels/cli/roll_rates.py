"""`tongtu roll-rates`: how loans moved between days-late buckets, asked of a running platform."""

from __future__ import annotations

import argparse

from tongtu.channels.cli.staff import ask, day, money, staff_client

TIMEOUT_S = 300  # reads the evidence of all loans twice


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--first", type=day, required=True, help="a closed day, as 2026-11-30")
    parser.add_argument("--last", type=day, required=True, help="a later closed day")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a move: its loans, and its share of those that began in the bucket."""
    days = {"first": arguments.first.isoformat(), "last": arguments.last.isoformat()}
    with staff_client(arguments.url, TIMEOUT_S) as client:
        told = ask(client, "GET", "/v1/operations/roll-rates", params=days)
    began: dict[str, int] = {}
    for move in told["moves"]:
        began[move["before"]] = began.get(move["before"], 0) + move["loans"]
    print(f"{'before':>8} {'after':>8} {'loans':>10} {'share':>8} {'principal':>18}")
    for move in told["moves"]:
        share = move["loans"] / began[move["before"]]
        yuan = money(move["principal_minor"])
        row = (
            f"{move['before']:>8} {move['after']:>8} {move['loans']:>10,} {share:>8.2%} {yuan:>18}"
        )
        print(row)
    return 0
