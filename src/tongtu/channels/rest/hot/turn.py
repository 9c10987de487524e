"""One request at the hot door, from its head to its answer, without a task of its own.

The server's library holds it among its own cycles, so one pipeline keeps the order of all answers.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from tongtu.channels.rest.body import BODY_BYTES_MAX
from tongtu.channels.rest.headers import Headers
from tongtu.channels.rest.hot.answer import created, refused
from tongtu.channels.rest.hot.door import ApplyDoor
from tongtu.channels.rest.problem import Problem, of_status, told
from tongtu.identity.api import Caller
from tongtu.origination.api import ApplyAnswer


class Wire(Protocol):
    """What a turn needs of its connection."""

    @property
    def server_lines(self) -> bytes: ...

    @property
    def host(self) -> str: ...

    def write_answer(self, turn: Turn, answer: bytes) -> None: ...


class _Unheard:
    """Where the library rings for its own cycles."""

    def set(self) -> None:
        """Wake nobody."""


class Turn:
    """A request: it begins when its body is whole and those before it are answered."""

    __slots__ = (
        "_began_s", "_body", "_door", "_headers", "_refusal", "_wire", "disconnected", "expects",
        "is_started", "keep_alive", "more_body", "request_id", "response_complete",
    )  # fmt: skip
    message_event = _Unheard()

    def __init__(
        self, door: ApplyDoor, wire: Wire, headers: Headers, refusal: Problem | None = None
    ) -> None:
        self._door = door
        self._wire = wire
        self._headers = headers
        self._body: bytes | bytearray = b""
        self._began_s = 0.0
        self._refusal = refusal
        self.request_id = door.request_ids.of(headers)
        self.keep_alive = True
        self.expects = False  # waits for "100 Continue" before it sends its body
        self.is_started = False
        self.more_body = True
        self.response_complete = False
        self.disconnected = False

    def start(self) -> None:
        """Take the turn: those before it are answered."""
        self.is_started = True
        if self._refusal is not None:
            self.refuse(self._refusal)
        elif not self.more_body:
            self._begin()

    def begin(self, body: bytes) -> None:
        """Take the turn of a request that came whole, its length within the bound."""
        self.is_started, self.more_body = True, False
        self._body = body
        self._begin()

    def take(self, part: bytes) -> None:
        """Take a part of the body within its bound; beyond it nothing is kept."""
        if self._refusal is not None or self.response_complete:
            return
        if len(self._body) + len(part) > BODY_BYTES_MAX:
            self._body, self._refusal = b"", of_status(413)
            if self.is_started:
                self.refuse(self._refusal)
        elif not self._body:
            self._body = part  # the usual case: the whole of it
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += part

    def end(self) -> None:
        """Begin, when it is this turn: the body is whole."""
        self.more_body = False
        if self.is_started and not self.response_complete:
            self._begin()

    def refuse_late(self) -> None:
        """Give up a body that does not come."""
        self.refuse(of_status(408))

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem; what is left of the request is not read."""
        if self.more_body:
            self.keep_alive = False
        is_last = not self.keep_alive
        answer = refused(problem, self.request_id, self._wire.server_lines, is_last=is_last)
        self._wire.write_answer(self, answer)

    def _begin(self) -> None:
        try:
            caller = self._door.ask_caller(self._headers)
            if isinstance(caller, Caller):
                self._decide(caller)
            else:
                caller.add_done_callback(self._admit)
        except Exception as error:  # noqa: BLE001 - the edge answers every fault
            self._fail(error)

    def _admit(self, found: asyncio.Future[Caller]) -> None:
        try:
            self._decide(found.result())
        except Exception as error:  # noqa: BLE001 - the edge answers every fault
            self._fail(error)

    def _decide(self, caller: Caller) -> None:
        body, self._body = bytes(self._body), b""
        self._began_s = self._door.now_s()
        decided = self._door.decide(caller, self._headers, body, self._wire.host)
        decided.add_done_callback(self._tell)

    def _tell(self, decided: asyncio.Future[ApplyAnswer]) -> None:
        try:
            body = self._door.ended(self._began_s, decided.result())
        except Exception as error:  # noqa: BLE001 - the edge answers every fault
            self._fail(error)
        else:
            is_last = not self.keep_alive
            answer = created(body, self.request_id, self._wire.server_lines, is_last=is_last)
            self._wire.write_answer(self, answer)

    def _fail(self, error: Exception) -> None:
        self.refuse(told(error, self.request_id))
