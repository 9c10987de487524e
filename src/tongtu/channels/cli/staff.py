"""Asking a running platform over its API, as a member of staff."""

from __future__ import annotations

import argparse
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from tongtu.kernel.errors import BadInput, NotSignedIn, TongtuError
from tongtu.runtime.api import load

TOKEN = "TONGTU_TOKEN"  # noqa: S105 - the name of the variable, not a token


@contextmanager
def staff_client(url: str | None, timeout_s: float) -> Iterator[httpx.Client]:
    """Yield a client with the token of TONGTU_TOKEN, or of the demo's operator.

    Raises:
        BadInput: no platform was started here and no address is given.
        NotSignedIn: there is no token.
    """
    folder = home()
    address = url or str(_read(folder / "serve.json")["url"])
    token = os.environ.get(TOKEN) or str(_read(folder / "demo-logins.json").get("operator", ""))
    if not token:
        raise NotSignedIn(f"an operator's token is wanted in {TOKEN}")
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=address, headers=headers, timeout=timeout_s, trust_env=False
    ) as client:
        yield client


def home() -> Path:
    """Return TONGTU_HOME."""
    return load(os.environ, Path.cwd()).settings.home


def ask(client: httpx.Client, method: str, path: str, **given: Any) -> dict[str, Any]:
    """Return the answer. Raises BadInput when there is none, TongtuError when it is a refusal."""
    try:
        reply = client.request(method, path, **given)
        body = reply.json()
    except (httpx.HTTPError, ValueError) as fault:
        raise BadInput(f"{client.base_url} does not answer: {type(fault).__name__}") from None
    if reply.is_error:
        detail = body.get("detail") or body.get("title") or "refused"
        raise TongtuError(f"{detail} (HTTP {reply.status_code})", code=body.get("code"))
    return dict(body)


def write(client: httpx.Client, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """Send one write under a key of its own. Raises as `ask`."""
    key = {"idempotency-key": uuid.uuid4().hex}  # house: seam - one call of one person
    given: dict[str, Any] = {} if body is None else {"json": body}
    return ask(client, "POST", path, headers=key, **given)


def day(text: str) -> date:
    """Return the date an argument names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written 2026-11-24") from None


def money(minor: int) -> str:
    """Return an amount with two decimals, for people."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"{path} is not there; start the platform with: make run") from None
