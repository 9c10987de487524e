import asyncio
import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.loaded import POINTS_TABLE

from tongtu.evidence.api import commitment
from tongtu.funding.api import CommitmentState, find_commitment, find_shares
from tongtu.journey.accept import Chosen, ask_person, expire_offers
from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import Conflict, KeyReused, NotFound, Refused
from tongtu.origination.api import (
    Sources,
    acceptance_payload,
    find_acceptance,
    load_engine,
    lower_exposure,
    shipped_sources,
)

DAY = date(2026, 11, 24)


@pytest.fixture
def offered(house):
    """Apply and return (caller, application id, answer)."""

    def make(caller=None, **changes):
        caller = caller or house.borrower()
        answer = json.loads(house.apply(caller, **changes).body)
        assert answer["outcome"] == "offers"
        return caller, house.runtime.public.read("application", answer["application"]), answer

    return make


@pytest.fixture
def accept(house, run, key):
    def take(caller, application, n=1, command=None):
        return json.loads(
            run(accept_offer(house, caller, application, Chosen(n), command or key()))
        )

    return take


@pytest.fixture
def expire(house, run):
    async def close():
        async with house.runtime.database.transaction() as connection:
            return await expire_offers(connection, house.runtime, 0, DAY)

    return lambda: run(close())


def test_an_accepted_offer_has_its_budget_and_lets_what_the_list_held_go(
    house, offered, accept, run
):
    caller, application, answer = offered()

    taken = accept(caller, application, n=3)

    assert taken["step"] == "accepted"
    offer = house.runtime.public.read("offer", taken["offer"])
    assert house.reserved() == {601: 3_000_000}
    assert house.rows("select step from process.step_taken order by seq") == [
        ("offers",),
        ("accepted",),
    ]
    assert house.value("select used_minor from origination.exposure") == 3_000_000

    async def read():
        async with house.runtime.database.reading() as connection:
            found = await find_acceptance(connection, caller, offer)
            return found, await find_commitment(connection, 0, found.commitment)

    found, promise = run(read())
    shown = answer["offers"][2]
    assert (found.offer.program, found.offer.total_minor) == (601, shown["total_minor"])
    assert (found.n, found.product, found.application) == (3, "consumer_cash", application)
    assert promise.state is CommitmentState.COMMITTED
    assert promise.decision.policy_hash == house.decisions.engine.book.policy_hash(6)
    leaf = house.value("select hashes[1] from evidence.batch where kinds = '{acceptance}'")
    assert leaf == commitment(found.salt, acceptance_payload(found))


def test_a_joint_offer_becomes_a_promise_of_each_funder_with_its_own_policy(
    house, offered, accept, run
):
    caller, application, answer = offered()
    shown = answer["offers"][1]
    assert shown["lender"]["id"] == "jianghai"

    accept(caller, application, n=2)

    assert house.reserved() == {701: 3_000_000}

    async def read():
        async with house.runtime.database.reading() as connection:
            return await find_shares(connection, 0, application)

    book, shares = house.decisions.engine.book, run(read())
    rate = Decimal(shown["rate_percent"]) * 100
    assert shares == book.shares(701, 3_000_000, int(rate))
    assert [one.principal_minor for one in shares.members] == [1_200_000, 900_000, 900_000]
    rows = house.rows("select lender, policy_hash from funding.share order by place")
    assert rows == [(number, book.policy_hash(number)) for number in (7, 1, 3)]


def test_the_same_acceptance_again_gives_the_same_answer(house, offered, accept, key):
    caller, application, _ = offered()
    command = key()

    assert accept(caller, application, 1, command) == accept(caller, application, 1, command)
    assert house.value("select count(*) from origination.acceptance") == 1
    assert house.reserved() == {101: 3_000_000}


def test_a_second_offer_cannot_be_taken(house, offered, accept):
    caller, application, _ = offered()
    accept(caller, application, 1)
    before = house.reserved(), house.counts()

    with pytest.raises(Conflict) as refused:
        accept(caller, application, 2)

    assert refused.value.code == "already_accepted"
    assert (house.reserved(), house.counts()) == before


def test_of_two_acceptances_at_once_one_wins(house, offered, run, key):
    caller, application, _ = offered()

    async def both():
        tries = [accept_offer(house, caller, application, Chosen(n), key()) for n in (1, 2)]
        return await asyncio.gather(*tries, return_exceptions=True)

    results = run(both())

    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    assert len(house.reserved()) == 1
    assert house.value("select used_minor from origination.exposure") == 3_000_000


@pytest.mark.parametrize("n", [0, 8])
def test_an_offer_that_was_not_made_cannot_be_taken(house, offered, accept, n):
    caller, application, _ = offered()

    with pytest.raises(Conflict) as refused:
        accept(caller, application, n)

    assert refused.value.code == "no_such_offer"
    assert house.reserved() == {101: 3_000_000}


def test_somebody_elses_offer_cannot_be_taken(house, offered, accept):
    _, application, _ = offered()

    with pytest.raises(NotFound):
        accept(house.borrower(), application)

    assert house.reserved() == {101: 3_000_000}


