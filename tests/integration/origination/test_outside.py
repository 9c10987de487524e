"""Outside sources: asked with consent and within a budget, kept whatever became of it."""

import asyncio
import json
from argparse import Namespace
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from tongtu.identity.api import Scope, consent_bit
from tongtu.journey.api import apply
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import Overloaded, Refused
from tongtu.origination.api import replay
from tongtu.origination.flow import questions
from tongtu.policy.api import Pack
from tongtu.risk.api import HttpInformant, Purpose, fetch_outside, read_source
from tongtu.risk.flow.asking import PACE
from tongtu.simulators.http import listen
from tongtu.simulators.outside.__main__ import door
from tongtu.simulators.outside.records import Records
from tongtu.tables.api import rules_root

LAW = Pack.load("cn/2026.08")
ASKED = "select count(*) from risk.outside_query"
SHOWN = "select outside from risk.background where party = $1"


def source(name):
    return read_source((rules_root() / "outside" / f"{name}.toml").read_bytes())


TAX = source("tax")


@pytest.fixture
def line(run, runtime):
    """Open the simulator's door with these faults, over real sockets, until the test ends."""
    opened, at = [], runtime.clock.now()

    def start(*faults, of="tax", hold_s=0.8):
        given = Namespace(at=at, hold_seconds=hold_s, slow_seconds=0.1)
        records = Records(1, dict.fromkeys(faults, 1.0))
        server = run(listen("outside", 0, door(records, given)))
        port = server.sockets[0].getsockname()[1]
        informant = HttpInformant(of, f"http://127.0.0.1:{port}/{of}", timeout_s=0.5)
        opened.append((server, informant))
        return informant

    yield start
    for server, informant in opened:
        run(informant.close())
        server.close()
    run(_answered())


async def _answered():
    """Wait for who was kept waiting by a silent door."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    doors = [one for one in others if "listen" in str(one.get_coro())]
    await asyncio.gather(*doors, return_exceptions=True)


def consenting(house, *scopes, version="2026.08"):
    caller = house.borrower()
    for scope in scopes or ("tax_query",):
        house.execute(
            "insert into identity.consent (cell, id, party, scope, version, salt, granted_at)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            caller.cell,
            house.runtime.ids.new(7),
            caller.subject,
            scope,
            version,
            b"s" * 16,
            house.runtime.clock.now(),
        )
    return caller


@pytest.fixture(autouse=True)
def a_minute_later(runtime, line):
    """A minute has passed since the instant at which the simulators' clock stands."""
    runtime.clock.advance(timedelta(minutes=1))


def fetch(house, informant, caller, of=TAX):
    return house.run(
        fetch_outside(house.runtime, LAW, (of, informant), caller, Purpose.LOAN_APPLICATION)
    ).state


def shown(house, caller):
    told = house.value(SHOWN, caller.subject)
    return None if told is None else json.loads(told)


def test_without_consent_to_this_source_nobody_is_asked_about(house, line):
    caller = consenting(house, "operator_query")  # to another source

    with pytest.raises(Refused) as refused:
        fetch(house, line(), caller)

    assert refused.value.code == "consent_missing"
    assert house.value(ASKED) == 0
    assert house.value("select count(*) from risk.outside_day") == 0
    assert shown(house, caller) is None


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (("data_vendor", "2026.08", "platform"), "bureau_direct"),
        (("licensed_bureau", "2025.01", "platform"), "consent_missing"),
        (("licensed_bureau", "2026.08", "borrower"), "outside_charged"),
    ],
)
def test_a_source_the_law_does_not_let_be_asked_is_not(house, line, how, code):
    route, version, payer = how
    caller, informant = consenting(house, version=version), line()
    informant.route = route

    with pytest.raises(Refused) as refused:
        fetch(house, informant, caller, replace(TAX, charged_to=payer))

    assert refused.value.code == code
    assert house.value(ASKED) == 0


@pytest.mark.parametrize(
    ("faults", "state", "stands"),
    [
        ((), "answered", True),
        (("slow",), "answered", True),
        (("stale",), "answered", True),  # it is kept with its age
        (("half",), "half", True),
        (("unknown",), "no_record", True),
        (("timeout",), "no_answer", False),
        (("error",), "no_answer", False),
    ],
)
def test_what_became_of_asking_is_kept_with_its_cost(house, line, faults, state, stands):
    caller = consenting(house)

    assert fetch(house, line(*faults), caller) == state

    assert house.rows(
        "select state, purpose, consent_version, recipient, cost_minor, charged_to"
        " from risk.outside_query"
    ) == [(state, "loan_application", "2026.08", "platform", 80, "platform")]
    assert house.rows("select source, queries, spent_minor from risk.outside_day") == [
        ("tax", 1, 80)
    ]
    assert (shown(house, caller) is not None) is stands


