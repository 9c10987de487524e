"""The hot door: POST /v1/applications without the framework, by the very same functions.

Everything else about a request (bounds, ids, headers, faults) is the gate's, for both doors.
"""

from __future__ import annotations

from collections.abc import Mapping

from litestar.types import Scope, Send

from tongtu.channels.rest.apply import APPLICATION, BORROWERS, PATH, decide
from tongtu.channels.rest.auth import caller_in
from tongtu.channels.rest.command import command_key
from tongtu.channels.rest.gate import HotDoor
from tongtu.channels.rest.headers import check_content_type, idempotency_key
from tongtu.channels.rest.parts import Parts

_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


def doors(parts: Parts) -> Mapping[tuple[str, str], HotDoor]:
    """Return the doors the gate opens before the ordinary application."""

    async def apply(scope: Scope, body: bytes, send: Send) -> None:
        headers = scope["headers"]
        caller = await caller_in(parts, headers, BORROWERS)
        key = idempotency_key(headers)
        check_content_type(headers)
        command = command_key(parts.runtime.keys, key, PATH, body)
        answer = await decide(parts, caller, command, APPLICATION.read(body))
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 201, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": answer, "more_body": False})

    return {("POST", PATH): apply}
