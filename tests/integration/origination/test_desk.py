"""Persons decide what waits for one: the same law, lenders and quotas, and never their own."""

import asyncio
import json
from datetime import date, timedelta

import pytest
from tests.integration.origination.conftest import STATED

from tongtu.evidence.api import commitment
from tongtu.funding.api import STEER_GUARD_PPM, Steering
from tongtu.identity.api import Caller, CommandKey, Role, VaultKind, approve, note_tie
from tongtu.journey.accept import Chosen, ask_person, expire_offers
from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.api import (
    Opinion,
    allow_ruling,
    ask_for_documents,
    list_reviews,
    refuse_deed,
    rule_review,
)
from tongtu.journey.case import move_on
from tongtu.journey.steps import ORIGINATION, Event
from tongtu.kernel.errors import BadInput, Conflict, KeyReused, NotAllowed, Refused
from tongtu.origination.api import Said, find_application, hold_offers, replay, tally
from tongtu.origination.rules.record import encode
from tongtu.risk.api import Listing, add_entry, propose_entry

CLERK = Caller(Role.CLERK, 901, 0, 0)
OTHER = Caller(Role.OPERATOR, 902, 0, 0)
DAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)
ONE_DAY = timedelta(days=1)
# Assets that were not said are a person's to judge (rule of the application rules).
UNSAID = STATED._replace(assets_minor=None)


@pytest.fixture
def waits(house):
    """Apply so that the machine leaves it to a person; return (caller, application id)."""

    def make(caller=None, **changes):
        caller = caller or house.borrower()
        answer = json.loads(house.apply(caller, **{"declared": UNSAID, **changes}).body)
        assert answer["outcome"] == "review"
        return caller, house.runtime.public.read("application", answer["application"])

    return make


@pytest.fixture
def decide(house, run, key):
    def say(application, said="approve", codes=("income_proved",), by=CLERK, command=None):
        opinion = Opinion(application, Said(said), list(codes))
        return json.loads(run(rule_review(house, by, opinion, command or key())))

    return say


@pytest.fixture
def listed(house, run):
    """Put a device on a list, by two persons; the lane knows of it."""

    def put(name, device):
        async def work():
            async with house.runtime.database.transaction() as connection:
                wanted = Listing(name, "device", device, 30, "seen in two cases")
                made = await propose_entry(connection, house.runtime, CLERK, wanted)
                await approve(connection, house.runtime, OTHER, made.id)
                await add_entry(connection, house.runtime, made.id, wanted)
            await house.decisions.watch.look()

        run(work())

    return put


def stands(house, run, caller, application):
    async def read():
        async with house.runtime.database.reading() as connection:
            return await find_application(connection, caller, application)

    return run(read())


def everything(house):
    rulings = house.value("select count(*) from origination.ruling")
    return house.counts(), house.reserved(), rulings


def test_an_approved_case_gets_the_offers_of_the_lane_and_can_be_taken(
    house, waits, decide, run, key
):
    caller, application = waits()

    ruled = decide(application)

    assert (ruled["step"], ruled["approval"]) == ("offers", None)
    view = stands(house, run, caller, application)
    answer = json.loads(view.answer)
    assert (view.outcome.value, answer["outcome"], answer["step"]) == ("offers",) * 3
    plain = json.loads(house.apply(house.borrower(), key="key-00000002").body)
    told = ("lender", "total_minor", "irr12_percent")
    assert [[one[name] for name in told] for one in answer["offers"]] == [
        [one[name] for name in told] for one in plain["offers"]
    ]
    taken = json.loads(run(accept_offer(house, caller, application, Chosen(1), key())))
    assert taken["step"] == "accepted"
    assert house.value("select used_minor from origination.exposure") == 3_000_000


