"""The house is understood whole or the platform does not start."""

import pytest

from tongtu.access.api import Kind, load_organisations, load_permissions, read_organisations
from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root

OFFICE = {"id": "head_office", "kind": "head_office"}
BRANCH = {"id": "branch_1", "kind": "branch", "number": 1, "parent": "head_office"}


def read(*entries):
    return read_organisations({"organisation": list(entries)})


def test_a_parent_stands_before_its_children():
    office, branch = read(OFFICE, BRANCH)

    assert (office.kind, branch.kind, branch.parent) == (Kind.HEAD_OFFICE, Kind.BRANCH, office.id)
    with pytest.raises(Broken):
        read(BRANCH, OFFICE)


@pytest.mark.parametrize("entry", [
    {"id": "x"}, {"id": "X-1", "kind": "branch"}, OFFICE, BRANCH | {"id": "branch_2"},
    BRANCH | {"number": 0}, BRANCH | {"number": 10_000}, BRANCH | {"number": True},
    BRANCH | {"id": "other", "number": 2, "boss": "li"}, {"id": "other", "kind": "bank"},
    {"id": "other", "kind": "department", "number": 3}, {"id": "other", "kind": "department", "teams": [""]},
    {"id": "other", "kind": "department", "inbox": ["ruling"]},
])  # fmt: skip
def test_what_is_not_understood_whole_is_refused(entry):
    with pytest.raises(Broken) as refusal:
        read(OFFICE, BRANCH, {"id": "desk", "kind": "department", "inbox": ["ruling"]}, entry)

    assert refusal.value.code == "bad_organisation"


def test_an_empty_house_or_an_unreadable_file_is_refused(tmp_path):
    with pytest.raises(Broken):
        read()
    with pytest.raises(Broken):
        load_organisations(tmp_path / "organisation.toml")


@pytest.mark.parametrize("queues", [
    {"strangers": ["b"]}, {"one": ["c"]}, {"one": ["a"]}, {"one": ["a", "b"], "two": ["a"]},
])  # fmt: skip
def test_each_kind_of_work_of_an_inbox_is_one_teams_or_no_team_has_any(queues):
    entry = {"id": "house", "kind": "department", "teams": ["one", "two"], "inbox": ["a", "b"]}

    with pytest.raises(Broken):
        read_organisations({"organisation": [entry | {"queues": queues}]})
    [shared] = read_organisations(
        {"organisation": [entry | {"queues": {"one": ["a"], "two": ["b"]}}]}
    )
    [plain] = read_organisations({"organisation": [entry]})
    assert [one.team_of("a") for one in (shared, plain)] == ["one", ""]


def test_the_digital_finance_department_owns_models_strategies_and_processes():
    house = {one.id: one for one in load_organisations(rules_root() / "organisation.toml")}
    owners = {
        one.noun: one.owner for one in load_permissions(rules_root() / "permissions").values()
    }

    assert house["digital_finance"].teams == ("models", "strategies", "processes")
    assert set(owners.values()) <= house.keys()
    assert {noun for noun, owner in owners.items() if owner == "digital_finance"} == {
        "application", "decision", "insight", "model", "process", "review", "risk_list", "rule_set",
        "strategy",
    }  # fmt: skip
