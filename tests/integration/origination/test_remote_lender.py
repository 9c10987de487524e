"""A lender on a machine of its own: asked beside the lane, heard when it answers, as a process."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.funding.api import (
    Act,
    HttpLine,
    NoAnswer,
    Signed,
    load_book,
    register_key,
    remote_of_application,
    sign,
)
from tongtu.identity.api import Caller, Role
from tongtu.journey.accept import Chosen
from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.api import Opinion, rule_review
from tongtu.journey.case import move_on
from tongtu.journey.remote_lender import DECIDED, RemoteDesk
from tongtu.journey.steps import Event
from tongtu.kernel.errors import Conflict, NotAllowed
from tongtu.origination.api import (
    Said,
    approved_minor,
    explain_decision,
    find_application,
    hold_offers,
    tally,
)
from tongtu.risk.api import HttpGateway
from tongtu.runtime.api import Relay
from tongtu.simulators.gateway.door import Door
from tongtu.simulators.http import listen
from tongtu.simulators.lender.desk import Desk as LenderDesk
from tongtu.simulators.lender.desk import key_of
from tongtu.simulators.lender.policy import POLICY_HASH, Mischief

from .conftest import ALL_CONSENTS, BUSINESS_DATE

SOURCE = Path(__file__).parents[3] / "src"
LENDER = 30
SECRET = bytes(range(32))
TERMS = {"name_zh": "店", "name_en": "Shop", "account": "shop", "fee_bps": 0, "paid_bps": {}}
PLATFORM = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Process:
    """A simulator as a process of its own, ended by its own signal."""

    def __init__(self, name, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tongtu.simulators.{name}", "--seed", "1", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(SOURCE), "GATEWAY_SIMULATOR_SECRET": SECRET.hex()},
        )
        self.told = json.loads(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.told['port']}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=10) == 0
        self.process.stdin.close()
        self.process.stdout.close()


class Line:
    """The line itself, with what went over it and, where a test says so, other words."""

    def __init__(self, line):
        self.line, self.sent, self.said, self.silent = line, [], [], 0

    async def ask(self, request, body, at):
        self.sent.append((request, body))
        if self.silent:
            self.silent -= 1
            raise NoAnswer
        self.said.append(await self.line.ask(request, body, at))
        return self.said[-1]


class Desk:
    """The platform's side: what a worker and the relay do, step by step."""

    def __init__(self, house, desk, line):
        self.house, self.desk, self.line, self.gateway = house, desk, line, None
        self.relay = Relay(house.runtime)
        self.relay.on(DECIDED, "ask_lenders", desk.decided)

    def ask(self):
        """Let the decision become a request, and the request be asked once."""
        self.house.run(self.relay.step(DECIDED, "ask_lenders"))
        return self.house.run(self.desk.step())

    def again(self, seconds=30):
        self.house.runtime.clock.advance(timedelta(seconds=seconds))
        return self.house.run(self.desk.step())

    def receive(self, signed, body):
        self.house.run(self.desk.receive(signed, body))

    def states(self):
        return self.house.rows("select state, reason from funding.remote_request")

    def verdicts(self):
        return self.house.rows("select verdict, times from funding.remote_answer order by 1")

    def log(self):
        return [one["what"] for one in self.gateway.log]


@pytest.fixture
def begun(run):
    """Start simulators as processes, as they are asked for."""
    made = []

    def start(name, *options):
        made.append(Process(name, *options))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def clock(house):
    """The clock of all: the platform's and, where they are served here, the simulators'."""
    house.book = house.decisions.engine.book
    return house.runtime.clock


@pytest.fixture
def open_line(house, run, clock):
    """Open the platform's side towards a lender and a bureau at these addresses."""
    opened = []

    async def register(public):
        async with house.runtime.database.transaction() as connection:
            at = clock.now() - timedelta(minutes=1)
            await register_key(connection, (LENDER, public), 1, at, 0)

    def make(gateway, lender, public):
        if public is not None:
            run(register(public))
        line = Line(HttpLine(lender, PLATFORM, timeout_s=2.0))
        bureau = HttpGateway(house.runtime, gateway, SECRET)
        opened.append((line.line, bureau))
        return Desk(house, RemoteDesk(house, {LENDER: line}, bureau), line)

    yield make
    for line, bureau in opened:
        run(line.close())
        run(bureau.close())


