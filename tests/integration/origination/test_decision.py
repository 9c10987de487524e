import asyncio
import json
from dataclasses import replace

import asyncpg
import pytest

from tongtu.evidence.api import commitment
from tongtu.journey.api import apply, decision_lane
from tongtu.kernel.errors import Broken, KeyReused, NotFound, Overloaded
from tongtu.origination.api import find_application, list_applications, outcomes, replay
from tongtu.origination.flow import lane
from tongtu.origination.flow.versions import Versions
from tongtu.origination.rules.record import Unpacker, decode
from tongtu.origination.rules.stored import Reader


def test_one_application_leaves_every_row_in_one_commit(house):
    caller = house.borrower()

    answer = json.loads(house.apply(caller).body)

    assert (answer["outcome"], answer["step"], len(answer["offers"])) == ("offers", "offers", 7)
    assert set(house.counts().values()) == {1}
    xids = house.rows(
        "select a.xmin::text from origination.application a union"
        " select d.xmin::text from origination.decision d union"
        " select c.xmin::text from runtime.command c union"
        " select o.xmin::text from runtime.outbox o union"
        " select b.xmin::text from evidence.batch b union"
        " select i.xmin::text from process.instance i union"
        " select u.xmin::text from identity.consent_use u"
    )
    assert len(xids) == 1
    assert house.reserved() == {101: 3_000_000}  # of the cheapest alone
    assert house.rows("select step, seq from process.instance") == [("offers", 1)]
    assert house.value("select masks[1] from identity.consent_use") == 0b1111111000000011
    salt, packed, hashes = house.rows(
        "select d.salt, d.record, b.hashes from origination.decision d, evidence.batch b"
    )[0]
    dictionary, words = house.rows("select dictionary, words from origination.version")[0]
    reader = Reader(dictionary, words)
    assert hashes == [commitment(salt, reader.unpack(packed)[0])]
    assert json.loads(reader.answer(packed)) == answer


def test_the_same_key_again_gives_the_same_bytes_and_leaves_nothing_more(house):
    caller = house.borrower()
    first = house.apply(caller)
    before = house.counts()

    again = house.apply(caller)

    assert (again.body, again.is_replay, first.is_replay) == (first.body, True, False)
    assert house.counts() == before


def test_the_same_key_with_another_body_is_refused_and_leaves_nothing_more(house):
    caller = house.borrower()
    house.apply(caller)
    before, reserved = house.counts(), house.reserved()

    with pytest.raises(KeyReused):
        house.apply(caller, body_hash=b"z" * 32, amount_minor=4_000_000)

    assert (house.counts(), house.reserved()) == (before, reserved)


def test_a_key_twice_in_one_batch_is_decided_once(house, run):
    caller = house.borrower()

    async def together():
        asked = [house.asked(), house.asked(), house.asked(body_hash=b"z" * 32)]
        return await asyncio.gather(
            *(apply(house, caller, one) for one in asked), return_exceptions=True
        )

    first, second, third = run(together())

    assert (second.body, first.is_replay, second.is_replay) == (first.body, False, True)
    assert isinstance(third, KeyReused)
    assert house.counts()["origination.application"] == 1
    assert house.counts()["runtime.outbox"] == 1


def test_two_callers_may_use_the_same_key(house):
    one, other = house.borrower(), house.borrower()

    assert house.apply(one).body != house.apply(other).body
    assert house.counts()["runtime.command"] == 2


@pytest.mark.parametrize("key", ['a"b', "a\\b", 'a","b', "{a,b}", "NULL", " a ", "\u901a\u9014"])
def test_a_key_is_stored_as_it_was_sent_whatever_letters_it_has(house, run, key):
    caller = house.borrower()

    async def together():
        asked = [house.asked(key=key), house.asked(key="beside-it")]
        return await asyncio.gather(*(apply(house, caller, one) for one in asked))

    first, _ = run(together())
    again = house.apply(caller, key=key)

    assert (again.body, again.is_replay) == (first.body, True)
    stored = house.rows("select key from runtime.command")
    assert sorted(stored) == sorted([(key,), ("beside-it",)])


def test_a_body_hash_of_another_length_is_refused_and_nothing_is_written(house):
    caller = house.borrower()

    with pytest.raises(Broken):
        house.apply(caller, body_hash=b"a" * 31)

    assert set(house.counts().values()) == {0}
    assert house.reserved() == {}


