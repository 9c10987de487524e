"""The platform whole, once for all hostile requests, because none of them may change anything:
every route behind both doors, a decision lane, two borrowers with a loan each, staff of each role."""

import asyncio
import itertools
import json
import socket
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from tongtu.catalog.api import Catalogue
from tongtu.channels.rest.api import Parts, read_site
from tongtu.channels.rest.app import build
from tongtu.contracts.api import LocalCa, LocalTsa, Press
from tongtu.evidence.api import Sequencer
from tongtu.funding.api import load_book
from tongtu.identity.api import Doorkeeper, Role, check_character, issue_token, open_staff
from tongtu.insight.api import Pulse
from tongtu.journey.api import SIGNED, decision_lane, payment_settled, start_payout
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.main.seed import seed_lenders
from tongtu.main.serve import serve_http
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.payments.api import SETTLED, Answer, RailWorker, Saying
from tongtu.policy.api import Pack
from tongtu.runtime.api import (
    PUBLIC_ID_KEY,
    Database,
    Keys,
    Relay,
    Runtime,
    SeededEntropy,
    Settings,
)

POINTS_TABLE = Path(__file__).parents[1] / "data" / "points_table.json"
# Who the canary is: these texts may be found in the vault only, and there sealed.
_BODY = "99999919900101777"
CANARY = {
    "phone": "14477770001",
    "name": "金丝雀",
    "resident_id": _BODY + check_character(_BODY),
}
APPLICATION = {
    "product": "consumer_cash",
    "amount_minor": 3_000_000,
    "tenor_months": 12,
    "purpose": "goods",
    "device": "device-1",
    "facts": {
        "income_minor": 1_500_000,
        "expenses_minor": 300_000,
        "assets_minor": 5_000_000,
        "debt_minor": 0,
        "price_minor": 4_000_000,
        "seniority_years": 8,
        "home": "owner",
        "job": "fixed",
        "records": False,
    },
}
_keys = itertools.count(1)


class Rail:
    """A bank that says yes at once."""

    async def pay(self, wire, at):
        return Answer(Saying.YES, reference="ref", amount_minor=wire.amount_minor)

    async def status(self, end_to_end_id):
        return Answer(Saying.NOT_KNOWN)


@dataclass
class Borrower:
    """Somebody with a loan, by public ids."""

    token: str = ""
    party: str = ""
    consent: str = ""
    application: str = ""
    decision: str = ""
    offer: str = ""
    agreement: str = ""
    sha256: str = ""
    loan: str = ""
    payment: str = ""
    mandate: str = ""
    facility: str = ""
    verification: str = ""


@dataclass
class World:
    """The running platform and who is in it."""

    run: object
    parts: Parts
    relay: Relay
    doors: dict = field(default_factory=dict)
    staff: dict = field(default_factory=dict)
    a: Borrower = field(default_factory=Borrower)
    b: Borrower = field(default_factory=Borrower)
    served: asyncio.Task | None = None
    settled: dict | None = None  # the tables as they were last seen, while nothing may change them

    def send(self, method, path, *, token=None, key=None, door="hot", **given):
        headers = [(k.lower(), v) for k, v in given.pop("headers", ())]
        named = {name for name, _ in headers}
        if token is not None and "authorization" not in named:
            headers.append(("authorization", f"Bearer {token}"))
        if key is not None and "idempotency-key" not in named:
            headers.append(("idempotency-key", key))
        content = given.get("content")
        if "json" in given:
            content = json.dumps(given["json"]).encode()
        if content is not None and "content-type" not in named:
            headers.append(("content-type", "application/json"))
        request = self.doors[door].build_request(method, path, content=content, headers=headers)
        return self.run(self.doors[door].send(request))

    def ask(self, method, path, token=None, json=None):
        answer = self.send(
            method, path, token=token, key=new_key(), **({} if json is None else {"json": json})
        )
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def fetch(self, statement, *given):
        async def fetched():
            async with self.parts.runtime.database.reading() as connection:
                return await connection.fetch(statement, *given)

        return self.run(fetched())

    def carry(self):
        """Let the workers do what is due."""
        worker = RailWorker(self.parts.runtime, Rail())
        for step in (
            lambda: self.relay.step(SIGNED, "start_payout"),
            worker.step,
            lambda: self.relay.step(SETTLED, "payment_settled"),
        ):
            while self.run(step()):
                pass

    def tables(self):
        """Return every table of ours with a digest of all its rows."""
        names = [
            row["name"]
            for row in self.fetch(
                "select format('%I.%I', schemaname, tablename) as name from pg_tables "
                "where schemaname not in ('pg_catalog', 'information_schema')"
            )
        ]
        union = " union all ".join(
            f"select '{name}', count(*), md5(string_agg(t::text, '|' order by t::text)) "
            f"from {name} t"
            for name in names
        )
        return {name: (count, digest) for name, count, digest in self.fetch(union)}