@pytest.fixture
def open_desk(run, open_line, clock):
    """Serve a lender with these faults and a bureau over sockets, by the test's own loop."""
    servers = []

    async def serve(name, answer):
        server = await listen(name, 0, answer)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def make(fault=None, *, is_registered=True):
        door = Door(SECRET, now=clock.now)
        gateway = run(serve("gateway", door.answer))
        client = httpx.AsyncClient(base_url=gateway, trust_env=False)
        mischief = Mischief(1, {fault: 1.0} if fault else {})
        platform = PLATFORM.public_key().public_bytes_raw()
        lender = LenderDesk(key_of("lender"), platform, mischief, client, "", now=clock.now)
        servers.append(client)
        url = run(serve("lender", lender.answer))
        desk = open_line(gateway, url, lender.public if is_registered else None)
        desk.gateway = door.deposits
        return desk

    yield make
    for one in servers:
        if isinstance(one, httpx.AsyncClient):
            run(one.aclose())
        else:
            one.close()


@pytest.fixture
def applied(house):
    """Apply as somebody who agreed to the bureau and to this lender; return (caller, id, answer)."""

    def make(*, agrees=True, **changes):
        caller = house.borrower(ALL_CONSENTS | 1 << (8 + LENDER))
        scopes = [("bureau_query", 0), ("share_lender", LENDER)] if agrees else []
        for scope, recipient in scopes:
            house.execute(
                "insert into identity.consent (cell, id, party, scope, recipient, version, salt,"
                " granted_at) values ($1, $2, $3, $4, $5, '2026.08', $6, $7)",
                0, house.runtime.ids.new(7), caller.subject, scope, recipient, b"s" * 16,
                house.runtime.clock.now(),
            )  # fmt: skip
        answer = json.loads(house.apply(caller, **changes).body)
        assert answer["outcome"] == "offers"
        return caller, house.runtime.public.read("application", answer["application"]), answer

    return make


@pytest.fixture
def of(house, open_desk, applied):
    """Open a lender with these faults and apply once."""

    def make(*faults):
        desk = open_desk(*faults)
        applied()
        return house, desk

    return make


def test_a_remote_offer_comes_later_is_signed_and_can_be_taken(house, open_desk, applied, run, key):
    desk = open_desk()
    caller, application, answer = applied()
    assert "beidu" not in {one["lender"]["id"] for one in answer["offers"]}

    assert desk.ask() == 1

    assert desk.states() == [("offered", "")]
    [(n, policy, body, signature)] = house.rows(
        "select n, policy_hash, answer, signature from funding.remote_request"
    )
    assert (n, policy) == (len(answer["offers"]) + 1, POLICY_HASH)
    assert body == desk.line.said[0][1]
    assert signature == desk.line.said[0][0].signature
    before = house.reserved()
    assert 3001 not in before

    taken = json.loads(run(accept_offer(house, caller, application, Chosen(n), key())))

    assert taken["step"] == "accepted"
    assert house.reserved() == {3001: 3_000_000}  # its own budget, and nobody else's any more
    promise = house.rows("select lender, program, policy_hash, state from funding.commitment")
    assert promise == [(LENDER, 3001, POLICY_HASH, "committed")]
    offer = house.runtime.public.read("offer", taken["offer"])

    async def approved():
        async with house.runtime.database.reading() as connection:
            decision = house.runtime.public.read("decision", answer["decision"])
            return await approved_minor(connection, 0, offer, application, decision)

    assert run(approved()) == 3_000_000
    kinds = house.rows("select kinds from evidence.batch where kinds @> '{lender_answer}'")
    assert kinds == [(["lender_answer"],)]


