"""The whole HTTP side over a real database, without sockets: the gate, both doors, every route."""

import asyncio
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from tongtu.catalog.api import Catalogue
from tongtu.channels.rest.api import Parts, read_site
from tongtu.channels.rest.app import build_ordinary, guarded
from tongtu.checkout.api import load_merchants
from tongtu.contracts.api import LocalCa, Press
from tongtu.funding.api import load_book
from tongtu.identity.api import Doorkeeper, Role, issue_token, open_staff
from tongtu.insight.api import Pulse
from tongtu.main.seed import seed_lenders
from tongtu.policy.api import Pack

_keys = itertools.count(1)
_apps = {}


def ordinary(parts):
    """Return the application of these parts: built once for each set of routes it may have.

    Reading 155 routes takes half a second, and is the same each time; the platform behind them is
    what `state.parts` holds.
    """
    if parts.site:
        return build_ordinary(parts)
    is_demo = parts.runtime.settings.demo
    if is_demo not in _apps:
        _apps[is_demo] = build_ordinary(parts)
    return _apps[is_demo]


class Api:
    """Sends requests through the gate and reads JSON."""

    def __init__(self, run, parts):
        self.run = run
        self.parts = parts
        self.app = ordinary(parts)
        transport = httpx.ASGITransport(guarded(self.app, parts), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test")

    def send(self, method, path, *, token=None, body=None, key=None, headers=None, content=None):
        self.app.state.parts = self.parts
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("authorization", f"Bearer {token}")
        if key is not None:
            sent.setdefault("idempotency-key", key)
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent.setdefault("content-type", "application/json")
        return self.run(self.client.request(method, path, content=content, headers=sent))

    def get(self, path, token=None):
        return self.send("GET", path, token=token)

    def post(self, path, body=None, *, token=None, key=None):
        return self.send("POST", path, body=body, token=token, key=key or new_key())

    def sign_in(self, phone):
        challenge = self.post("/v1/sign-in/codes", {"phone": phone}).json()["challenge"]
        code = self.get(f"/v1/demo/inbox?phone={phone}").json()["messages"][0]["code"]
        answer = self.post("/v1/sign-in", {"challenge": challenge, "code": code})
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]


def new_key():
    return f"key-{next(_keys):08d}"


@pytest.fixture(scope="session")
def press(tmp_path_factory):
    """One printing process for all tests: it knows nothing of a loop or a database."""
    since = datetime(2026, 11, 24, tzinfo=UTC)
    own = Press(LocalCa.open(tmp_path_factory.mktemp("ca"), since, bytes(range(1, 20))))
    yield own
    asyncio.run(own.stop())


@pytest.fixture(scope="session")
def rules():
    """Pack, catalogue and book: read and proved once."""
    return Pack.load("cn/2026.08"), Catalogue.load(), load_book()


@pytest.fixture
def parts(runtime, run, rules):
    pack, catalogue, book = rules
    run(seed_lenders(runtime, book))
    doorkeeper = Doorkeeper(runtime)
    run(doorkeeper.start())

    async def ready():
        return {"database": "ok"}

    yield Parts(
        runtime=runtime,
        doorkeeper=doorkeeper,
        pack=pack,
        catalogue=catalogue,
        book=book,
        press=None,
        live=Pulse(runtime),
        readiness=ready,
        merchants=load_merchants(),
        version="0",
        instance="test",
        site={},
    )
    run(doorkeeper.stop())


@pytest.fixture
def api(run, parts):
    made = Api(run, parts)
    yield made
    run(made.client.aclose())


@pytest.fixture
def real_api(run, parts):
    """The same platform outside demo mode."""
    settings = replace(parts.runtime.settings, demo=False)
    made = Api(run, replace(parts, runtime=replace(parts.runtime, settings=settings)))
    yield made
    run(made.client.aclose())


@pytest.fixture
def page_api(run, parts, tmp_path):
    """The platform without web builds, so that its own page is served."""
    made = Api(run, replace(parts, site=read_site(tmp_path)))
    yield made
    run(made.client.aclose())


@pytest.fixture
def staff(runtime, run):
    def token(role, organisation=0):
        caller = run(open_staff(runtime, f"{role.value}-{organisation}", Role(role), organisation))
        return run(issue_token(runtime, caller)).text

    return token