def test_the_time_of_arrival_is_stored_to_the_microsecond(house):
    house.apply(house.borrower())

    [(submitted_at, packed)] = house.rows(
        "select a.submitted_at, d.record from origination.application a"
        " join origination.decision d on d.id = a.decision"
    )
    plain, _ = Unpacker(house.decisions.engine.version.dictionary).unpack(packed)
    assert submitted_at == decode(plain).case.request.submitted_at


def test_an_unknown_product_or_party_has_no_effect(house):
    caller = house.borrower()

    with pytest.raises(NotFound):
        house.apply(caller, product="no_such")
    with pytest.raises(NotFound):
        house.apply(caller._replace(subject=house.runtime.ids.new(7)))

    assert set(house.counts().values()) == {0}
    assert house.reserved() == {}


def test_a_refused_person_is_answered_and_recorded_and_reserves_nothing(house):
    answer = json.loads(house.apply(house.borrower(), purpose="stocks").body)

    assert answer["outcome"] == "declined"
    assert answer["reasons"][0]["code"] == "purpose_not_allowed"
    assert set(house.counts().values()) == {1}
    assert house.reserved() == {}


def test_applications_before_this_one_count_within_the_batch_and_after_it(house, run):
    caller = house.borrower()

    async def together():
        asked = [house.asked(key=f"key-{n:08d}") for n in range(12)]
        return await asyncio.gather(*(apply(house, caller, one) for one in asked))

    in_batch = [json.loads(one.body)["outcome"] for one in run(together())]
    later = json.loads(house.apply(caller, key="key-later").body)

    assert in_batch[0] == "offers"
    assert in_batch.count("offers") < 12
    assert later["outcome"] != "offers"
    assert {one["code"] for one in later["reasons"]} & {"duplicate_application", "device_velocity"}


def test_a_quota_taken_behind_the_lanes_back_is_seen_on_a_second_look(house, monkeypatch):
    looked = []

    async def stale(*args):
        facts = await real(*args)
        if not looked:
            await house.take(101, 20_000_000_000 - 2_999_999)
        looked.append(facts.remaining[101])
        return facts

    real = lane.prefetch
    monkeypatch.setattr(lane, "prefetch", stale)

    answer = json.loads(house.apply(house.borrower()).body)

    assert looked == [20_000_000_000, 2_999_999]
    assert {"lender": "yunxiu", "reason_code": "quota_exhausted"}.items() <= answer["not_offered"][
        0
    ].items()
    assert len(answer["offers"]) == 6
    assert house.reserved() == {101: 20_000_000_000 - 2_999_999, 701: 3_000_000}
    assert set(house.counts().values()) == {1}


def test_a_consent_withdrawn_between_look_and_write_is_honoured(house, monkeypatch):
    caller = house.borrower()
    real, looks = lane.prefetch, []

    async def withdraw_after(connection, *args):
        facts = await real(connection, *args)
        looks.append(1)
        if len(looks) == 1:
            await house.withdraw(caller.subject, 1 << 9)
        return facts

    monkeypatch.setattr(lane, "prefetch", withdraw_after)

    answer = json.loads(house.apply(caller).body)

    assert len(looks) == 2
    assert "yunxiu" not in {offer["lender"]["id"] for offer in answer["offers"]}
    assert answer["not_offered"][0]["reason_code"] == "consent_missing"
    assert 101 not in house.reserved()


def test_a_command_stored_between_look_and_write_gives_its_own_answer(house, monkeypatch):
    caller, real, first = house.borrower(), lane.prefetch, []
    other = decision_lane(house.runtime, house.decisions.engine)

    async def meanwhile(connection, *args):
        facts = await real(connection, *args)
        if not first:
            first.append(None)
            await other.start()
            twin = replace(house, decisions=other)
            first[0] = await apply(twin, caller, house.asked())
            await other.stop()
        return facts

    monkeypatch.setattr(lane, "prefetch", meanwhile)

    answer = house.apply(caller)

    assert (answer.body, answer.is_replay) == (first[0].body, True)
    assert set(house.counts().values()) == {1}


def test_races_that_do_not_end_are_answered_try_again_and_leave_nothing(house, monkeypatch):
    real = lane.prefetch

    async def always_stale(*args):
        facts = await real(*args)
        return replace(facts, remaining=dict.fromkeys(facts.remaining, 10**15))

    monkeypatch.setattr(lane, "prefetch", always_stale)
    house.execute("update funding.quota set limit_minor = reserved_minor where program = 101")

    with pytest.raises(Overloaded) as refused:
        house.apply(house.borrower())

    assert refused.value.retry_after_s == 1
    assert set(house.counts().values()) == {0}
    assert house.reserved() == {}