def test_the_request_holds_no_credit_information_and_the_bureau_serves_it_once(
    open_desk, applied, house
):
    desk = open_desk()
    applied()

    desk.ask()

    [(_, body)] = desk.line.sent
    asked = json.loads(body)
    assert set(asked) == {
        "request", "lender", "program", "product", "purpose", "amount_minor", "tenor_months",
        "credit_reference", "answer_by",
    }  # fmt: skip
    assert desk.log() == ["deposited", "served"]
    [row] = house.rows(
        "select lender, route, purpose, consent_version, state from risk.credit_share"
    )
    assert row == (LENDER, "licensed_bureau", "loan_decision", "2026.08", "deposited")
    # Whoever has the reference has nothing: it is served to that lender, and was.
    with pytest.raises(PermissionError, match="not_this_lender"):
        desk.gateway.serve(asked["credit_reference"], {}, house.runtime.clock.now())


def test_the_direct_path_is_refused_by_its_rule_and_nothing_leaves(open_desk, applied, house):
    desk = open_desk()
    [remote] = house.book.remotes
    object.__setattr__(remote, "credit_route", type(remote.credit_route)("platform_direct"))
    try:
        applied()
        desk.ask()
    finally:
        object.__setattr__(remote, "credit_route", type(remote.credit_route)("licensed_bureau"))

    assert desk.states() == [("against_law", "BUR-03")]
    assert house.rows("select state, rule from risk.credit_share") == [("refused", "BUR-03")]
    assert (desk.line.sent, desk.log()) == ([], [])


def test_nothing_leaves_for_a_case_that_went_on_since(open_desk, applied, house, run, key):
    desk = open_desk()
    caller, application, _ = applied()
    house.run(desk.relay.step(DECIDED, "ask_lenders"))
    assert desk.states() == [("asked", "")]
    run(accept_offer(house, caller, application, Chosen(1), key()))

    house.run(desk.desk.step())

    assert desk.states() == [("timed_out", "case_over")]
    assert house.value("select count(*) from risk.credit_share") == 0
    assert (desk.line.sent, desk.log()) == ([], [])


def told(house):
    """Return what lenders were told became of their answers, in order; each of one request."""
    rows = house.rows(
        "select payload from runtime.outbox where topic = 'funding.lender_answered' order by at, id"
    )
    payloads = [json.loads(row[0]) for row in rows]
    assert len({one["request"] for one in payloads}) == 1
    return [one["state"] for one in payloads]


@pytest.mark.parametrize("is_known_late", [False, True])
def test_nothing_leaves_for_a_merchants_purchase(open_desk, applied, house, is_known_late):
    desk = open_desk()
    caller, application, _ = applied()
    if is_known_late:
        house.run(desk.relay.step(DECIDED, "ask_lenders"))
    house.execute(
        "insert into checkout.purchase (cell, application, session, merchant, party, price_minor,"
        " terms, is_captured_at_once, state, changed_at)"
        " values (0, $1, 1, 1, $2, 3000000, $3::jsonb, true, 'applied', $4)",
        application, caller.subject, json.dumps(TERMS), house.runtime.clock.now(),
    )  # fmt: skip

    desk.ask()

    assert desk.states() == ([("timed_out", "merchant_purchase")] if is_known_late else [])
    assert house.value("select count(*) from risk.credit_share") == 0
    assert (desk.line.sent, desk.log()) == ([], [])


def test_without_the_written_consent_nothing_leaves(open_desk, applied, house):
    desk = open_desk()
    applied(agrees=False)

    desk.ask()

    assert desk.states() == [("against_law", "BUR-01")]
    assert (desk.line.sent, desk.log()) == ([], [])


@pytest.mark.parametrize(
    ("fault", "state", "verdicts"),
    [
        ("over_cap", ("against_law", "PRICE-01"), [("against_law", 1)]),
        ("bad_signature", ("asked", ""), []),
        ("malformed", ("asked", ""), [("malformed", 1)]),
        ("down", ("asked", ""), []),
    ],
)
def test_what_must_not_be_shown_is_not(of, fault, state, verdicts):
    house, desk = of(fault)

    desk.ask()

    assert (desk.states(), desk.verdicts()) == ([state], verdicts)
    assert house.value("select count(*) from funding.remote_request where offer is not null") == 0
    bad = house.value("select bad_answers from funding.remote_request")
    assert bad == (1 if fault == "bad_signature" else 0)
    leaves = house.value("select count(*) from evidence.batch where kinds @> '{lender_answer}'")
    assert leaves == (1 if state[0] == "against_law" else 0)