def new_key():
    return f"key-{next(_keys):08d}"


@pytest.fixture(scope="session")
def world(postgres, tmp_path_factory):
    yield from _world(postgres, tmp_path_factory, "security")


@pytest.fixture(scope="module")
def canary_world(postgres, tmp_path_factory):
    """A platform of its own for requests that are meant to change something."""
    yield from _world(postgres, tmp_path_factory, "canary")


def _world(postgres, tmp_path_factory, name):
    loop = asyncio.new_event_loop()
    run, home = loop.run_until_complete, tmp_path_factory.mktemp(name)
    run(_administer(postgres, f"create database {name} template template_tongtu"))
    made = run(_open(postgres.address(name), home))
    made.run = run
    _populate(made)
    yield made
    run(_close(made))
    run(_administer(postgres, f"drop database {name} with (force)"))
    run(loop.shutdown_default_executor())
    loop.close()


async def _open(dsn, home):
    clock, entropy = FixedClock(), SeededEntropy(7)
    keys = Keys(entropy.bytes(32), entropy)
    runtime = Runtime(
        settings=replace(Settings(), home=home, dsn=dsn, demo=True),
        database=Database(dsn, pool_max=8),
        clock=clock,
        ids=IdSource(lambda: int(clock.now().timestamp() * 1000)),
        public=PublicIds(keys.derive(PUBLIC_ID_KEY)),
        keys=keys,
        entropy=entropy,
    )
    await runtime.database.open()
    book = load_book()
    await seed_lenders(runtime, book)
    lane = decision_lane(runtime, load_engine(shipped_sources(POINTS_TABLE), runtime.public))
    since = clock.now()
    authority = LocalCa.open(home, since, bytes(range(1, 20)))
    press = Press(authority, 1, LocalTsa.open(home, authority, since, bytes(range(7, 26))))
    doorkeeper = Doorkeeper(runtime)
    for worker in (lane, press, doorkeeper):
        await worker.start()

    async def ready():
        return {"database": "ok"}

    parts = Parts(
        runtime=runtime,
        doorkeeper=doorkeeper,
        pack=Pack.load("cn/2026.08"),
        catalogue=Catalogue.load(),
        book=book,
        press=press,
        live=Pulse(runtime),
        readiness=ready,
        version="0",
        instance="test",
        site=read_site(home),
        decisions=lane,
    )
    relay = Relay(runtime)
    relay.on(SIGNED, "start_payout", lambda event: start_payout(runtime, parts.pack, event))
    relay.on(SETTLED, "payment_settled", lambda event: payment_settled(runtime, event))
    await relay.start()
    await relay.stop()
    made = World(None, parts, relay)
    # As served: over a socket, through the server's protocol. The twin is asked without it.
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    made.served = asyncio.create_task(serve_http(parts, listener))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    made.doors["hot"] = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
    twin = httpx.ASGITransport(build(parts), raise_app_exceptions=False)
    made.doors["ordinary"] = httpx.AsyncClient(transport=twin, base_url="http://test")
    for role in set(Role) - {Role.BORROWER}:
        caller = await open_staff(runtime, f"staff-{role}", role, 1 if role is Role.LENDER else 0)
        made.staff[role] = (await issue_token(runtime, caller)).text
    return made


def _populate(world):
    """Bring two people from their phone to a loan with a repayment, one of them the canary."""
    world.a = _live(world, CANARY)
    world.b = _live(world, world.ask("POST", "/v1/demo/persons"))
    world.run(Sequencer(world.parts.runtime).step())


