"""The hot door in the server's protocol: its address is answered here, all else by the application.

An answer goes out only when those before it have, and is not begun while the client does not read.
"""

from __future__ import annotations

from typing import ClassVar, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tongtu.channels.rest.gate import BODY_TIMEOUT_S, is_length_within
from tongtu.channels.rest.headers import Headers, by_name
from tongtu.channels.rest.hot.answer import CONTINUE, ServerLines
from tongtu.channels.rest.hot.door import ApplyDoor
from tongtu.channels.rest.hot.plain import PlainForm
from tongtu.channels.rest.hot.turn import Turn
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.problem import of_status
from tongtu.channels.rest.wire import BoundedProtocol

# A client that is refused while it still sends hears the answer first; then the connection ends.
LINGER_S = 2
LINGER_BYTES_MAX = 4 * 1024 * 1024


class HotProtocol(BoundedProtocol):
    """Answers one address by itself; `door`, `lines` and `form` are set by `hot_protocol`."""

    door: ClassVar[ApplyDoor]
    lines: ClassVar[ServerLines]
    form: ClassVar[PlainForm]
    _is_between = True  # the parser has seen nothing of a next request, and may be given one
    _turn: Turn | None = None  # the newest request, when it is the door's
    _held: Turn | None = None  # answered, but the client does not read: nothing else begins
    _lingered: int | None = None  # bytes thrown away since the last answer, None before it

    def data_received(self, data: bytes) -> None:
        """Parse, and wait for the rest of a body that did not come whole."""
        if self._lingered is not None:
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES_MAX:
                self.transport.abort()
            return
        plain = self.form.read(data) if self._is_between and self._is_free() else None
        if plain is not None:
            self._take_whole(*plain)
            return
        super().data_received(data)
        turn = self._turn
        if turn is not None and turn.more_body and self._timer is None:
            self._await_body(turn)

    def on_message_begin(self) -> None:
        """Begin to count. What only the application reads is made once it is known to."""
        self._is_between = False
        self._is_in_head, self._kept = True, 0
        if self._timer is not None:
            self._await_no_more()
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Give the request to its door."""
        if self._lingered is not None or self.transport.is_closing():
            self._turn = None  # it came behind the last answer: nobody takes it
            return
        door, parser = self.door, self.parser
        if self.url != door.url or parser.get_method() != door.method or parser.should_upgrade():
            self._give_to_application()
            return
        self._end_head()
        headers = by_name(self.headers)
        refusal = None if is_length_within(headers) else of_status(413)
        turn = Turn(door, self, headers, refusal)
        is_http_1_0 = parser.get_http_version() == "1.0"
        turn.keep_alive = not is_http_1_0 and parser.should_keep_alive()
        turn.expects = self.expect_100_continue and not is_http_1_0
        is_free = self._is_free()
        self.cycle, self._turn = cast(RequestResponseCycle, turn), turn
        if is_free:
            turn.start()
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        turn = self._turn
        if turn is not None:
            turn.take(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let the request begin."""
        self._is_between = self.parser.should_keep_alive() and not self.parser.should_upgrade()
        turn = self._turn
        if turn is not None:
            if self._timer is not None:
                self._await_no_more()
            turn.end()
        else:
            super().on_message_complete()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        super().resume_writing()
        held, self._held = self._held, None
        if held is not None:
            self._complete(held)

    @property
    def host(self) -> str:
        """The other end of the connection; "" when it has no address."""
        return self.client[0] if self.client else ""

    @property
    def server_lines(self) -> bytes:
        """The server library's own headers."""
        return self.lines.of(self.server_state.default_headers)

    def write_answer(self, turn: Turn, answer: bytes) -> None:
        """Send a whole answer, then go on as far as the client reads and the request allows."""
        if self.transport.is_closing():  # nobody listens; what was done stands
            turn.response_complete = True
            return
        self.transport.write(answer)
        if turn.more_body:
            turn.response_complete = True
            self._linger()
        elif self.flow.write_paused and turn.keep_alive:
            self._held = turn
            self.flow.pause_reading()
            self._rest()
        else:
            self._complete(turn)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that rests too long; what its client does not read is lost."""
        if self._held is not None:
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _complete(self, turn: Turn) -> None:
        turn.response_complete = True
        if turn.keep_alive:
            self.on_response_complete()
        else:
            self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begin the next in line, whosoever it is."""
        turn = cast(object, cycle)
        if not isinstance(turn, Turn):
            super()._start_asgi_task(cycle, app)
        else:
            # In a turn of the loop of its own: a thousand refusals in line are no recursion.
            self.loop.call_soon(self._start_turn, turn)

    def _start_turn(self, turn: Turn) -> None:
        if self.transport.is_closing():
            return
        turn.start()
        if turn.more_body:
            self._await_body(turn)

    def _is_free(self) -> bool:
        """Tell whether every request before is answered."""
        return self.cycle is None or self.cycle.response_complete

    def _take_whole(self, headers: Headers, body: bytes) -> None:
        """Begin a request that no parser has seen."""
        if self._last_words is not None or self.transport.is_closing():
            return  # it came behind the last answer: nobody takes it
        self._unset_keepalive_if_required()
        self._end_head()
        turn = Turn(self.door, self, headers)
        self.cycle, self._turn = cast(RequestResponseCycle, turn), turn
        turn.begin(body)

    def _give_to_application(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        self._turn = None
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)  # the scope has this very list
        super().on_headers_complete()

    def _await_body(self, turn: Turn) -> None:
        if not turn.is_started or turn.response_complete:
            return
        if turn.expects:
            turn.expects = False
            self.transport.write(CONTINUE)
        self._await(BODY_TIMEOUT_S, turn.refuse_late)

    def _linger(self) -> None:
        """Read and forget what still comes, so that its arrival does not cut the answer off."""
        self._lingered = 0
        self._await_no_more()
        # Not the timer of what is awaited: no later part of the request may stop this one.
        self.loop.call_later(LINGER_S, self.transport.abort)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()


def hot_protocol(parts: Parts) -> type[HotProtocol]:
    """Return the protocol with its door opened into this platform."""

    class Opened(HotProtocol):
        door = ApplyDoor(parts)
        lines = ServerLines(is_https=parts.runtime.settings.is_https)
        form = PlainForm(door.method, door.url)

    return Opened
