"""The HTTP side as it is served, on a socket under uvloop, over lanes that answer from memory:
what goes over the wire can be held back, let go and counted. No database."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from inspect import Parameter, Signature
from types import SimpleNamespace
from unittest.mock import patch

import uvloop

from tongtu.channels.rest import app, applications, health
from tongtu.channels.rest.api import Parts
from tongtu.identity.api import Caller, Doorkeeper, Role
from tongtu.identity.store.token import Found
from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.main.serve import serve_http
from tongtu.origination.api import ApplyAnswer
from tongtu.runtime.api import Keys, Lane, Runtime, SeededEntropy, Settings, SystemClock, system_ms

PATHS = {"hot": "/v1/applications", "ordinary": "/v1/applications?by=the-ordinary-door"}
DOORS = tuple(PATHS)
HUNG_S = 20  # far beyond any of these; only a hung server reaches it
TOKEN = "t" * 43
BODY = {
    "product": "consumer_cash", "amount_minor": 3_000_000, "tenor_months": 12, "purpose": "goods",
    "device": "d-1",
    "facts": {
        "income_minor": 1_500_000, "expenses_minor": 300_000, "assets_minor": 5_000_000,
        "debt_minor": 0, "price_minor": 4_000_000, "seniority_years": 8, "home": "owner",
        "job": "fixed", "records": False,
    },
}  # fmt: skip


class Session:
    """What a lane asks of a connection when nothing goes wrong."""

    def is_closed(self):
        return False

    def is_in_transaction(self):
        return False

    async def close(self, timeout):  # noqa: ASYNC109 - asyncpg's own name
        pass


async def connect():
    return Session()


class OneBorrower(Doorkeeper):
    """Knows TOKEN, after a turn through its lane."""

    async def start(self):
        await self._lane.start()  # no database tells which tokens were ended

    async def _find(self, connection, hashes):
        until = self._runtime.clock.now() + timedelta(days=1)
        found = Found(Caller(Role.BORROWER, 5 << 22, 0, 0), until)
        return [self._remember(each, found, 1e12) for each in hashes]


class Desk:
    """A decision lane: answers with the request's key, when its gate is open."""

    def __init__(self, **options):
        self.keys = []
        self.answer = lambda request: b'{"key":"%s"}' % request.key.encode()
        self.gate = asyncio.Event()
        self.gate.set()
        self.taken = asyncio.Event()
        self.lane = Lane("doors", connect, self._handle, **options)

    def enqueue(self, request):
        return self.lane.enqueue(request)

    async def _handle(self, session, requests):
        self.keys += [request.key for request in requests]
        self.taken.set()
        await self.gate.wait()
        answers = [self.answer(request) for request in requests]
        return [
            each if isinstance(each, TongtuError) else ApplyAnswer(each, is_replay=False)
            for each in answers
        ]


class Pulse:
    """Counts what was decided."""

    decisions = 0

    def decided(self, seconds):
        assert seconds >= 0
        self.decisions += 1


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def send(self, *parts):
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self):
        """Return status, headers and body of the next answer."""
        status, headers, _ = await self.head()
        return status, headers, await self.reader.readexactly(int(headers.get("content-length", 0)))

    async def head(self):
        """Return an answer that has no body whatever its length says."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:-2]), b""

    async def statuses(self, number):
        return [(await self.answer())[0] for _ in range(number)]

    async def ended(self):
        """Return what is left before the server ends the connection."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""

    async def close(self):
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


class Served:
    """A running server and what stands behind it."""

    def __init__(self, parts, desk, listener):
        self.parts, self.desk, self.address = parts, desk, listener.getsockname()
        self.clients = []
        self.task = asyncio.create_task(_serve(parts, listener))

    async def client(self, **options):
        self.clients.append(Client(*await asyncio.open_connection(*self.address, **options)))
        return self.clients[-1]

    async def ask(self, *sent):
        """Return the one answer to what is sent on a connection of its own."""
        client = await self.client()
        await client.send(*sent)
        return await client.answer()

    async def stop(self):
        self.parts.stopping.set()
        await self.task


async def _serve(parts, listener):
    # The two doors are of one route: building the other hundred was most of a test's time.
    with patch.object(app, "_MODULES", (health, applications)):
        await serve_http(parts, listener)


@asynccontextmanager
async def serving(*, settings=None, **options):
    entropy, clock = SeededEntropy(3), SystemClock()  # house: test-clock - sockets wait really
    keys = Keys(b"k" * 32, entropy)
    runtime = Runtime(
        settings=settings or Settings(),
        database=SimpleNamespace(lane_connection=connect),
        clock=clock,
        ids=IdSource(system_ms),  # house: test-clock - as its clock does
        public=PublicIds(keys.derive("public")),
        keys=keys,
        entropy=entropy,
    )
    doorkeeper, desk = OneBorrower(runtime), Desk(**options)

    async def ready():
        return {}

    parts = Parts(
        runtime=runtime, doorkeeper=doorkeeper, pack=None, catalogue=None, book=None, press=None,
        live=Pulse(), readiness=ready, version="0", instance="doors", decisions=desk,
    )  # fmt: skip
    await doorkeeper.start()
    await desk.lane.start()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    served = Served(parts, desk, listener)
    try:
        yield served
    finally:
        desk.gate.set()
        for client in served.clients:
            await client.close()
        await served.stop()
        await desk.lane.stop()
        await doorkeeper.stop()


def proves(case):
    """Run an async test on a loop of its own; a hung server fails instead of hanging the run."""

    def test(**given):
        uvloop.run(asyncio.wait_for(case(**given), HUNG_S))

    test.__name__, test.__doc__ = case.__name__, case.__doc__
    test.pytestmark = list(getattr(case, "pytestmark", ()))
    names = case.__code__.co_varnames[: case.__code__.co_argcount]
    test.__signature__ = Signature([Parameter(n, Parameter.KEYWORD_ONLY) for n in names])
    return test


def body(**changed):
    return json.dumps(BODY | changed).encode()


def head(door, *lines, method="POST", version="1.1", **replaced):
    """Return a request's head; a header given as None is left out."""
    headers = {
        "host": "a",
        "authorization": f"Bearer {TOKEN}",
        "idempotency-key": "key-00000001",
        "content-type": "application/json",
    } | {name.replace("_", "-"): value for name, value in replaced.items()}
    text = [f"{method} {PATHS[door]} HTTP/{version}"]
    text += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([*text, *lines, "", ""]).encode()


def whole(door, *lines, content=None, **given):
    """Return a request with its body."""
    content = body() if content is None else content
    return head(door, f"content-length: {len(content)}", *lines, **given) + content


def chunked(door, *pieces, trailer=b"", **given):
    """Return a request whose body comes in chunks."""
    parts = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return (
        head(door, "transfer-encoding: chunked", **given)
        + b"".join(parts)
        + b"0\r\n"
        + trailer
        + b"\r\n"
    )
