"""Writes under an idempotency key: where the key and the hash of the request come from."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, TypeVar

import msgspec
from litestar import Request

from tongtu.channels.rest.auth import Key
from tongtu.channels.rest.body import BODY_BYTES_MAX
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.headers import idempotency_key
from tongtu.identity.api import CommandKey
from tongtu.runtime.api import Keys

T = TypeVar("T")


def command_key(keys: Keys, key: str, path: str, body: bytes) -> CommandKey:
    """Return the key with a keyed hash of path and body: a short body cannot be guessed from it.

    The method is not part of it: one path takes one kind of write.
    """
    digest = hashlib.sha256(path.encode() + b"\n" + body).hexdigest()
    return CommandKey(key, keys.blind("command_body", digest))


async def provide_command(
    request: Request[Any, Any, Any], parts: GivenParts, idempotency_key_text: Key
) -> CommandKey:
    """Give a route its caller's key; the parameter documents the header."""
    key = idempotency_key(request.scope["headers"])
    assert key == idempotency_key_text
    keys, path, body = parts.runtime.keys, request.scope["path"], await request.body()
    if len(body) > BODY_BYTES_MAX:  # a file: its hash would hold up everybody else
        return await asyncio.to_thread(command_key, keys, key, path, body)
    return command_key(keys, key, path, body)


def stored(answer: bytes, model: type[T]) -> T:
    """Read a stored answer back into its own form."""
    return msgspec.json.decode(answer, type=model)
