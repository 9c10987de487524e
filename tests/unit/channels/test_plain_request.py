from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import httptools
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from tongtu.channels.rest.body import BODY_BYTES_MAX
from tongtu.channels.rest.headers import RequestIds
from tongtu.channels.rest.hot.answer import ServerLines
from tongtu.channels.rest.hot.plain import _HARMLESS, PlainForm
from tongtu.channels.rest.hot.protocol import HotProtocol
from tongtu.kernel.errors import NotSignedIn

PATH = b"/v1/applications"
FORM = PlainForm(b"POST", PATH)
BODY = b'{"device":"d","product":"consumer_cash"}'
HEADERS = (
    (b"Host", b"127.0.0.1:8000"),
    (b"content-type", b"application/json"),
    (b"Idempotency-Key", b"bench-000001"),
    (b"authorization", b"Bearer abc_-9"),
    (b"x-request-id", b"r.1"),
)


def request(headers: Any = HEADERS, body: bytes = BODY, line: bytes = b"POST " + PATH) -> bytes:
    named = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return b"%b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (line, named, len(body), body)


class _Library:
    """What the server's library makes of some bytes: the whole messages, and how it stands."""

    def __init__(self, data: bytes) -> None:
        self.messages: list[tuple[dict[bytes, bytes], bytes]] = []
        self.is_refused, self.names = False, list[bytes]()
        self._headers: dict[bytes, bytes] = {}
        self._body, self._url = b"", b""
        self.parser = httptools.HttpRequestParser(self)
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_refused = True

    def on_message_begin(self) -> None:
        self._headers, self._body, self._url = {}, b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.names.append(name.lower())
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        is_ours = (self._url, self.parser.get_method()) == (PATH, b"POST")
        assert is_ours
        assert self.parser.get_http_version() == "1.1"
        assert self.parser.should_keep_alive()
        assert not self.parser.should_upgrade()
        self.messages.append((self._headers, self._body))


def agrees_with_the_library(data: bytes) -> bool:
    """Tell whether the form reads the bytes; then the library must read the very same in them."""
    found = FORM.read(data)
    if found is None:
        return False
    library = _Library(data)
    assert not library.is_refused
    assert library.messages == [found]
    assert len(set(library.names)) == len(library.names)
    return True


def test_a_plain_request_is_read_as_the_library_reads_it() -> None:
    assert agrees_with_the_library(request())
    assert FORM.read(request()) == (
        {
            b"host": b"127.0.0.1:8000",
            b"content-type": b"application/json",
            b"idempotency-key": b"bench-000001",
            b"authorization": b"Bearer abc_-9",
            b"x-request-id": b"r.1",
            b"content-length": b"40",
        },
        BODY,
    )


@given(
    names=st.lists(st.sampled_from(_HARMLESS), unique=True, max_size=8),
    value=st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=12),
    body=st.binary(max_size=40),
)
def test_whatever_stands_in_headers_and_body_both_read_the_same(
    names: list[bytes], value: str, body: bytes
) -> None:
    agrees_with_the_library(request([(name, value.encode("latin-1")) for name in names], body))


@pytest.mark.parametrize("byte", [0, 9, 10, 13, 32, 43, 45, 48, 58, 127, 160, 255])
def test_one_byte_put_in_or_changed_anywhere_is_read_alike_or_left_to_the_library(
    byte: int,
) -> None:
    whole, taken = request(), 0
    for place in range(len(whole)):
        taken += agrees_with_the_library(whole[:place] + bytes([byte]) + whole[place + 1 :])
        agrees_with_the_library(whole[:place] + bytes([byte]) + whole[place:])

    assert taken >= len(BODY)  # a body is any bytes


@pytest.mark.parametrize(
    "data",
    [
        request(line=b"GET " + PATH),
        request(line=b"POST /v1/applications?x=1"),
        request(line=b"POST  /v1/applications"),
        request([*HEADERS, (b"Connection", b"close")]),
        request([*HEADERS, (b"Expect", b"100-continue")]),
        request([*HEADERS, (b"Transfer-Encoding", b"chunked")]),
        request([*HEADERS, (b"Upgrade", b"h2c")]),
        request([*HEADERS, (b"Authorization", b"Bearer other")]),
        request([*HEADERS, (b"Content-Length", b"1")]),
        request([*HEADERS, (b"X-Unheard-Of", b"1")]),
        request([(b"host", b" a")]),
        request([(b"host", b"a ")]),
        request([(b"host", b"a\r\n b")]),
        request([(b"host", b"a\tb")]),
        request()[:-1],
        request() + b" ",
        request() + request(),
        request(body=b""),
        request(body=b"x" * (BODY_BYTES_MAX + 1)),
        request([(b"cookie", b"x" * 16_400)]),
        b"\r\n" + request(),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request().replace(b"Length: 40", b"Length: +40"),
        request().replace(b"\r\n", b"\n"),
        b"",
    ],
)
def test_what_is_not_plain_is_left_to_the_library(data: bytes) -> None:
    assert FORM.read(data) is None


def test_a_body_is_taken_up_to_its_bound() -> None:
    assert agrees_with_the_library(request(body=b"x" * BODY_BYTES_MAX))


class _Shut:
    """A door behind which nobody is known: every request is answered 401 by itself."""

    method, url = b"POST", PATH
    request_ids = RequestIds("t")

    def ask_caller(self, headers: object) -> object:
        raise NotSignedIn("please sign in")


class _Transport:
    def __init__(self) -> None:
        self.sent, self.is_closed = b"", False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> object:
        return None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class _Opened(HotProtocol):
    door: ClassVar[Any] = _Shut()
    lines = ServerLines()
    form = FORM


def answered(*parts: bytes) -> tuple[list[str], bool]:
    """Return the status of each answer to these parts on one connection, and whether it ended."""
    return asyncio.run(_answered(*parts))


async def _nothing(scope: object, receive: object, send: object) -> None:
    """Answer nothing: no request here goes to the application."""


async def _answered(*parts: bytes) -> tuple[list[str], bool]:
    config = uvicorn.Config(app=_nothing, http="httptools", log_config=None, lifespan="off")
    protocol = _Opened(config=config, server_state=ServerState(), app_state={})
    transport: Any = _Transport()
    protocol.connection_made(transport)
    for part in parts:
        protocol.data_received(part)
    is_closed = transport.is_closed
    protocol.connection_lost(None)
    heads = transport.sent.split(b"HTTP/1.1 ")[1:]
    return [head[:3].decode() for head in heads], is_closed


def test_a_plain_request_is_answered_between_others_on_one_connection() -> None:
    named = request([*HEADERS, (b"X-Unheard-Of", b"1")])

    assert answered(request(), named, request(), request()) == (["401"] * 4, False)


def test_a_request_that_came_in_two_parts_is_the_librarys_to_the_end() -> None:
    whole = request()
    middle = whole.index(b"\r\n\r\n") + 4

    assert answered(whole[:30], whole[30:], request()) == (["401"] * 2, False)
    assert answered(whole[:middle], whole[middle:], request()) == (["401"] * 2, False)


def test_plain_bytes_behind_the_beginning_of_a_request_are_part_of_that() -> None:
    assert answered(b"PO", request()) == (["400"], True)
    # The body of the first is the beginning of the second: no request of its own.
    longer = request().replace(b"Length: 40", b"Length: 400")
    assert answered(longer, request()) == ([], False)


def test_nothing_is_taken_behind_a_request_that_ends_its_connection() -> None:
    last = request([*HEADERS, (b"Connection", b"close")])

    assert answered(last, request()) == (["401"], True)
