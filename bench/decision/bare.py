"""The ceiling: a plain ASGI function that decodes the typed body and stores nothing."""

from __future__ import annotations

from typing import Any

from bench.decision.body import DECODER

HEADERS = [(b"content-type", b"application/json")]


async def read_body(receive: Any) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


async def reply(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": HEADERS})
    await send({"type": "http.response.body", "body": body})


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer every HTTP request with the sum asked for."""
    if scope["type"] != "http":
        return
    asked = DECODER.decode(await read_body(receive))
    await reply(send, b'{"amount_minor":%d}' % asked.amount_minor)