def test_a_slow_lender_is_asked_again_under_the_same_request(open_desk, applied):
    desk = open_desk("slow")
    applied()
    desk.ask()
    assert desk.states() == [("asked", "")]

    assert desk.again(10) == 1

    assert desk.states() == [("offered", "")]
    assert len(desk.line.sent) == 2
    assert desk.line.sent[0] == desk.line.sent[1]  # byte for byte
    assert desk.log() == ["deposited", "served"]


def test_an_answer_after_its_time_is_kept_and_not_booked(open_desk, applied, house, run, key):
    desk = open_desk()
    desk.line.silent = 1
    caller, application, answer = applied()
    desk.ask()
    [(request, body)] = desk.line.sent
    signed, said = run(desk.line.line.ask(request, body, house.runtime.clock.now()))

    assert desk.again(61) == 0
    assert desk.states() == [("timed_out", "no_answer")]
    desk.receive(signed, said)

    assert (desk.states(), desk.verdicts()) == ([("timed_out", "no_answer")], [("late", 1)])
    assert told(house) == ["timed_out"]  # its lender hears that nothing came of it
    with pytest.raises(Conflict) as refused:
        run(accept_offer(house, caller, application, Chosen(len(answer["offers"]) + 1), key()))
    assert refused.value.code == "no_such_offer"
    assert house.value("select count(*) from origination.acceptance") == 0


def test_the_same_answer_twice_is_one_and_another_one_withdraws_the_offer(
    open_desk, applied, house, run, key
):
    desk = open_desk()
    caller, application, answer = applied()
    desk.ask()
    request = desk.line.sent[0][0]
    lender = key_of("lender")

    desk.receive(*desk.line.said[0])
    assert (desk.states(), desk.verdicts()) == ([("offered", "")], [("offered", 2)])

    other = json.dumps(json.loads(desk.line.said[0][1]) | {"rate_bps": 1}).encode()
    desk.receive(sign(lender, Act.ANSWER, request, other, house.runtime.clock.now()), other)

    assert desk.states() == [("contradicted", "contradiction")]
    assert desk.verdicts() == [("contradiction", 1), ("offered", 2)]
    # Its lender heard of the first as taken, and hears once that both are withdrawn.
    assert told(house) == ["offered", "contradicted"]
    with pytest.raises(Conflict):
        run(accept_offer(house, caller, application, Chosen(len(answer["offers"]) + 1), key()))