def test_one_process_file_drives_the_case_straight_through_and_the_one_that_waits_for_a_person(
    house, waits, decide
):
    straight = house.runtime.public.read(
        "application",
        json.loads(house.apply(house.borrower(), key="key-00000002").body)["application"],
    )
    _, reviewed = waits()
    decide(reviewed)

    query = "select step from process.step_taken where instance = $1 order by seq"
    taken = [[step for (step,) in house.rows(query, one)] for one in (straight, reviewed)]
    assert taken == [["offers"], ["review", "offers"]]
    assert set(ORIGINATION.by_id) >= {"offers", "review"}
    versions = house.rows("select distinct version from process.instance")
    assert versions == [(ORIGINATION.hash,)]
    # The step and the decision are of one commit.
    one = "select i.xmin = d.xmin from process.instance i, origination.decision d"
    assert house.value(f"{one} where i.id = $1 and d.application = i.id", straight)


def test_a_persons_decisions_are_a_market_of_their_own_beside_the_machines(
    house, waits, decide, run, key
):
    caller, application = waits()
    _, second = waits(key="key-00000002", device="another")
    house.apply(house.borrower(), key="key-00000003", device="a third")
    decide(application)
    decide(second, "decline", ("debt_service_too_high",))
    run(accept_offer(house, caller, application, Chosen(2), key()))

    versions = house.decisions.versions
    machine = run(tally(house.runtime, versions, (DAY, DAY)))
    persons = run(tally(house.runtime, versions, (DAY, DAY), of_persons=True))
    before = run(tally(house.runtime, versions, (DAY - ONE_DAY, DAY - ONE_DAY), of_persons=True))

    assert (machine.decisions, machine.with_offers, machine.chosen) == (3, 1, 0)
    assert (persons.decisions, persons.with_offers, persons.chosen) == (2, 1, 1)
    assert (persons.dearer_than_first, before.decisions) == (1, 0)
    assert sum(one.lent_minor for one in persons.lenders.values()) == 3_000_000


def test_the_machines_word_stays_beside_the_persons_and_both_replay(house, waits, decide, run):
    caller, application = waits()
    machine = stands(house, run, caller, application).decision

    decide(application)

    mine = stands(house, run, caller, application).decision
    row = house.rows(
        "select id, machine, machine_said, said, codes, is_override, staff from origination.ruling"
    )
    assert row == [(mine, machine, "review", "approve", ["income_proved"], False, 901)]
    for decision, outcome in ((machine, "review"), (mine, "offers")):
        again = run(replay(house.runtime, house.decisions, decision))
        assert (again.is_same, again.changed, again.record.decided.outcome.value) == (
            True, (), outcome,
        )  # fmt: skip
    assert again.record.case.known.ruling.codes == ("income_proved",)
    leaf = house.value(
        "select hashes[1] from evidence.batch where subjects = array[$1::int8]", mine
    )
    salt = house.value("select salt from origination.decision where id = $1", mine)
    assert leaf == commitment(salt, encode(again.record))


def test_a_refusal_is_told_with_the_reasons_the_person_gave(house, waits, decide, run):
    caller, application = waits()

    ruled = decide(application, "decline", ("debt_service_too_high",))

    assert ruled["step"] == "declined"
    answer = json.loads(stands(house, run, caller, application).answer)
    assert answer["outcome"] == "declined"
    assert [one["code"] for one in answer["reasons"]] == ["debt_service_too_high"]
    assert house.reserved() == {}


def test_no_person_approves_past_the_law_or_a_consent(house, waits, decide, run):
    unshared, second = waits()
    run(house.withdraw(unshared.subject, ~0b111))
    caller, application = waits(key="key-00000002")
    house.execute("insert into origination.exposure values (0, $1, 19900000)", caller.subject)
    before = everything(house)

    with pytest.raises(Refused):
        decide(second)
    with pytest.raises(Refused) as refused:
        decide(application)

    assert (refused.value.code, "party_limit_reached" in refused.value.detail) == (
        "ruling_impossible", True,
    )  # fmt: skip
    assert everything(house) == before