def _live(world, person, *, has_line=True):
    clock, ask, who = world.parts.runtime.clock, world.ask, Borrower()
    phone = person["phone"]
    challenge = ask("POST", "/v1/sign-in/codes", json={"phone": phone})["challenge"]
    code = ask("GET", f"/v1/demo/inbox?phone={phone}")["messages"][0]["code"]
    who.token = ask("POST", "/v1/sign-in", json={"challenge": challenge, "code": code})["token"]
    shown = {"name": person["name"], "resident_id": person["resident_id"]}
    who.party = ask("PUT", "/v1/me/identity", who.token, shown)["party"]
    grants = [{"scope": "identity_check"}, {"scope": "automated_decision"}]
    grants += [{"scope": "share_lender", "recipient": one.id} for one in world.parts.book.lenders]
    version = ask("GET", "/v1/consent-texts")["version"]
    granted = ask("POST", "/v1/me/consents", who.token, {"grants": grants, "version": version})
    who.consent = granted["consents"][0]["id"]
    body = APPLICATION | {"device": f"device-{phone}"}
    decided = ask("POST", "/v1/applications", who.token, body)
    assert decided["outcome"] == "offers", decided
    who.application, who.decision = decided["application"], decided["decision"]
    path = f"/v1/applications/{who.application}/acceptance"
    who.offer = ask("POST", path, who.token, {"offer": 1})["offer"]
    table = ask("GET", f"/v1/offers/{who.offer}/cost-table", who.token)
    clock.advance(timedelta(seconds=10))
    ask("POST", f"/v1/offers/{who.offer}/cost-table/confirmation", who.token)
    _acknowledge(world, who, who.offer, table)
    paper = ask("POST", f"/v1/offers/{who.offer}/agreement", who.token)
    who.agreement, who.sha256 = paper["agreement"], paper["sha256"]
    path = f"/v1/agreements/{who.agreement}/signature"
    ask("POST", path, who.token, {"sha256": who.sha256, "direct_debit": True})
    world.carry()
    [mandate] = ask("GET", "/v1/me/mandates", who.token)["items"]
    who.mandate = mandate["mandate"]
    who.loan = ask("GET", f"/v1/applications/{who.application}", who.token)["loan"]
    path = f"/v1/loans/{who.loan}/repayments"
    who.payment = ask("POST", path, who.token, {"amount_minor": 10_000})["payment"]
    world.carry()
    if has_line:
        who.facility = _line(world, who, body)
    stated = {"channel": "web", "is_student": False, "has_source_of_funds": True}
    who.verification = ask("POST", "/v1/verifications", who.token, stated)["verification"]
    return who


def _acknowledge(world, who, offer, table):
    seen = [{"clause": one["clause"], "sha256": one["sha256"]} for one in table["clauses"]]
    path = f"/v1/offers/{offer}/clauses/acknowledgement"
    world.ask("POST", path, who.token, {"clauses": seen})


def _line(world, who, body):
    """Open a line of credit beside the loan; return its id."""
    ask, clock = world.ask, world.parts.runtime.clock
    body = body | {"product": "credit_line", "amount_minor": 500_000}
    decided = ask("POST", "/v1/applications", who.token, body)
    assert decided["outcome"] == "offers", decided
    path = f"/v1/applications/{decided['application']}/acceptance"
    offer = ask("POST", path, who.token, {"offer": 1})["offer"]
    table = ask("GET", f"/v1/offers/{offer}/cost-table", who.token)
    clock.advance(timedelta(seconds=10))
    ask("POST", f"/v1/offers/{offer}/cost-table/confirmation", who.token)
    _acknowledge(world, who, offer, table)
    paper = ask("POST", f"/v1/offers/{offer}/agreement", who.token)
    path = f"/v1/agreements/{paper['agreement']}/signature"
    ask("POST", path, who.token, {"sha256": paper["sha256"]})
    world.carry()
    [line] = ask("GET", "/v1/facilities", who.token)["items"]
    return line["facility"]


async def _close(world):
    for client in world.doors.values():
        await client.aclose()
    parts = world.parts
    parts.stopping.set()
    await world.served
    for worker in (parts.decisions, parts.press, parts.doorkeeper):
        await worker.stop()
    await parts.runtime.database.close()


async def _administer(postgres, statement):
    connection = await asyncpg.connect(postgres.address("postgres"))
    await connection.execute(statement)
    await connection.close()
