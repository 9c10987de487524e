"""`tongtu settle`: tell every lender of a closed day, and write the files."""

from __future__ import annotations

import argparse
import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from tongtu.channels.cli.staff import ask, day, money, staff_client
from tongtu.kernel.errors import Broken

# Statements of many lenders and days are read one after another.
TIMEOUT_S = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--day", type=day, help="which closed day (default: the last one)")
    parser.add_argument("--out", type=Path, help="folder that the files are written to")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a lender; 0 when every file equals the ledger."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        wanted = arguments.day or _business_date(client) - timedelta(days=1)
        key = {"idempotency-key": f"settle-{wanted}"}
        body = {"day": wanted.isoformat()}
        told = ask(client, "POST", "/v1/operations/settlements", json=body, headers=key)
        for one in told["items"]:
            print(
                f"{one['day']}  lender-{one['lender']:<3} {one['lines']:>6} lines  "
                f"{money(one['opening_minor']):>16} {money(one['total_minor']):>16} = "
                f"{money(one['closing_minor']):>16}  {one['state']}"
            )
            if arguments.out is not None:
                _write(client, arguments.out, one)
    return 0


def _write(client: httpx.Client, folder: Path, one: dict[str, Any]) -> None:
    path = f"/v1/settlements/{one['day']}/{one['lender']}/file"
    reply = client.get(path)
    if reply.is_error:
        raise Broken(f"the file is not given out (HTTP {reply.status_code})", code="no_file")
    content = reply.content
    if hashlib.sha256(content).hexdigest() != one["sha256"]:
        raise Broken("the file is not the one that was settled", code="other_file")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"settlement-{one['lender']}-{one['day']}.csv").write_bytes(content)


def _business_date(client: httpx.Client) -> date:
    told = ask(client, "GET", "/v1/operations/business-date")
    return date.fromisoformat(told["business_date"])