def test_no_person_approves_past_a_list_of_fraud(house, waits, decide, listed):
    _, application = waits(device="stolen")

    listed("deny", "stolen")
    before = everything(house)

    with pytest.raises(Refused) as refused:
        decide(application)

    assert refused.value.code == "ruling_impossible"
    assert everything(house) == before


def test_nobody_decides_about_their_family(house, waits, decide, run, key):
    _, application = waits()
    runtime = house.runtime
    phone = int.from_bytes(runtime.keys.blind("phone", "+8613912345678")[:8], "big") >> 1
    house.execute("update identity.party set links = array[$1, 0, 0, 0]::int8[]", phone)

    async def name():
        async with runtime.database.transaction() as connection:
            await note_tie(connection, runtime, CLERK, (VaultKind.PHONE, "13912345678"))

    run(name())
    before = everything(house)

    with pytest.raises(NotAllowed) as refused:
        decide(application)
    with pytest.raises(NotAllowed):
        run(ask_for_documents(house, CLERK, (application, ["income_proof"]), key()))

    assert refused.value.code == "related"
    assert everything(house) == before
    assert decide(application, by=OTHER)["step"] == "offers"


def test_other_roles_decide_nothing_and_an_approval_has_grounds_of_the_desk(house, waits, decide):
    _, application = waits()
    before = everything(house)

    for role in (Role.ANALYST, Role.REGULATOR, Role.LENDER, Role.BORROWER):
        with pytest.raises(NotAllowed):
            decide(application, by=Caller(role, 903, 1, 0))
    for codes in ((), ("income_proved",) * 2, ("because",), ("score_low",)):
        with pytest.raises(BadInput):
            decide(application, codes=codes)

    assert everything(house) == before


def test_a_large_approval_waits_for_a_second_person(house, waits, decide, run, key):
    caller, application = waits(amount_minor=6_000_000, tenor_months=36)
    before = house.reserved()

    asked = decide(application)

    assert (asked["step"], asked["decision"]) == ("review", None)
    assert (stands(house, run, caller, application).outcome.value, house.reserved()) == (
        "review", before,
    )  # fmt: skip
    approval = house.runtime.public.read("approval", asked["approval"])
    with pytest.raises(NotAllowed):
        run(allow_ruling(house, CLERK, approval, key()))
    with pytest.raises(NotAllowed):
        run(allow_ruling(house, Caller(Role.OPERATOR, 901, 0, 0), approval, key()))
    allowed = json.loads(run(allow_ruling(house, OTHER, approval, key())))
    assert allowed["step"] == "offers"
    assert house.rows("select staff, approval from origination.ruling") == [(901, approval)]


def test_a_proposal_that_was_refused_decides_nothing(house, waits, decide, run, key):
    caller, application = waits(amount_minor=6_000_000, tenor_months=36)
    asked = decide(application)
    approval = house.runtime.public.read("approval", asked["approval"])

    run(refuse_deed(house.runtime, OTHER, approval, "the papers are not enough", key()))
    with pytest.raises(Conflict):
        run(allow_ruling(house, OTHER, approval, key()))

    assert stands(house, run, caller, application).outcome.value == "review"
    assert house.reserved() == {}


def test_a_proposal_of_a_case_that_was_decided_since_is_void(house, waits, decide, run, listed):
    numbers = iter(range(10, 20))

    def key():
        return CommandKey(f"second-{next(numbers):08d}", b"d" * 32)

    caller, application = waits(amount_minor=6_000_000, tenor_months=36, device="shared")
    first, second = (
        house.runtime.public.read("approval", decide(application, by=by)["approval"])
        for by in (CLERK, Caller(Role.CLERK, 904, 0, 0))
    )
    run(allow_ruling(house, OTHER, second, key()))
    # It waits again, for another reason: what was proposed before speaks of another decision.
    listed("watch", "shared")
    with pytest.raises(Conflict):
        run(accept_offer(house, caller, application, Chosen(1), key()))
    assert step(house, application) == "review"
    before = everything(house)

    with pytest.raises(Conflict) as refused:
        run(allow_ruling(house, OTHER, first, key()))

    assert refused.value.code == "not_approved"
    assert everything(house) == before


