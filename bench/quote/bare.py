"""The ceiling: a plain ASGI function that decodes the body and answers as many bytes at once."""

from __future__ import annotations

from typing import Any

import msgspec
from bench.decision.bare import read_body, reply

ANSWER = b'{"plans":"%s"}' % (b"x" * 9_000)


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    merchant: str
    item: str
    price_minor: int


DECODER = msgspec.json.Decoder(Asked)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer every HTTP request."""
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        DECODER.decode(await read_body(receive))
    await reply(send, ANSWER)
