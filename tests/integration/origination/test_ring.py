"""Rings and velocity through the whole lane: what is held, what is not, and who remembers it."""

import asyncio
import json
from datetime import timedelta

import pytest

from tongtu.identity.api import VaultKind
from tongtu.identity.flow.vault import seal_values
from tongtu.identity.store import vault
from tongtu.journey.api import Chosen, accept_offer, apply, decision_lane
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import Conflict, Refused
from tongtu.origination.flow import lane as lane_module

HOTEL = "203.0.113.7"


def gives(house, caller, **values):
    """Write into the vault what the party gave, as identity does."""

    async def work():
        kinds = {VaultKind(kind): text for kind, text in values.items()}
        sealed = seal_values(house.runtime, caller.subject, kinds)
        async with house.runtime.database.transaction() as connection:
            at = house.runtime.clock.now()
            await vault.write_values(connection, caller.cell, caller.subject, sealed, at)

    house.run(work())


def decided(house, caller, key, **changes):
    answer = json.loads(house.apply(caller, key=f"apply-{key}-0001", **changes).body)
    return answer["outcome"], tuple(reason["code"] for reason in answer["reasons"])


def number(house, caller):
    return house.value(
        "select max(id) from origination.application where party = $1", caller.subject
    )


def test_a_planted_ring_of_forty_on_three_devices_is_held_and_honest_neighbours_are_not(house, key):
    """Forty persons apply over three devices, among eighty who share a hotel's address with them.

    The first two of each device are decided before anything links them: they are stopped when they
    take an offer. The honest are neighbours in every way that is no link: same hotel, same hour,
    some are couples on one device.
    """
    ring, honest, held = [], [], {}
    for n in range(40):
        ring.append(house.borrower(shard=n))
        outcome = decided(house, ring[-1], f"ring-{n:02d}", device=f"burner-{n % 3}", address=HOTEL)
        held[ring[-1].subject] = outcome
        # Two neighbours after each: every fourth pair is a couple with one telephone.
        for m in range(2):
            honest.append(house.borrower(shard=100 + 2 * n + m))
            device = f"couple-{n}" if n % 4 == 0 else f"own-{n}-{m}"
            address = HOTEL if n % 8 == 0 else f"198.51.100.{n}"
            outcome = decided(house, honest[-1], f"own-{n:02d}-{m}", device=device, address=address)
            held[honest[-1].subject] = outcome

    assert [held[one.subject][0] for one in honest] == ["offers"] * 80
    at_decision = [held[one.subject] for one in ring]
    assert [outcome for outcome, _ in at_decision] == ["offers"] * 6 + ["review"] * 34
    assert {reasons[0] for _, reasons in at_decision[6:]} <= {
        "linked_applications",
        "device_velocity",
    }
    assert all("linked_applications" in reasons for _, reasons in at_decision[6:])
    for caller in ring[:6]:
        before = house.reserved()
        with pytest.raises(Conflict) as refused:
            house.run(accept_offer(house, caller, number(house, caller), Chosen(1), key()))
        assert (refused.value.code, house.reserved()) == ("held_for_review", before)
    assert house.value("select count(*) from origination.acceptance") == 0
    steps = dict(
        house.rows(
            "select a.party, i.step from origination.application a"
            " join process.instance i on i.cell = a.cell and i.id = a.id"
        )
    )
    assert {steps[one.subject] for one in ring} == {"review"}
    assert {steps[one.subject] for one in honest} == {"offers"}
    for caller in honest[:2]:
        house.run(accept_offer(house, caller, number(house, caller), Chosen(1), key()))
    assert house.value("select count(*) from origination.acceptance") == 2


def test_persons_chained_by_card_address_and_device_are_one_ring(house):
    people = [house.borrower(shard=n) for n in range(5)]
    for caller, given in zip(
        people,
        [
            {"card": "6222000000000001"},
            {"card": "6222000000000001", "address": "北京路1号"},
            {"address": "北京路1号"},
            {},
            {},
        ],
        strict=True,
    ):
        if given:
            gives(house, caller, **given)
    devices = ["a", "b", "c", "c", "b"]

    outcomes = [
        decided(house, caller, f"chain-{n}", device=device)
        for n, (caller, device) in enumerate(zip(people, devices, strict=True))
    ]

    assert [outcome for outcome, _ in outcomes] == ["offers"] * 4 + ["review"]
    assert outcomes[4][1] == ("linked_applications",)


def test_a_batch_counts_its_own_members_in_order(house, run):
    callers = [house.borrower(shard=n) for n in range(5)]

    async def together():
        return await asyncio.gather(
            *(
                apply(house, caller, house.asked(key=f"together-{n:04d}", device="one"))
                for n, caller in enumerate(callers)
            )
        )

    outcomes = [json.loads(answer.body)["outcome"] for answer in run(together())]

    assert outcomes == ["offers", "offers", "review", "review", "review"]
    assert house.value("select count(*) from risk.signal_batch") == 1


def test_a_batch_that_was_not_written_is_not_remembered(house, monkeypatch):
    callers = [house.borrower(shard=n) for n in range(4)]
    real = lane_module.write

    async def fails(*_):
        raise Refused("the database refused it", code="not_written")

    monkeypatch.setattr(lane_module, "write", fails)
    for n in (0, 1):
        with pytest.raises(Refused):
            house.apply(callers[n], key=f"fails-{n:08d}", device="one")
    monkeypatch.setattr(lane_module, "write", real)

    outcomes = [decided(house, callers[n], f"again-{n}", device="one")[0] for n in range(4)]

    assert outcomes == ["offers", "offers", "review", "review"]


def test_another_process_learns_of_it_and_a_restart_forgets_nothing(house, run):
    people = [house.borrower(shard=n) for n in range(4)]
    other = decision_lane(house.runtime, house.decisions.engine)
    run(other.start())
    try:
        for n in (0, 1):
            decided(house, people[n], f"here-{n}", device="one")
        run(other.watch.look())
        house.decisions, first = other, house.decisions
        assert decided(house, people[2], "there", device="one")[0] == "review"
        house.decisions = first
    finally:
        run(other.stop())
    again = decision_lane(house.runtime, first.engine)
    run(again.start())
    try:
        house.decisions = again
        assert decided(house, people[3], "after", device="one")[0] == "review"
    finally:
        run(again.stop())
        house.decisions = first
    run(first.watch.look())
    books = [first.watch, again.watch]
    assert [len(watch._books[0]) for watch in books] == [4, 4]


def test_after_thirty_days_a_device_starts_anew(house, runtime):
    for n in (0, 1):
        decided(house, house.borrower(shard=n), f"old-{n}", device="one")
    later = FixedClock(runtime.clock.now() + timedelta(days=30))
    object.__setattr__(runtime, "clock", later)

    assert decided(house, house.borrower(shard=3), "new", device="one")[0] == "offers"


def test_the_record_holds_hashes_and_counts_and_nothing_that_names_anybody(house):
    caller = house.borrower()
    gives(house, caller, phone="13900001111", card="6222000000000001")
    decided(house, caller, "plain", device="my-telephone", address=HOTEL)

    kept = house.value("select rows from risk.signal_batch")
    links = house.value("select links from identity.party where id = $1", caller.subject)

    assert [link > 0 for link in links] == [True, False, False, True]
    for text in (b"13900001111", b"6222000000000001", b"my-telephone", HOTEL.encode()):
        assert text not in kept
    assert kept[40:48] == links[0].to_bytes(8, "little")
