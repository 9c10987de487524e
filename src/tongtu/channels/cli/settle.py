"""`tongtu settle`: tell every lender of a closed day, and write the files."""

from __future__ import annotations

import argparse
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tongtu.channels.cli.platform_client import (
    answer_of,
    business_date_of,
    day_of,
    platform_client,
    reply_of,
    yuan,
)
from tongtu.kernel.errors import Broken


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--day", type=day_of, help="which closed day (default: the last one)")
    parser.add_argument("--out", type=Path, help="folder that the files are written to")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a lender; 0 when every file equals the ledger."""
    with platform_client(arguments.url) as client:
        day = arguments.day or business_date_of(client) - timedelta(days=1)
        key = {"idempotency-key": f"settle-{day}"}
        body = {"day": day.isoformat()}
        told = answer_of(client, "POST", "/v1/operations/settlements", json=body, headers=key)
        for one in told["items"]:
            print(
                f"{one['day']}  lender-{one['lender']:<3} {one['lines']:>6} lines  "
                f"{yuan(one['opening_minor']):>16} {yuan(one['total_minor']):>16} = "
                f"{yuan(one['closing_minor']):>16}  {one['state']}"
            )
            if arguments.out is not None:
                _write(client, arguments.out, one)
    return 0


def _write(client: httpx.Client, folder: Path, one: dict[str, Any]) -> None:
    path = f"/v1/settlements/{one['day']}/{one['lender']}/file"
    content = reply_of(client, "GET", path).content
    if hashlib.sha256(content).hexdigest() != one["sha256"]:
        raise Broken("the file is not the one that was settled", code="other_file")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"settlement-{one['lender']}-{one['day']}.csv").write_bytes(content)
