"""docs/how-to/new-lender.md walked from files to the first webhook, over the API."""

import json
import re
import shutil
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.integration.channels.conftest import Api, new_key
from tests.loaded import POINTS_TABLE

from tongtu.catalog.api import Catalogue
from tongtu.channels.rest.api import Parts
from tongtu.contracts.api import LocalCa, LocalTsa, Press, verify_agreement
from tongtu.funding.api import HttpLine, load_book, platform_key
from tongtu.identity.api import Doorkeeper, Role, issue_token, open_staff
from tongtu.insight.api import Pulse
from tongtu.journey.api import DECIDED, RemoteDesk, decision_lane, on_partner_news
from tongtu.journey.remote_lender import ANSWERED
from tongtu.main.seed import seed_lenders
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.partner.api import DeliveryWorker
from tongtu.policy.api import Pack
from tongtu.risk.api import HttpGateway
from tongtu.runtime.api import Relay
from tongtu.simulators.gateway.door import Door
from tongtu.simulators.http import Said, listen
from tongtu.simulators.lender.desk import Desk, key_of
from tongtu.simulators.lender.policy import Mischief

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "how-to" / "new-lender.md"
SECRET = b"g" * 32
FACTS = {
    "income_minor": 1_500_000, "expenses_minor": 300_000, "assets_minor": 5_000_000,
    "debt_minor": 0, "price_minor": 4_000_000, "seniority_years": 8, "home": "owner",
    "job": "fixed", "records": False,
}  # fmt: skip
APPLICATION = {
    "product": "consumer_cash", "amount_minor": 3_000_000, "tenor_months": 12, "purpose": "goods",
    "device": "d-1", "facts": FACTS,
}  # fmt: skip


class Outside:
    """Everything that is not the platform: a bureau, the new lender, its receiver of news."""

    def __init__(self, run):
        self.run, self.servers, self.news = run, [], []

    async def serve(self, name, answer):
        server = await listen(name, 0, answer)
        self.servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def hear(self, asked):
        self.news.append((asked.headers, asked.body))
        return Said(200)


@pytest.fixture
def outside(run):
    made = Outside(run)
    yield made
    for server in made.servers:
        server.close()


