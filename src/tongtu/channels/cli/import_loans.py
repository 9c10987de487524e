"""`tongtu import`: take a running loan book over, or undo a batch; over the API."""

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
    parser.add_argument("--undo", action="store_true", help="undo the whole batch")
    parser.add_argument("--url", help="the platform's address (default: the one served here)")


def run(arguments: argparse.Namespace) -> int:
    """Send the rows, print what differs or is refused by line; 2 when any is, else 0."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        if arguments.undo:
            return _undo(client, arguments.batch)
        if arguments.book is None or arguments.mapping is None:
            raise BadInput("a book and its --mapping are wanted")
        told = list(send(client, arguments))
    return report(arguments, told)


def send(client: httpx.Client, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what became of each line of the book, in order."""
    mapped = Mapped.read(arguments.mapping)
    try:
        content = arguments.book.read_bytes()
    except OSError as fault:
        raise BadInput(f"the book cannot be read: {fault}") from fault
    cut_over = arguments.cut_over or _business_date(client)
    part = {
        "batch": arguments.batch,
        "cut_over": str(cut_over),
        "file_sha256": hashlib.sha256(content).hexdigest(),
        "is_dry": arguments.dry_run,
    }
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
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    headers = {"idempotency-key": f"import-{digest[:40]}"}
    told = ask(client, "POST", "/v1/operations/loan-imports", json=body, headers=headers)
    return list(told["items"])


def _undo(client: httpx.Client, batch: str) -> int:
    path = f"/v1/operations/loan-imports/{batch}/undoing"
    headers = {"idempotency-key": f"undo-{hashlib.sha256(batch.encode()).hexdigest()[:40]}"}
    told = ask(client, "POST", path, headers=headers)
    print(f"batch {told['batch']}: {told['loans']} loans undone")
    return 0


def _business_date(client: httpx.Client) -> str:
    return str(ask(client, "GET", "/v1/operations/business-date")["business_date"])