def test_the_same_key_decides_once_and_no_other_body(house, waits, decide, key):
    _, application = waits()
    command = key()

    assert decide(application, command=command) == decide(application, command=command)
    with pytest.raises(KeyReused):
        decide(application, command=CommandKey(command.key, b"c" * 32))
    assert house.value("select count(*) from origination.ruling") == 1


def test_what_was_decided_waits_no_more(house, waits, decide):
    _, application = waits()
    decide(application)
    before = everything(house)

    with pytest.raises(Conflict) as refused:
        decide(application, "decline", ("lender_policy",))

    assert refused.value.code == "wrong_step"
    assert everything(house) == before


def test_who_was_declined_and_asks_is_approved_by_two_against_the_machine(house, decide, run, key):
    # A year in the job and the whole price asked for (RULE-10): a rule of the house, not of the law.
    caller = house.borrower()
    said = STATED._replace(seniority_years=1, price_minor=3_000_000)
    answer = json.loads(house.apply(caller, declared=said).body)
    assert answer["outcome"] == "declined"
    application = house.runtime.public.read("application", answer["application"])
    run(ask_person(house, caller, application, key()))
    assert [one.waits.application for one in run(list_reviews(house, "asked", 0, 10))] == [
        application
    ]

    asked = decide(application, codes=("expenses_explained",))

    assert asked["approval"] is not None
    approval = house.runtime.public.read("approval", asked["approval"])
    assert json.loads(run(allow_ruling(house, OTHER, approval, key())))["step"] == "offers"
    assert house.rows("select machine_said, said, is_override from origination.ruling") == [
        ("declined", "approve", True)
    ]
    assert run(list_reviews(house, "asked", 0, 10)) == []


def test_an_answer_after_its_days_is_given_and_its_news_names_the_rule_it_missed(
    house, decide, run, key
):
    caller = house.borrower()
    said = STATED._replace(seniority_years=1, price_minor=3_000_000)
    answer = json.loads(house.apply(caller, declared=said).body)
    application = house.runtime.public.read("application", answer["application"])
    run(ask_person(house, caller, application, key()))
    house.runtime.clock.advance(timedelta(days=7))

    decide(application, "decline", ("lender_policy",))

    told = house.rows("select payload from runtime.outbox where topic = 'origination.ruled'")
    assert [json.loads(row[0])["rules_missed"] for row in told] == [["PRIV-03.review"]]


def test_who_was_declined_by_a_person_is_not_looked_at_a_third_time(house, waits, decide, run, key):
    caller, application = waits()
    decide(application, "decline", ("lender_policy",))
    before = everything(house)

    with pytest.raises(Conflict):
        run(ask_person(house, caller, application, key()))

    assert everything(house) == before


def test_queues_are_by_age_and_forget_what_was_decided(house, waits, decide, run):
    applications = [waits(key=f"key-0000010{n}")[1] for n in range(3)]

    def queue(after=0, limit=10):
        return [one.waits.application for one in run(list_reviews(house, "rules", after, limit))]

    assert queue() == applications
    decide(applications[1])

    assert queue() == [applications[0], applications[2]]
    assert queue(after=applications[0]) == [applications[2]]
    assert queue(limit=1) == [applications[0]]