def test_a_false_old_or_foreign_signature_changes_nothing(open_desk, applied, house, run):
    desk = open_desk()
    desk.line.silent = 1
    applied()
    desk.ask()
    [(request, asked)] = desk.line.sent
    now = house.runtime.clock.now()
    signed, said = run(desk.line.line.ask(request, asked, now))
    lender = key_of("lender")
    old = sign(lender, Act.ANSWER, request, said, now - timedelta(minutes=6))
    ahead = sign(lender, Act.ANSWER, request, said, now + timedelta(minutes=6))
    as_request = sign(lender, Act.ASK, request, said, now)

    for bad in (
        sign(PLATFORM, Act.ANSWER, request, said, now), old, ahead, as_request,
        Signed(signed.key, signed.time, "A" * 88), Signed("", "", ""),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            desk.receive(bad, said)
        assert refused.value.code == "bad_signature"
    for body in (b"", b"{}", b'{"request":"rq_0000000000000"}', said.replace(b"560", b"561")):
        with pytest.raises(NotAllowed):
            desk.receive(signed, body)

    assert (desk.states(), desk.verdicts()) == ([("asked", "")], [])
    desk.receive(signed, said)
    assert desk.states() == [("offered", "")]


def test_what_nobody_asked_for_puts_no_request_off(open_desk, applied, house):
    desk = open_desk()
    desk.line.silent = 1
    applied()
    desk.ask()
    [(request, _)] = desk.line.sent
    before = house.rows("select next_at, attempts from funding.remote_request")
    house.runtime.clock.advance(timedelta(seconds=1))

    with pytest.raises(NotAllowed):
        desk.receive(Signed("", "", ""), json.dumps({"request": request}).encode())

    assert house.rows("select next_at, attempts from funding.remote_request") == before
    assert house.value("select bad_answers from funding.remote_request") == 1


def test_a_key_that_was_ended_signs_nothing_and_two_hold_during_an_overlap(
    open_desk, applied, house, run
):
    desk = open_desk()
    desk.line.silent = 1
    applied()
    desk.ask()
    [(request, asked)] = desk.line.sent
    now = house.runtime.clock.now()
    signed, said = run(desk.line.line.ask(request, asked, now))
    newer = Ed25519PrivateKey.from_private_bytes(b"n" * 32)

    async def rotate(public, approval, overlap_hours):
        async with house.runtime.database.transaction() as connection:
            at = house.runtime.clock.now()
            await register_key(connection, (LENDER, public), approval, at, overlap_hours)

    run(rotate(newer.public_key().public_bytes_raw(), 2, 0))  # the old one was lost
    with pytest.raises(NotAllowed):
        desk.receive(signed, said)
    with pytest.raises(Conflict) as refused:
        run(rotate(_public(), 3, 24))
    assert refused.value.code == "key_known"  # what was lost never comes back

    newest = Ed25519PrivateKey.from_private_bytes(b"m" * 32)
    run(rotate(newest.public_key().public_bytes_raw(), 4, 24))
    desk.receive(sign(newer, Act.ANSWER, request, said, now), said)
    assert desk.states() == [("offered", "")]
    desk.receive(sign(newest, Act.ANSWER, request, said, now), said)
    assert desk.verdicts() == [("offered", 2)]


def test_a_counter_offer_is_an_offer_of_less(open_desk, applied, house, run, key):
    desk = open_desk("counter")
    caller, application, answer = applied()

    desk.ask()

    run(accept_offer(house, caller, application, Chosen(len(answer["offers"]) + 1), key()))
    assert house.reserved() == {3001: 1_500_000}
    assert house.value("select used_minor from origination.exposure") == 1_500_000


@pytest.mark.parametrize(
    ("left", "state"),
    [
        ("the decision's book", ("against_law", "not_admitted")),
        ("today's book", ("asked", "")),  # not asked any more: its time runs out
    ],
)
def test_a_lender_that_a_book_does_not_know_is_not_admitted(left, state, open_desk, applied, house):
    desk = open_desk()
    decided_by, house.book = house.book, load_book()
    applied()
    gone = decided_by if left == "the decision's book" else house.book
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(gone._terms, 3001)
        desk.ask()

    assert desk.states() == [state]
    assert house.reserved().keys().isdisjoint({3001})


def test_what_a_lender_offered_that_the_decisions_book_does_not_know_cannot_be_taken(
    open_desk, applied, house, key, monkeypatch
):
    desk = open_desk()
    caller, application, answer = applied()
    desk.ask()
    before = house.reserved()
    monkeypatch.delitem(house.decisions.engine.book._terms, 3001)

    with pytest.raises(Conflict) as refused:
        house.run(
            accept_offer(house, caller, application, Chosen(len(answer["offers"]) + 1), key())
        )

    assert refused.value.code == "no_such_offer"
    assert house.reserved() == before
    assert house.value("select count(*) from origination.acceptance") == 0


def test_a_lender_whose_key_nobody_registered_is_heard_by_nobody(open_desk, applied):
    desk = open_desk(is_registered=False)
    applied()

    desk.ask()

    assert (desk.states(), desk.verdicts()) == ([("asked", "")], [])


def test_who_did_not_agree_to_this_lender_is_not_asked_about(open_desk, house):
    desk = open_desk()
    assert json.loads(house.apply(house.borrower()).body)["outcome"] == "offers"

    assert desk.ask() == 0

    assert house.value("select count(*) from funding.remote_request") == 0


def _public():
    return key_of("lender").public_key().public_bytes_raw()


def test_a_lender_and_a_bureau_of_their_own_processes_answer_over_sockets(
    begun, open_line, applied, clock
):
    at = ("--at", clock.now().isoformat())
    gateway = begun("gateway", *at)
    platform = PLATFORM.public_key().public_bytes_raw().hex()
    lender = begun("lender", "--gateway", gateway.url, "--platform-key", platform, *at)
    desk = open_line(gateway.url, lender.url, bytes.fromhex(lender.told["public"]))
    applied()

    desk.ask()

    assert desk.states() == [("offered", "")]
    log = httpx.get(f"{gateway.url}/log").json()
    assert [one["what"] for one in log] == ["deposited", "served"]


@pytest.fixture
def decide_anew(house, run, key):
    """Let offers wait for a person, as links that came to light do, and one approve them."""
    clerk = Caller(Role.CLERK, 901, 0, 0)

    async def send(caller, application):
        async with house.runtime.database.transaction() as connection:
            why = ("device_watched",), house.runtime.clock.now()
            await hold_offers(connection, caller, application, why)
            await move_on(connection, house.runtime, application, Event.SENT_TO_REVIEW)

    def make(caller, application):
        run(send(caller, application))
        opinion = Opinion(application, Said.APPROVE, ["links_explained"])
        assert json.loads(run(rule_review(house, clerk, opinion, key())))["step"] == "offers"

    return make


def test_a_remote_offer_of_a_decision_that_a_person_took_the_place_of_is_none(
    open_desk, applied, house, decide_anew, key
):
    desk = open_desk()
    caller, application, answer = applied()
    desk.ask()
    n = len(answer["offers"]) + 1
    house.run(house.withdraw(caller.subject, 1 << (8 + 7)))  # one lender less: numbers move
    decide_anew(caller, application)
    before = house.reserved()
    assert before == {101: 3_000_000}
    now = house.value("select decision from origination.application where id = $1", application)

    # Whoever names the list of now finds no offer of that number; who names none, or the old one,
    # is shown the new list.
    seen = house.runtime.public.read("decision", answer["decision"])
    for stale in (n, n - 1):
        for decision, code in (
            (now, "no_such_offer"), (None, "list_changed"), (seen, "list_changed"),
        ):  # fmt: skip
            with pytest.raises(Conflict) as refused:
                chosen = Chosen(stale, decision)
                house.run(accept_offer(house, caller, application, chosen, key()))
            assert refused.value.code == code

    async def beside():
        async with house.runtime.database.reading() as connection:
            view = await find_application(connection, caller, application)
            old = house.runtime.public.read("decision", answer["decision"])
            of = [(application, one) for one in (old, view.decision)]
            return [len(await remote_of_application(connection, 0, one)) for one in of]

    assert house.run(beside()) == [1, 0]
    assert (house.reserved(), house.value("select count(*) from origination.acceptance")) == (
        before, 0,
    )  # fmt: skip


def test_the_program_of_a_remote_offer_is_of_its_own_decision_only(open_desk, applied, house):
    desk = open_desk()
    _, application, answer = applied()
    desk.ask()
    decision = house.runtime.public.read("decision", answer["decision"])
    n = len(answer["offers"]) + 1

    programs = [
        house.value("select funding.remote_program(0::int2, $1, $2, $3)", application, one, n)
        for one in (decision, decision + 1)
    ]

    assert programs == [3001, None]


def test_a_remote_offer_that_was_taken_is_counted_in_the_market_of_its_day(
    open_desk, applied, house, run, key
):
    desk = open_desk()
    caller, application, answer = applied()
    desk.ask()
    n = len(answer["offers"]) + 1
    run(accept_offer(house, caller, application, Chosen(n), key()))

    found = run(tally(house.runtime, house.decisions.versions, (BUSINESS_DATE, BUSINESS_DATE)))

    assert (found.chosen, found.chosen_later, found.lenders[LENDER].lent_minor) == (
        1, 1, 3_000_000,
    )  # fmt: skip


def test_what_was_taken_of_a_persons_decision_is_marked_there_and_not_in_the_machines(
    house, applied, decide_anew, clock, key
):
    caller, application, answer = applied()
    decide_anew(caller, application)
    ruled = house.value("select decision from origination.application where id = $1", application)
    house.run(accept_offer(house, caller, application, Chosen(1, ruled), key()))
    machine = house.runtime.public.read("decision", answer["decision"])
    assert house.value("select decision from origination.acceptance") == ruled

    def taken(decision):
        versions = house.decisions.versions
        explained = house.run(explain_decision(house.runtime, versions, decision))
        return [line.place for line in explained.lines if line.is_taken]

    assert (taken(machine), taken(ruled)) == ([], [1])
