"""`tongtu day-end`: close business days on a running platform, as an operator over its API."""

from __future__ import annotations

import argparse
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from tongtu.kernel.errors import BadInput, NotSignedIn, TongtuError
from tongtu.runtime.api import load

TOKEN = "TONGTU_TOKEN"  # noqa: S105 - the name of the variable, not a token
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
    with connect(arguments.url) as client:
        if arguments.status:
            return _show_status(answer(client, "GET", "/v1/operations/day-ends"))
        today = date.fromisoformat(
            answer(client, "GET", "/v1/operations/business-date")["business_date"]
        )
        through = arguments.through or today + timedelta(days=arguments.days - 1)
        if through < today:
            print(f"nothing to close: the open day is {today}")
            return 0
        # The same wish from the same day is the same command: asked twice, it is done once.
        key = {"idempotency-key": f"day-end-{today}-{through}"}
        body = {"through": through.isoformat()}
        told = answer(client, "POST", "/v1/operations/day-ends", json=body, headers=key)
    for one in told["closed"]:
        accrued = one["accrued_minor"]
        sign, accrued = ("-", -accrued) if accrued < 0 else ("", accrued)
        print(
            f"{one['date']}  {one['loans']:>7} loans  accrued {sign}{accrued // 100:,}."
            f"{accrued % 100:02d}  books {one['invariant']}"
        )
    print(f"the open day is {told['business_date']}")
    return 0


def connect(url: str | None) -> httpx.Client:
    """Return a client that speaks as an operator. Raises NotSignedIn without a token."""
    home = load(os.environ, Path.cwd()).settings.home
    url = url or str(_read(home / "serve.json")["url"])
    token = os.environ.get(TOKEN) or str(_read(home / "demo-logins.json").get("operator", ""))
    if not token:
        raise NotSignedIn(f"an operator's token is wanted in {TOKEN}")
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False)


def _show_status(told: dict[str, Any]) -> int:
    for one in told["cells"]:
        state = "closed" if one["is_closed"] else "closing"
        print(
            f"{one['date']}  cell {one['cell']}  {one['chunks_done']} of {one['chunks']}  {state}"
        )
    print(f"the open day is {told['business_date']}")
    return 0


def answer(client: httpx.Client, method: str, path: str, **given: Any) -> dict[str, Any]:
    """Return what the platform answers. Raises TongtuError with its words when it refuses."""
    try:
        reply = client.request(method, path, **given)
        body = reply.json()
    except (httpx.HTTPError, ValueError) as fault:
        raise BadInput(f"{client.base_url} does not answer: {type(fault).__name__}") from None
    if reply.is_error:
        detail = body.get("detail") or body.get("title") or "refused"
        raise TongtuError(f"{detail} (HTTP {reply.status_code})", code=body.get("code"))
    return dict(body)


def day(text: str) -> date:
    """Read a day from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written 2026-11-24") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"{path} is not there; start the platform with: make run") from None