def test_a_person_is_asked_for_documents_and_goes_on_waiting(house, waits, run, key):
    _, application = waits()
    before = house.reserved()

    asked = json.loads(run(ask_for_documents(house, CLERK, (application, ["income_proof"]), key())))

    by = "2026-12-01"  # five working days on
    assert asked == {"step": "review", "documents": ["income_proof"], "answer_by": by}
    (looked,) = run(list_reviews(house, "documents", 0, 10))
    assert looked.request.documents == ("income_proof",)
    assert run(list_reviews(house, "rules", 0, 10)) == []
    with pytest.raises(BadInput):
        run(ask_for_documents(house, CLERK, (application, ["a_favour"]), key()))
    assert house.reserved() == before


@pytest.fixture
def held(house, run, key, listed):
    """Offers whose device came to be listed since: the acceptance goes to a person."""
    caller = house.borrower()
    answer = json.loads(house.apply(caller, device="shared").body)
    application = house.runtime.public.read("application", answer["application"])
    listed("watch", "shared")
    with pytest.raises(Conflict):
        run(accept_offer(house, caller, application, Chosen(1), key()))
    return caller, application


def close(house, run):
    async def work():
        async with house.runtime.database.transaction() as connection:
            return await expire_offers(connection, house.runtime, 0, DAY)

    return run(work())


def decision_of(house, application):
    return house.value("select decision from origination.application where id = $1", application)


def step(house, application):
    return house.value("select step from process.instance where id = $1", application)


def test_held_offers_are_let_go_and_made_anew_once(house, held, decide, run, key):
    caller, application = held
    before = house.reserved()
    (looked,) = run(list_reviews(house, "links", 0, 10))
    assert (looked.waits.application, looked.waits.reasons != ()) == (application, True)

    # Nothing is left of any quota but what the case itself holds, and that it may take again.
    house.execute("update funding.quota set limit_minor = reserved_minor where reserved_minor > 0")

    decide(application, codes=("links_explained",))

    assert house.reserved() == before
    assert run(list_reviews(house, "links", 0, 10)) == []
    chosen = Chosen(1, decision_of(house, application))
    assert json.loads(run(accept_offer(house, caller, application, chosen, key())))["step"] == (
        "accepted"
    )


def test_held_offers_that_are_declined_give_their_quotas_back(house, held, decide):
    _, application = held

    decide(application, "decline", ("lender_policy",))

    assert house.reserved() == {}
    row = house.rows("select machine_said, said, is_override from origination.ruling")
    assert row == [("offers", "decline", True)]


def test_a_held_case_waits_on_when_its_day_ends_and_its_quotas_are_let_go(
    house, held, decide, run, key
):
    caller, application = held

    assert close(house, run) == 1
    assert (step(house, application), house.reserved()) == ("review", {})
    house.execute("update runtime.business_day set date = $1", NEXT_DAY)
    decide(application, codes=("links_explained",))

    reserved = house.rows("select day, sum(reserved_minor)::int8 from funding.quota group by day")
    assert dict(reserved)[NEXT_DAY] == 3_000_000
    assert stands(house, run, caller, application).business_date == NEXT_DAY
    chosen = Chosen(1, decision_of(house, application))
    assert json.loads(run(accept_offer(house, caller, application, chosen, key())))["step"] == (
        "accepted"
    )


def test_offers_of_a_person_expire_with_their_own_day(house, waits, decide, run):
    _, application = waits()
    decide(application)

    assert close(house, run) == 1

    assert (step(house, application), house.reserved()) == ("expired", {})
    assert close(house, run) == 0


