"""The replay's connections beside servers that keep, close, chunk, cut off and stay silent."""

import asyncio

import pytest
import uvloop

from tongtu.replay import wire as module
from tongtu.replay.wire import Lost, Wire

PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlast"
CHUNKED = (
    b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
)
CUT = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"


class Script:
    """A server that gives one scripted answer a request; None means silence."""

    def __init__(self, *answers, pause=None):
        self._answers, self._pause = iter(answers), pause
        self.requests, self.connections, self.at_once, self.most = [], 0, 0, 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                split = (line.split(": ", 1) for line in lines[1:-2])
                fields = {name.lower(): value for name, value in split}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                self.requests.append((lines[0], fields, body))
                self.at_once += 1
                self.most = max(self.most, self.at_once)
                if self._pause is not None:
                    await self._pause(self)
                self.at_once -= 1
                answer = next(self._answers)
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
                if answer in (LAST, CUT):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def test_a_request_goes_out_whole_and_its_connection_serves_the_next():
    async def scenario():
        async with Script(PLAIN, CHUNKED) as server:
            wire = Wire(f"{server.url}/base", 1)
            first = await wire.exchange("POST", "/a?b=c", {"idempotency-key": "k"}, b'{"n":1}')
            second = await wire.exchange("GET", "/d", {}, None)
            await wire.close()
            return server, first, second

    server, first, second = uvloop.run(scenario())

    assert (first.status, first.kind, first.body) == (200, "application/json", b"{}")
    assert (second.status, second.body) == (201, b"abcde")
    assert server.connections == 1
    host = server.url.removeprefix("http://")
    sent = {"host": host, "idempotency-key": "k", "content-type": "application/json"}
    (line, fields, body), (next_line, _, next_body) = server.requests
    assert (line, body) == ("POST /base/a?b=c HTTP/1.1", b'{"n":1}')
    assert sent.items() <= fields.items()
    assert (next_line, next_body) == ("GET /base/d HTTP/1.1", b"")


def test_a_connection_that_the_server_ends_is_not_used_again():
    async def scenario():
        async with Script(LAST, PLAIN) as server:
            wire = Wire(server.url, 1)
            first = await wire.exchange("GET", "/", {}, None)
            second = await wire.exchange("GET", "/", {}, None)
            await wire.close()
            return server.connections, first.body, second.body

    assert uvloop.run(scenario()) == (2, b"last", b"{}")


def test_an_answer_that_is_cut_off_is_lost_and_the_next_request_is_served():
    async def scenario():
        async with Script(CUT, PLAIN) as server:
            wire = Wire(server.url, 1)
            with pytest.raises(Lost):
                await wire.exchange("GET", "/", {}, None)
            after = await wire.exchange("GET", "/", {}, None)
            await wire.close()
            return after.body

    assert uvloop.run(scenario()) == b"{}"


def test_silence_is_lost(monkeypatch):
    monkeypatch.setattr(module, "ANSWER_TIMEOUT_S", 0.05)

    async def scenario():
        async with Script(None, PLAIN) as server:
            wire = Wire(server.url, 1)
            with pytest.raises(Lost, match="Timeout"):
                await wire.exchange("GET", "/silent", {}, None)
            after = await wire.exchange("GET", "/", {}, None)
            await wire.close()
            return server.connections, after.body

    assert uvloop.run(scenario()) == (2, b"{}")


def test_nobody_there_is_lost():
    async def scenario():
        async with Script() as server:
            pass
        wire = Wire(server.url, 1)
        with pytest.raises(Lost):
            await wire.exchange("GET", "/", {}, None)
        await wire.close()

    uvloop.run(scenario())


def test_more_requests_than_connections_wait_in_line():
    async def scenario():
        full = asyncio.Event()

        async def until_two_are_there(server):
            if len(server.requests) >= 2:
                full.set()
            await full.wait()

        async with Script(*[PLAIN] * 6, pause=until_two_are_there) as server:
            wire = Wire(server.url, 2)
            answers = await asyncio.gather(
                *(wire.exchange("GET", f"/{n}", {}, None) for n in range(6))
            )
            await wire.close()
            return server, [answer.status for answer in answers]

    server, statuses = uvloop.run(scenario())

    assert statuses == [200] * 6
    assert (server.connections, server.most, len(server.requests)) == (2, 2, 6)
