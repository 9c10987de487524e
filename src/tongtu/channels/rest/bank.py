"""POST /v1/bank/callbacks: what the bank sends by itself, signed over its very bytes."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.headers import Headers, header
from tongtu.payments.api import Signed, receive


@post("/v1/bank/callbacks", status_code=204, opt=PUBLIC)
async def take_callback(request: Request[Any, Any, Any], parts: GivenParts) -> Response[None]:
    """Store a message whose signature holds, and answer; it is worked through afterwards.

    The same message again is answered alike: a bank repeats itself.
    """
    headers = request.scope["headers"]
    signed = Signed(
        _text(headers, b"x-bank-key"),
        _text(headers, b"x-bank-event"),
        _text(headers, b"x-bank-time"),
        _text(headers, b"x-bank-signature"),
    )
    if await receive(parts.runtime, parts.bank_secrets, signed, await request.body()):
        parts.on_callback()
    return Response(None, status_code=204)


def _text(headers: Headers, name: bytes) -> str:
    return (header(headers, name) or b"").decode("latin-1")


ROUTES = (take_callback,)
