"""`tongtu import`: take a running loan book over, or undo a batch, by two persons; over the API."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from tongtu.channels.cli.loan_book import BadRow, Mapped, read_book
from tongtu.channels.cli.staff import ask, day, staff_client
from tongtu.kernel.errors import BadInput

TIMEOUT_S = 300
ROWS_A_CALL = 100
REFUSED = 2
PROPOSALS = "/v1/operations/loan-import-proposals"
_BAD = frozenset({"refused", "differs", "unreadable"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("book", type=Path, nargs="?", help="the loan book: .csv or .parquet")
    parser.add_argument("--mapping", type=Path, help="which column is what (TOML)")
    parser.add_argument("--batch", required=True, help="a name for this book; again, it is resumed")
    parser.add_argument("--cut-over", type=day, help="the open business day (default: that)")
    parser.add_argument("--dry-run", action="store_true", help="report only, write nothing")
    parser.add_argument("--allow-refused", action="store_true", help="exit 0 whatever was refused")
    parser.add_argument("--report", type=Path, help="write one JSON line a loan there")
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--propose", action="store_true", help="propose this file for a second person")
    act.add_argument("--propose-undo", action="store_true", help="propose to undo the whole batch")
    act.add_argument("--approve", metavar="av_...", help="allow what somebody else proposed")
    parser.add_argument("--url", help="the platform's address (default: the one served here)")


def run(arguments: argparse.Namespace) -> int:
    """Send the rows, print what differs or is refused by line; 2 when any is, else 0."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        if arguments.approve:
            return _approve(client, arguments.approve)
        if arguments.book is None:
            raise BadInput("a book is wanted")
        if arguments.propose or arguments.propose_undo:
            return _propose(client, arguments)
        if arguments.mapping is None:
            raise BadInput("the book's --mapping is wanted")
        told = list(send(client, arguments))
    return report(arguments, told)


def send(client: httpx.Client, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what became of each line of the book, in order."""
    mapped = Mapped.read(arguments.mapping)
    part = {**named(client, arguments), "is_dry": arguments.dry_run}
    waiting: list[dict[str, Any]] = []
    for row in read_book(arguments.book, mapped):
        if isinstance(row, BadRow):
            yield {"line": row.line, "external": "", "state": "unreadable", "reason": row.reason}
            continue
        waiting.append(row)
        if len(waiting) == ROWS_A_CALL:
            yield from _ask(client, part, waiting)
            waiting = []
    if waiting:
        yield from _ask(client, part, waiting)


def named(client: httpx.Client, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what a batch is known by: its name, the cut-over day, the hash of its file."""
    try:
        content = arguments.book.read_bytes()
    except OSError as fault:
        raise BadInput(f"the book cannot be read: {fault}") from fault
    return {
        "batch": arguments.batch,
        "cut_over": str(arguments.cut_over or _business_date(client)),
        "file_sha256": hashlib.sha256(content).hexdigest(),
    }


def report(arguments: argparse.Namespace, told: Sequence[dict[str, Any]]) -> int:
    """Print what is not as it should be, and the sums; write the report."""
    if arguments.report is not None:
        lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in told]
        arguments.report.write_text("".join(lines), encoding="utf-8")
    for one in sorted(told, key=lambda one: int(one["line"])):
        if one["state"] in _BAD:
            print(f"line {one['line']} {one['external']}: {_why(one)}")
    counts = Counter(one["state"] for one in told)
    sum_minor = sum(one.get("outstanding_minor") or 0 for one in told if one["state"] not in _BAD)
    print(
        f"batch {arguments.batch}: {len(told)} rows; "
        + ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        + f"; outstanding {sum_minor // 100:,}.{sum_minor % 100:02d}"
    )
    is_bad = any(state in _BAD for state in counts)
    return REFUSED if is_bad and not arguments.allow_refused else 0


def _why(one: dict[str, Any]) -> str:
    if one["state"] != "differs":
        return f"{one.get('code') or one['state']}: {one['reason']}"
    return (
        "; ".join(
            f"{each['figure']} theirs {each['theirs']}, ours {each['ours']}"
            for each in one["differences"]
        )
        + f": {one['arithmetic']}"
    )


def _ask(
    client: httpx.Client, part: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    body = {**part, "rows": rows}
    told = ask(client, "POST", "/v1/operations/loan-imports", json=body, headers=_key(body))
    return list(told["items"])


def _propose(client: httpx.Client, arguments: argparse.Namespace) -> int:
    body = {**named(client, arguments), "is_undo": arguments.propose_undo}
    told = ask(client, "POST", PROPOSALS, json=body, headers=_key(body))
    print(f"proposed: a second operator allows it with --approve {told['approval']}")
    return 0


def _approve(client: httpx.Client, approval: str) -> int:
    told = ask(client, "POST", f"{PROPOSALS}/{approval}/approval", headers=_key([approval]))
    done = f"{told['loans']} loans undone" if told["loans"] else "allowed"
    print(f"batch {told['batch']}: {done}")
    return 0


def _key(body: object) -> dict[str, str]:
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {"idempotency-key": f"import-{digest[:40]}"}


def _business_date(client: httpx.Client) -> str:
    return str(ask(client, "GET", "/v1/operations/business-date")["business_date"])
