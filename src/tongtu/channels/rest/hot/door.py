"""The law of the hot door, by the ordinary route's functions: token, role, key, type, body, lane.

Nothing here waits: what must be waited for comes back as a future.
"""

from __future__ import annotations

import asyncio

from tongtu.channels.rest.apply import APPLICATION, BORROWERS, PATH, begin, ended
from tongtu.channels.rest.auth import in_role, roles_of
from tongtu.channels.rest.command import command_key
from tongtu.channels.rest.headers import (
    Headers,
    bearer_token,
    check_content_type,
    idempotency_key,
)
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role
from tongtu.origination.api import ApplyAnswer


class ApplyDoor:
    """Answers POST /v1/applications."""

    method = b"POST"
    url = PATH.encode()

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        permission = parts.permissions.get(("POST", PATH))
        open_to = roles_of(BORROWERS, permission) if permission else None
        self._roles: frozenset[Role] = open_to or frozenset()  # without an entry it is shut
        self.request_ids = parts.request_ids

    def ask_caller(self, headers: Headers) -> Caller | asyncio.Future[Caller]:
        """Return the caller when the token was looked up within the last seconds.

        Raises, or the future does:
            NotSignedIn, BadInput.
        """
        return self._parts.doorkeeper.ask(bearer_token(headers))

    def decide(
        self, caller: Caller, headers: Headers, body: bytes, host: str
    ) -> asyncio.Future[ApplyAnswer]:
        """Send the application into its lane. Raises whatever the ordinary route answers."""
        in_role(caller, self._roles)
        key = idempotency_key(headers)
        check_content_type(headers)
        command = command_key(self._parts.runtime.keys, key, PATH, body)
        return begin(self._parts, caller, command, APPLICATION.read(body), host)

    def now_s(self) -> float:
        """Return the monotonic clock."""
        return self._parts.runtime.clock.monotonic_s()

    def ended(self, began_s: float, answer: ApplyAnswer) -> bytes:
        """Take note of an answered application and return its answer's bytes."""
        return ended(self._parts, began_s, answer)