def test_what_stands_of_a_person_is_shown_in_one_value_by_source(house, line):
    caller = consenting(house, "tax_query", "operator_query")
    fetch(house, line(), caller)
    fetch(house, line(of="operator"), caller, source("operator"))

    (first, second) = shown(house, caller)

    at_s = int(house.runtime.clock.now().timestamp()) - 60
    assert [first[:3], second[:3]] == [["operator", "answered", at_s], ["tax", "answered", at_s]]
    assert sorted(second[3]) == ["tax_months", "taxed_income_minor"]


def test_a_young_answer_is_used_again_and_costs_nothing(house, line, runtime):
    caller, informant = consenting(house), line()
    assert [fetch(house, informant, caller) for _ in range(2)] == ["answered", "answered"]
    assert house.value(ASKED) == 1

    runtime.clock.advance(timedelta(days=TAX.ask_again_days))
    assert fetch(house, informant, caller) == "answered"
    assert house.value(ASKED) == 2


@pytest.mark.parametrize("fault", ["timeout", "half-written"])
def test_asking_again_at_once_where_nothing_came_costs_nothing(house, line, runtime, fault):
    caller, informant = consenting(house), line("timeout")
    if fault == "half-written":  # the process ended before the answer was written
        fetch(house, informant, caller)
        house.execute("update risk.outside_query set state = null, answered_at = null")
    else:
        assert fetch(house, informant, caller) == "no_answer"

    assert fetch(house, informant, caller) == "no_answer"

    assert house.rows("select queries, spent_minor from risk.outside_day") == [(1, 80)]
    assert house.value(ASKED) == 1
    runtime.clock.advance(PACE)
    fetch(house, informant, caller)
    assert house.value(ASKED) == 2


def test_who_asks_twice_at_once_asks_once(house, line):
    caller, informant = consenting(house), line("slow")
    of = house.runtime, LAW, (TAX, informant), caller, Purpose.LOAN_APPLICATION

    async def both():
        return await asyncio.gather(fetch_outside(*of), fetch_outside(*of))

    states = sorted(one.state for one in house.run(both()))

    assert states == ["answered", "no_answer"]
    assert house.rows("select queries, spent_minor from risk.outside_day") == [(1, 80)]


def test_no_query_leaves_above_the_days_budget(house, line):
    informant, poor = line(), replace(TAX, budget_day_minor=100)
    first, second = consenting(house), consenting(house)

    assert fetch(house, informant, first, poor) == "answered"
    assert fetch(house, informant, second, poor) == "over_budget"

    assert house.rows("select queries, spent_minor from risk.outside_day") == [(1, 80)]
    assert house.rows("select state, cost_minor from risk.outside_query order by id") == [
        ("answered", 80),
        ("over_budget", 0),
    ]
    assert shown(house, second) is None


def test_an_answer_from_the_future_is_none(house, line, runtime):
    caller, informant = consenting(house), line()
    earlier = FixedClock(runtime.clock.now() - timedelta(days=2))
    object.__setattr__(runtime, "clock", earlier)

    assert fetch(house, informant, caller) == "malformed"
    assert shown(house, caller) is None


def test_an_older_answer_never_takes_the_place_of_a_newer_one(house, line, runtime):
    caller, hurried = consenting(house), replace(TAX, ask_again_days=0)
    fetch(house, line(), caller, hurried)
    newer = shown(house, caller)

    assert (
        fetch(
            house,
            line(
                "stale",
            ),
            caller,
            hurried,
        )
        == "answered"
    )

    assert shown(house, caller) == newer
    assert house.value(ASKED) == 2


def decided(house, caller, **changes):
    asked = {"amount_minor": 6_000_000, "tenor_months": 36, **changes}
    answer = json.loads(house.apply(caller, **asked).body)
    return answer["outcome"], tuple(one["code"] for one in answer["reasons"])