def test_nobody_comes_to_owe_more_than_the_limit_by_two_applications(house, offered, accept):
    caller = house.borrower()
    house.execute("insert into origination.exposure values (0, $1, 15000000)", caller.subject)
    _, first, _ = offered(caller)
    _, second, _ = offered(caller, key="key-00000002")
    accept(caller, first)
    before = house.reserved()

    with pytest.raises(Refused) as refused:
        accept(caller, second)

    assert refused.value.code == "party_limit_reached"
    assert house.reserved() == before
    assert house.value("select used_minor from origination.exposure") == 18_000_000
    assert house.value("select count(*) from origination.acceptance") == 1


OVERLAY = """id = "{}"
base = "cn/2026.08"
languages = ["zh", "en"]
effective_from = 2026-11-01
"""
PARAMS = """name,key,value,effective_from,effective_to,label,source
party_limit_minor,*,5000000,2026-11-01,,P,own
"""


@pytest.fixture
def tight(house, run, tmp_path):
    """Let the lender of program 101 have a law of its own: nobody owes more than 50,000 yuan."""
    shipped = shipped_sources(POINTS_TABLE)
    rules = shutil.copytree(shipped.rules, tmp_path / "rules")
    lender = house.decisions.engine.book.lender(1).id
    folder = rules / "overlays" / lender
    folder.mkdir(parents=True)
    (folder / "overlay.toml").write_text(OVERLAY.format(lender), encoding="utf-8")
    (folder / "params.csv").write_text(PARAMS, encoding="utf-8")
    sources = Sources(shipped.pack, rules, shipped.scorecard)
    lane = decision_lane(house.runtime, load_engine(sources, house.runtime.public))
    run(lane.start())
    yield replace(house, decisions=lane)
    run(lane.stop())


def test_a_lenders_own_limit_holds_over_two_acceptances(tight, run, key):
    caller = tight.borrower()
    applied = [json.loads(tight.apply(caller, key=f"key-0000000{n}").body) for n in (1, 2)]
    assert {one["outcome"] for one in applied} == {"offers"}
    first, second = [
        tight.runtime.public.read("application", one["application"]) for one in applied
    ]
    run(accept_offer(tight, caller, first, Chosen(1), key()))
    before = tight.reserved()

    with pytest.raises(Refused) as refused:
        run(accept_offer(tight, caller, second, Chosen(1), key()))

    assert refused.value.code == "party_limit_reached"
    assert tight.reserved() == before
    assert tight.value("select used_minor from origination.exposure") == 3_000_000
    run(
        accept_offer(tight, caller, second, Chosen(2), key())
    )  # another lender goes by the country's
    assert tight.value("select used_minor from origination.exposure") == 6_000_000


def test_what_is_paid_back_can_be_borrowed_again_and_news_may_come_twice(
    house, offered, accept, run
):
    caller, application, _ = offered()
    offer = house.runtime.public.read("offer", accept(caller, application)["offer"])

    async def lower(to_minor):
        async with house.runtime.database.transaction() as connection:
            return await lower_exposure(connection, 0, offer, to_minor)

    assert [run(lower(to)) for to in (2_000_000, 2_000_000, 2_500_000, 0)] == [
        True,
        True,
        False,
        True,
    ]
    assert house.value("select used_minor from origination.exposure") == 0


def test_offers_nobody_took_expire_with_their_day_and_give_their_quota_back(
    house, offered, accept, expire
):
    taken_by, taken, _ = offered()
    accept(taken_by, taken)
    late, application, _ = offered()
    house.apply(house.borrower(), purpose="stocks")

    assert (expire(), expire()) == (1, 0)

    assert house.reserved() == {101: 3_000_000}
    case = "select step || ' ' || state from process.instance where id = $1"
    assert house.value(case, application) == "expired ended"
    assert house.value(case, taken) == "accepted active"
    with pytest.raises(Conflict) as refused:
        accept(late, application)
    assert refused.value.code == "offer_expired"
    assert house.reserved() == {101: 3_000_000}


def test_the_same_key_for_another_wish_is_refused(house, offered, accept, key):
    caller, application, _ = offered()
    command = key()
    accept(caller, application, 1, command)

    with pytest.raises(KeyReused):
        accept(caller, application, 2, type(command)(command.key, b"c" * 32))


def test_a_refused_person_is_sent_to_a_person_once(house, run, key):
    caller = house.borrower()
    answer = json.loads(house.apply(caller, purpose="stocks").body)
    application = house.runtime.public.read("application", answer["application"])

    # Tuesday 24 November 2026 and three working days of the pack's calendar.
    assert json.loads(run(ask_person(house, caller, application, key()))) == {
        "step": "review",
        "answer_by": "2026-11-27",
    }
    assert house.value("select answer_by from origination.review_request") == date(2026, 11, 27)
    with pytest.raises(Conflict):
        run(ask_person(house, caller, application, key()))
    assert house.value("select count(*) from origination.review_request") == 1


def test_a_person_with_offers_needs_no_review(house, offered, run, key):
    caller, application, _ = offered()

    with pytest.raises(Conflict):
        run(ask_person(house, caller, application, key()))

    assert house.value("select count(*) from origination.review_request") == 0