def test_a_day_that_expired_is_not_decided_on(house):
    house.execute("insert into origination.expiry values (0, '2026-11-24', 0, now())")

    with pytest.raises(Overloaded):
        house.apply(house.borrower())

    assert set(house.counts().values()) == {0}


def test_a_lost_answer_is_sent_again_without_a_second_effect(house, monkeypatch):
    real, tries = lane.write, []

    async def lose(*args):
        await real(*args)
        tries.append(1)
        if len(tries) == 1:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed")

    monkeypatch.setattr(lane, "write", lose)

    answer = house.apply(house.borrower())

    assert json.loads(answer.body)["outcome"] == "offers"
    assert tries == [1]
    assert set(house.counts().values()) == {1}


@pytest.mark.parametrize("changes", [{}, {"purpose": "stocks"}, {"amount_minor": 19_000_000}])
def test_a_decision_replayed_from_its_record_gives_the_same_bytes(house, changes):
    answer = json.loads(house.apply(house.borrower(), **changes).body)
    decision = house.runtime.public.read("decision", answer["decision"])

    again = house.run(replay(house.runtime, house.decisions, decision))

    assert (again.is_same, again.difference) == (True, "")
    assert again.record.decided.outcome == answer["outcome"]


def test_stride_11_a_record_that_was_changed_does_not_replay(house):
    answer = json.loads(house.apply(house.borrower()).body)
    decision = house.runtime.public.read("decision", answer["decision"])
    house.execute("update origination.decision set outcome = 'review', programs = '{}'")

    again = house.run(replay(house.runtime, house.decisions, decision))

    assert (again.is_same, again.difference) == (False, "row")


def test_a_decision_of_another_version_is_replayed_with_its_own_files(house, engine, run):
    answer = json.loads(house.apply(house.borrower()).body)
    decision = house.runtime.public.read("decision", answer["decision"])
    house.decisions.versions = Versions(engine, house.runtime.public)  # knows no number yet

    again = run(replay(house.runtime, house.decisions, decision))

    assert again.is_same


def test_an_application_is_shown_to_its_owner_and_to_nobody_else(house, run):
    owner, stranger = house.borrower(), house.borrower()
    answer = house.apply(owner).body
    application = house.runtime.public.read("application", json.loads(answer)["application"])

    async def read(caller):
        async with house.runtime.database.reading() as connection:
            return await find_application(connection, caller, application)

    assert run(read(owner)).answer == answer
    with pytest.raises(NotFound):
        run(read(stranger))


def test_a_list_goes_from_new_to_old_page_by_page(house, run):
    owner = house.borrower()
    made = [
        house.runtime.public.read(
            "application",
            json.loads(house.apply(owner, key=f"key-{n:08d}", device=f"d-{n}").body)["application"],
        )
        for n in range(3)
    ]
    house.apply(house.borrower())

    async def page(after):
        async with house.runtime.database.reading() as connection:
            return [one.application for one in await list_applications(connection, owner, after, 2)]

    assert run(page(None)) == [made[2], made[1]]
    assert run(page(made[1])) == [made[0]]
    assert run(page(made[0])) == []


def test_outcomes_are_counted(house, run):
    house.apply(house.borrower())
    house.apply(house.borrower(), purpose="stocks")

    async def count():
        async with house.runtime.database.reading() as connection:
            return await outcomes(connection)

    assert run(count()) == {"offers": 1, "declined": 1, "review": 0}


def test_a_batch_belongs_to_the_cell_of_its_parties(opened, runtime):
    house = opened(replace(runtime, settings=replace(runtime.settings, cells=2)))
    low, high = house.borrower(shard=7), house.borrower(shard=4_000)

    answers = [json.loads(house.apply(one).body) for one in (low, high)]

    assert [one["outcome"] for one in answers] == ["offers", "offers"]
    for table in ("application", "decision"):
        assert house.rows(f"select cell from origination.{table} order by cell") == [(0,), (1,)]
    assert house.rows(
        "select cell, sum(reserved_minor)::int8 from funding.quota group by cell order by cell"
    ) == [(0, 3_000_000), (1, 3_000_000)]
    assert house.rows("select cell from runtime.outbox order by cell") == [(0,), (1,)]
