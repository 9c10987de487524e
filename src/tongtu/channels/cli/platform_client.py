"""A running platform, spoken to as a member of its staff over its API."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from tongtu.kernel.errors import BadInput, NotSignedIn, TongtuError
from tongtu.runtime.api import load

TOKEN = "TONGTU_TOKEN"  # noqa: S105 - the name of the variable, not a token
# Statements of many lenders are read one after another.
TIMEOUT_S = 300


@contextmanager
def platform_client(url: str | None) -> Iterator[httpx.Client]:
    """Give a signed-in client of the platform at `url`, or of the one served here.

    Raises:
        NotSignedIn: no operator's token is known.
        BadInput: no platform is served here.
    """
    home = load(os.environ, Path.cwd()).settings.home
    address = url or str(_read(home / "serve.json")["url"])
    token = os.environ.get(TOKEN) or str(_read(home / "demo-logins.json").get("operator", ""))
    if not token:
        raise NotSignedIn(f"an operator's token is wanted in {TOKEN}")
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=address, headers=headers, timeout=TIMEOUT_S, trust_env=False
    ) as client:
        yield client


def answer_of(client: httpx.Client, method: str, path: str, **given: Any) -> dict[str, Any]:
    """Return the JSON of an answer. Raises TongtuError with the platform's own code."""
    body = json.loads(reply_of(client, method, path, **given).content or b"{}")
    return dict(body)


def reply_of(client: httpx.Client, method: str, path: str, **given: Any) -> httpx.Response:
    """Return an answer that is no refusal. Raises TongtuError with the platform's own code."""
    try:
        reply = client.request(method, path, **given)
        body = reply.json() if reply.is_error else {}
    except (httpx.HTTPError, ValueError) as fault:
        raise BadInput(f"{client.base_url} does not answer: {type(fault).__name__}") from None
    if reply.is_error:
        detail = body.get("detail") or body.get("title") or "refused"
        raise TongtuError(f"{detail} (HTTP {reply.status_code})", code=body.get("code"))
    return reply


def business_date_of(client: httpx.Client) -> date:
    """Return the open business date."""
    told = answer_of(client, "GET", "/v1/operations/business-date")
    return date.fromisoformat(told["business_date"])


def day_of(text: str) -> date:
    """Return a day given as an argument. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written 2026-11-24") from None


def yuan(minor: int) -> str:
    """Return an amount of fen as a person reads it."""
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100:,}.{minor % 100:02d}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"{path} is not there; start the platform with: make run") from None