def files_of_the_document(folder):
    """Do what step 1 says: a copy of the rules, and the lender of the page in it."""
    shutil.copytree(ROOT / "rules", folder)
    [toml] = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert tomllib.loads(toml)["remote_lender"][0]["id"] == "qinghe"
    with (folder / "lenders.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + toml)
    return load_book(folder)


@pytest.fixture
def platform(runtime, run, tmp_path):
    """The platform started on the new folder."""
    object.__setattr__(runtime.settings, "webhooks_private", True)
    book = files_of_the_document(tmp_path / "rules")
    run(seed_lenders(runtime, book))
    doorkeeper = Doorkeeper(runtime)
    run(doorkeeper.start())
    now = runtime.clock.now()
    authority = LocalCa.open(tmp_path, now, bytes(range(1, 20)))
    press = Press(authority, 1, LocalTsa.open(tmp_path, authority, now, bytes(range(2, 21))))
    parts = Parts(
        runtime=runtime, doorkeeper=doorkeeper, pack=Pack.load("cn/2026.08"),
        catalogue=Catalogue.load(), book=book, press=press, live=Pulse(runtime),
        readiness=None, version="0", instance="test",
    )  # fmt: skip
    sources = replace(shipped_sources(POINTS_TABLE), rules=tmp_path / "rules")
    engine = load_engine(sources, runtime.public)
    parts.decisions = decision_lane(runtime, engine)
    run(parts.decisions.start())
    api = Api(run, parts)
    yield parts, api
    run(api.client.aclose())
    run(parts.decisions.stop())
    run(press.stop())
    run(doorkeeper.stop())


def test_a_new_lender_is_live_hears_of_its_first_offer_and_signs_its_paper(platform, outside, run):
    parts, api = platform
    runtime = parts.runtime

    def token(name, role, organisation=0):
        return run(issue_token(runtime, run(open_staff(runtime, name, role, organisation)))).text

    lender, one, two = (
        token("qinghe", Role.LENDER, 9), token("op", Role.OPERATOR), token("op2", Role.OPERATOR),
    )  # fmt: skip

    # 2. its key, by two persons
    private = key_of("qinghe")
    public = private.public_key().public_bytes_raw().hex()
    body = {"lender": "qinghe", "public": public, "overlap_hours": 24}
    proposed = api.post("/v1/operations/lender-keys", body, token=one)
    approval = proposed.json()["approval"]
    path = f"/v1/operations/lender-keys/{approval}/approval"
    assert api.post(path, {}, token=one).status_code == 403
    assert api.post(path, {}, token=two).status_code == 200

    # 3. its machine, which knows the platform's key from the API
    told = bytes.fromhex(api.get("/v1/platform-key").json()["public"])
    bureau = run(outside.serve("gateway", Door(SECRET, now=runtime.clock.now).answer))
    reader = httpx.AsyncClient(base_url=bureau, trust_env=False)
    machine = Desk(private, told, Mischief(1, {}), reader, "", "qinghe", now=runtime.clock.now)
    line = HttpLine(run(outside.serve("lender", machine.answer)), platform_key(runtime.keys))
    gateway = HttpGateway(runtime, bureau, SECRET)
    parts.lenders = RemoteDesk(parts, {9: line}, gateway)
    relay = Relay(runtime)
    relay.on(DECIDED, "ask_lenders", parts.lenders.decided)
    on_partner_news(relay, runtime)

    # 4. its webhook
    hook = {"url": run(outside.serve("news", outside.hear)), "events": ["answer.taken"]}
    opened = api.post("/v1/webhooks", hook, token=lender)
    assert opened.status_code == 201, opened.text
    worker = DeliveryWorker(runtime)

    # A borrower who shares with it applies; its offer comes later, and it hears what became of it.
    application, borrower = apply(api, parts)
    path = f"/v1/applications/{application}"
    run(relay.step(DECIDED, "ask_lenders"))
    [pending] = api.get(path, borrower).json()["pending"]
    assert pending["lender"]["id"] == "qinghe"
    run(parts.lenders.step())
    run(relay.step(ANSWERED, "partner_news"))
    assert run(worker.step()) == 1

    found = api.get(path, borrower).json()
    assert found["pending"] == []
    assert "qinghe" in {offer["lender"]["id"] for offer in found["offers"]}
    costs = [offer["cost_minor"] for offer in found["offers"]]
    assert costs == sorted(costs)
    [(headers, body)] = outside.news
    assert json.loads(body)["data"]["state"] == "offered"
    assert headers["webhook-signature"].startswith("v1,")
    counted = api.get("/v1/operations/lender-requests", one).json()["items"]
    assert counted == [{"lender": "qinghe", "state": "offered", "count": 1}]

    # Its offer is taken: it signs the agreement on its own machine, or nobody signs anything.
    signs(api, borrower, (application, found), parts)

    # 5. the sandbox opens
    assert api.post("/v1/sandbox/keys", {}, token=lender).status_code == 201
    for closing in (reader.aclose, line.close, gateway.close, worker.stop):
        run(closing())


def signs(api, borrower, taken, parts):
    application, found = taken
    mine = next(one["n"] for one in found["offers"] if one["lender"]["id"] == "qinghe")

    def post(path, body=None):
        answer = api.post(path, body or {}, token=borrower)
        assert answer.is_success, answer.text
        return answer.json()

    offer = post(f"/v1/applications/{application}/acceptance", {"offer": mine})["offer"]
    table = api.get(f"/v1/offers/{offer}/cost-table", borrower).json()
    parts.runtime.clock.advance(timedelta(seconds=10))
    post(f"/v1/offers/{offer}/cost-table/confirmation")
    seen = [{"clause": one["clause"], "sha256": one["sha256"]} for one in table["clauses"]]
    post(f"/v1/offers/{offer}/clauses/acknowledgement", {"clauses": seen})
    paper = post(f"/v1/offers/{offer}/agreement")
    path = f"/v1/agreements/{paper['agreement']}"
    lines, parts.lenders.lines = parts.lenders.lines, {}
    refused = api.post(f"{path}/signature", {"sha256": paper["sha256"]}, token=borrower)
    assert (refused.status_code, refused.json()["code"]) == (503, "lender_not_signing")
    assert api.get(path, borrower).json()["state"] == "ready"
    parts.lenders.lines = lines
    post(f"{path}/signature", {"sha256": paper["sha256"]})
    verdict = verify_agreement(api.get(f"{path}/document", borrower).content, parts.press.root)
    assert verdict.state.value == "valid"
    assert [(one.field, one.level.value) for one in verdict.signatures] == [
        ("Borrower", "B-LT"), ("Lender", "B-LT"),
    ]  # fmt: skip
    assert verdict.signatures[1].signer == "清河消费金融"


def apply(api, parts):
    """Sign in, agree, identify, apply; return the application and the token."""
    person = api.post("/v1/demo/persons").json()
    token = api.sign_in(person["phone"])
    grants = [{"scope": one} for one in ("identity_check", "automated_decision", "bureau_query")]
    names = [lender.id for lender in parts.book.everybody() if lender.id != "beidu"]
    grants += [{"scope": "share_lender", "recipient": name} for name in names]
    consents = {"grants": grants, "version": parts.consent_version}
    assert api.post("/v1/me/consents", consents, token=token).status_code == 200
    identity = {"name": person["name"], "resident_id": person["resident_id"]}
    put = api.send("PUT", "/v1/me/identity", body=identity, token=token, key=new_key())
    assert put.status_code == 200, put.text
    parts.runtime.clock.advance(timedelta(seconds=1))
    answer = api.post("/v1/applications", APPLICATION, token=token)
    assert answer.status_code == 201, answer.text
    assert answer.json()["outcome"] == "offers", answer.text
    return answer.json()["application"], token