def test_a_ruling_that_commits_while_an_offer_is_taken_leaves_nothing_of_the_old_offers_taken(
    house, run, key, monkeypatch
):
    caller = house.borrower()
    answer = json.loads(house.apply(caller).body)
    application = house.runtime.public.read("application", answer["application"])
    old = house.runtime.public.read("decision", answer["decision"])

    async def send_to_a_person():
        async with house.runtime.database.transaction() as connection:
            why = ("device_watched",), house.runtime.clock.now()
            await hold_offers(connection, caller, application, why)
            await move_on(connection, house.runtime, application, Event.SENT_TO_REVIEW)

    run(send_to_a_person())
    before = house.reserved()
    versions, ruled = house.decisions.versions, []
    engine_of = versions.engine_of

    async def and_a_person_decides(connection, number):
        """Decide, on another connection, between the acceptance's read and its first lock."""
        if not ruled:
            ruled.append(True)
            opinion = Opinion(application, Said.APPROVE, ["links_explained"])
            ruled.append(json.loads(await rule_review(house, CLERK, opinion, key()))["step"])
        return await engine_of(connection, number)

    monkeypatch.setattr(versions, "engine_of", and_a_person_decides)
    with pytest.raises(Conflict) as refused:
        run(accept_offer(house, caller, application, Chosen(1), key()))
    monkeypatch.undo()

    assert (ruled, refused.value.code) == ([True, "offers"], "list_changed")
    assert house.reserved() == before
    assert house.value("select count(*) from origination.acceptance") == 0
    assert house.value("select count(*) from origination.exposure") == 0
    new = house.value("select decision from origination.application where id = $1", application)
    assert new != old
    # The list that counts now is told with the refusal.
    assert refused.value.fields["decision"] == house.runtime.public.show("decision", new)
    assert [one["n"] for one in json.loads(refused.value.fields["offers"])][:1] == [1]
    # Whoever does not say which list, or names the old one, takes nothing of the new one.
    for seen in (None, old):
        with pytest.raises(Conflict) as again:
            run(accept_offer(house, caller, application, Chosen(1, seen), key()))
        assert again.value.code == "list_changed"
    assert house.value("select count(*) from origination.acceptance") == 0
    assert house.reserved() == before
    run(accept_offer(house, caller, application, Chosen(1, new), key()))
    assert house.reserved() == {101: 3_000_000}
    assert house.value("select decision from origination.acceptance") == new


def test_of_two_persons_who_decide_at_once_the_second_is_told_it_waits_no_more(
    house, waits, run, key
):
    _, application = waits()
    opinion = Opinion(application, Said.APPROVE, ["income_proved"])

    async def both():
        tries = [rule_review(house, by, opinion, key()) for by in (CLERK, OTHER)]
        return await asyncio.gather(*tries, return_exceptions=True)

    results = run(both())

    (refused,) = (one for one in results if isinstance(one, Exception))
    assert (type(refused), refused.code) == (Conflict, "wrong_step")
    assert house.value("select count(*) from origination.ruling") == 1


def test_what_comes_to_light_between_a_proposal_and_its_allowance_is_cleared_by_nobody(
    house, waits, decide, listed, key
):
    run = house.run
    caller, application = waits(amount_minor=6_000_000, tenor_months=36, device="shared")
    approval = house.runtime.public.read("approval", decide(application)["approval"])
    listed("watch", "shared")  # nobody who decides has seen this

    run(allow_ruling(house, OTHER, approval, key()))

    with pytest.raises(Conflict) as refused:
        run(accept_offer(house, caller, application, Chosen(1), key()))
    assert refused.value.code == "held_for_review"
    [(cleared,)] = house.rows("select cleared from origination.ruling")
    [(reasons,)] = house.rows("select reasons from origination.hold")
    assert reasons
    assert not set(reasons) & set(cleared)
    assert step(house, application) == "review"
    assert house.value("select count(*) from origination.acceptance") == 0


def test_a_router_that_was_stopped_since_recommends_nothing_of_a_persons_offers(
    house, waits, decide, run
):
    house.decisions.steering = Steering(STEER_GUARD_PPM)
    (first, before), (second, after) = waits(), waits(key="key-00000002")
    decide(before)
    house.decisions.steering = None

    decide(after)

    for caller, application, recommended in ((first, before, 1), (second, after, None)):
        view = stands(house, run, caller, application)
        assert json.loads(view.answer).get("recommended") == recommended
        assert run(replay(house.runtime, house.decisions, view.decision)).is_same
