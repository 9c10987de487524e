"""Lists through the lane: two persons, an end, every hit recorded, no near name refused."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Role, approve
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.risk.api import (
    Listing,
    add_entry,
    clear_name,
    propose_entry,
    propose_removal,
    remove_entry,
    screen_name,
)

ANALYST = Caller(Role.ANALYST, 900, 0, 0)
OPERATOR = Caller(Role.OPERATOR, 901, 0, 0)
DEVICE = Listing("deny", "device", "burner-1", 30, "three proven frauds")
NAME = Listing("watch", "name", "王小明", 30, "a court's list")


@pytest.fixture
def do(house):
    """Run a function in a transaction of its own."""

    def run(function, *values):
        async def work():
            async with house.runtime.database.transaction() as connection:
                return await function(connection, house.runtime, *values)

        return house.run(work())

    return run


@pytest.fixture
def listed(house, do):
    """List something by two persons, and let the lane see it."""

    def add(wanted):
        approval = do(propose_entry, ANALYST, wanted)
        do(approve, OPERATOR, approval.id)
        entry = do(add_entry, approval.id, wanted)
        house.run(house.decisions.watch.look())
        return entry

    return add


def outcome(house, key, caller=None, **changes):
    answer = json.loads(house.apply(caller or house.borrower(), key=f"{key}-00001", **changes).body)
    return answer["outcome"], tuple(one["code"] for one in answer["reasons"])


def test_a_listed_device_is_refused_until_its_entry_ends_and_each_hit_is_recorded(
    house, listed, runtime
):
    entry = listed(DEVICE)

    assert outcome(house, "hit", device="burner-1") == ("declined", ("list_match",))
    assert outcome(house, "miss", device="mine")[0] == "offers"
    hits = house.rows("select application, entry from risk.list_hit")
    assert hits == house.rows(
        "select id, $1::int8 from origination.application"
        " where device_hash = (select key from risk.list_entry)",
        entry.id,
    )
    assert len(hits) == 1
    later = FixedClock(runtime.clock.now() + timedelta(days=30))
    object.__setattr__(runtime, "clock", later)
    assert outcome(house, "ended", device="burner-1")[0] == "offers"


def test_one_person_alone_lists_and_removes_nothing(house, do, listed):
    approval = do(propose_entry, ANALYST, DEVICE)

    with pytest.raises(NotAllowed):
        do(approve, ANALYST, approval.id)
    with pytest.raises(Conflict) as refused:
        do(add_entry, approval.id, DEVICE)

    assert refused.value.code == "not_approved"
    assert house.value("select count(*) from risk.list_entry") == 0
    entry = listed(DEVICE)
    removal = do(propose_removal, ANALYST, entry.id)
    with pytest.raises(Conflict):
        do(remove_entry, removal.id, entry.id)
    house.run(house.decisions.watch.look())
    assert outcome(house, "still", device="burner-1")[0] == "declined"
    do(approve, OPERATOR, removal.id)
    do(remove_entry, removal.id, entry.id)
    house.run(house.decisions.watch.look())
    assert outcome(house, "gone", device="burner-1")[0] == "offers"


def test_an_approval_lists_exactly_what_was_proposed_and_only_once(house, do):
    approval = do(propose_entry, ANALYST, DEVICE)
    do(approve, OPERATOR, approval.id)
    other = Listing("deny", "device", "another", 30, "three proven frauds")

    with pytest.raises(Conflict):
        do(add_entry, approval.id, other)
    do(add_entry, approval.id, DEVICE)
    with pytest.raises(Conflict):
        do(add_entry, approval.id, DEVICE)

    assert house.value("select count(*) from risk.list_entry") == 1
    kept = house.value("select string_agg(encode(body, 'escape'), '') from identity.approval")
    assert "burner-1" not in kept


@pytest.mark.parametrize(
    "changes",
    [
        {"list": "grey"},
        {"kind": "colour"},
        {"days": 0},
        {"days": 3_651},
        {"value": ""},
        {"why": "x"},
        {"kind": "name", "list": "allow"},
    ],
)
def test_an_entry_that_is_none_is_not_proposed(house, do, changes):
    with pytest.raises(BadInput):
        do(propose_entry, ANALYST, replace(DEVICE, **changes))

    assert house.value("select count(*) from identity.approval") == 0


def test_an_allowed_branch_tablet_holds_nobody(house, listed):
    listed(Listing("allow", "device", "branch-7", 365, "tablet of branch 7"))

    outcomes = [outcome(house, f"visitor-{n}", device="branch-7")[0] for n in range(4)]

    assert outcomes == ["offers"] * 4


def test_a_near_name_goes_to_a_person_and_is_decided_once_cleared(house, do, listed):
    entry = listed(NAME)
    caller = house.borrower()

    assert do(screen_name, caller.subject, "Xiaoming Wang") == 88
    assert outcome(house, "near", caller) == ("review", ("name_match",))
    hit = (caller.subject, entry.id)
    with pytest.raises(NotAllowed):
        do(clear_name, Caller(Role.LENDER, 5, 1, 0), hit, "another birthday")
    with pytest.raises(BadInput):
        do(clear_name, ANALYST, hit, "")
    assert do(clear_name, ANALYST, hit, "another birthday") == 0
    with pytest.raises(NotFound):
        do(clear_name, ANALYST, hit, "again")
    assert do(screen_name, caller.subject, "Xiaoming Wang") == 0
    assert outcome(house, "clear", caller, device="other")[0] == "offers"
    assert house.rows("select score, cleared_by, why from risk.name_hit") == [
        (88, 900, "another birthday")
    ]


def test_a_listed_name_lies_sealed(house, listed):
    listed(NAME)

    assert "王小明".encode() not in house.value("select sealed from risk.list_entry")


def test_who_may_not_propose_lists_nothing(house, do):
    with pytest.raises(NotAllowed):
        do(propose_entry, Caller(Role.REGULATOR, 7, 0, 0), DEVICE)

    assert house.value("select count(*) from identity.approval") == 0