def test_sources_are_asked_before_a_larger_loan_and_their_contradiction_decides(house, line):
    house.informants = {"tax": line("contradict"), "operator": line(of="operator")}
    caller = consenting(house, "tax_query", "operator_query")
    bits = 1 << consent_bit(Scope.TAX_QUERY) | 1 << consent_bit(Scope.OPERATOR_QUERY)
    house.execute(
        "update identity.party set consent_mask = consent_mask | $2::int8 where id = $1",
        caller.subject,
        bits,
    )

    assert decided(house, caller, key="apply-00000001", amount_minor=5_999_999)[0] == "offers"
    assert house.value(ASKED) == 0  # so small a loan needs none

    assert decided(house, caller, key="apply-00000002") == ("review", ("income_contradicted",))
    assert house.rows("select source, state from risk.outside_query order by source") == [
        ("operator", "answered"),
        ("tax", "answered"),
    ]

    (stored,) = house.rows(
        "select d.id from origination.decision d join origination.application a"
        " on a.id = d.application where a.amount_minor = 6000000"
    )
    again = house.run(replay(house.runtime, house.decisions, stored[0]))
    assert (again.is_same, [one.source for one in again.record.case.known.outside]) == (
        True,
        ["operator", "tax"],
    )

    house.run(house.withdraw(caller.subject, 1 << consent_bit(Scope.TAX_QUERY)))
    assert decided(house, caller, key="apply-00000003", device="another")[0] == "offers"
    newest = house.value("select max(id) from origination.decision")
    kept = house.run(replay(house.runtime, house.decisions, newest)).record.case.known.outside
    assert [one.source for one in kept] == ["operator"], "what may not be read is not kept"


@pytest.fixture
def needing(house, line):
    """A person whose larger loans need the tax record, and consented to it."""
    house.informants = {"tax": line("contradict")}
    caller = consenting(house)
    house.execute(
        "update identity.party set consent_mask = consent_mask | $2::int8 where id = $1",
        caller.subject,
        1 << consent_bit(Scope.TAX_QUERY),
    )
    return caller


def test_a_command_that_was_answered_asks_nobody_when_it_is_repeated(house, needing, runtime):
    asked = {"key": "apply-00000001", "amount_minor": 6_000_000, "tenor_months": 36}
    first = house.apply(needing, **asked)
    runtime.clock.advance(timedelta(days=TAX.ask_again_days))

    again = house.apply(needing, **asked)

    assert (again.body, again.is_replay) == (first.body, True)
    assert house.value(ASKED) == 1


def test_of_two_applications_at_once_the_second_knows_what_the_first_one_asked(house, needing):
    asked = [
        house.asked(key=f"apply-0000000{n}", amount_minor=6_000_000, tenor_months=36)
        for n in (1, 2)
    ]

    async def both():
        return await asyncio.gather(*(apply(house, needing, one) for one in asked))

    told = [json.loads(one.body)["reasons"] for one in house.run(both())]

    assert [[one["code"] for one in reasons] for reasons in told] == [["income_contradicted"]] * 2
    assert house.value(ASKED) == 1


@pytest.mark.parametrize("full", ["asking", "lane"])
def test_nobody_is_asked_for_who_will_not_be_heard(house, needing, monkeypatch, full):
    if full == "asking":
        monkeypatch.setattr(questions, "ASKING_MAX", 0)
    else:
        monkeypatch.setattr(house.decisions._lanes[0], "_queue_max", 0)

    with pytest.raises(Overloaded):
        house.apply(needing, amount_minor=6_000_000, tenor_months=36)

    assert house.value(ASKED) == 0
    assert house.value("select count(*) from origination.application") == 0


def test_a_source_that_fails_and_one_without_consent_hold_nobody_up_where_one_goes_on(house, line):
    house.informants = {"tax": line("timeout"), "operator": line(of="operator")}

    assert decided(house, consenting(house, "tax_query"), key="apply-00000001")[0] == "offers"
    assert house.rows("select source, state from risk.outside_query") == [("tax", "no_answer")]


def test_no_decision_asks_the_database_once_more(house, monkeypatch):
    seen = []
    connection = asyncpg.Connection
    for name in ("fetchrow", "execute"):
        was = getattr(connection, name)

        def counted(self, query, *values, was=was, **options):
            seen.append(query)
            return was(self, query, *values, **options)

        monkeypatch.setattr(connection, name, counted)

    house.apply(house.borrower(), key="apply-00000001")

    assert len([one for one in seen if "risk." in one]) == 2  # one read and one write, as before
