"""A file of permissions is understood whole or the platform does not start."""

import pytest

from tongtu.access.api import load_permissions, shipped_permissions
from tongtu.access.rules.permission import read_permissions
from tongtu.identity.api import Role
from tongtu.kernel.errors import Broken

LOAN = "GET /v1/loans/{loan}"


def read(entry, *, route=LOAN, **given):
    content = {"noun": "loan", "owner": "head_office", "why": {"clerk": "servicing"}}
    return read_permissions({"loan": content | given | {"operations": {route: entry}}})


def test_an_entry_says_who_may_call_a_route_and_what_holds_then():
    entry = {
        "who": ["borrower", "clerk"], "about": "loan", "shows": "loan", "branch": "own",
        "fresh_minutes": 30,
    }  # fmt: skip

    found = read(entry)["GET", "/v1/loans/{loan}"]

    assert found.who == {Role.BORROWER, Role.CLERK}
    assert (found.noun, found.owner, found.about, found.shows) == (
        "loan", "head_office", "loan", "loan",
    )  # fmt: skip
    assert (found.is_for_branches, found.fresh_within.total_seconds()) == (True, 1_800)
    assert found.why == {Role.CLERK: "servicing"}


def test_a_branch_is_let_in_by_its_people_or_by_their_code_and_by_nothing_else():
    entry = {"who": ["borrower", "clerk"], "branch": "code"}

    found = read(entry)["GET", "/v1/loans/{loan}"]

    assert (found.is_by_code, found.is_for_branches) == (True, False)
    for refused in (entry | {"branch": "all"}, entry | {"who": ["borrower"]}):
        with pytest.raises(Broken, match="branch"):
            read(refused)


def test_anybody_and_everybody_signed_in_are_words():
    assert read({"who": "anybody"})["GET", "/v1/loans/{loan}"].who is None
    assert read({"who": "signed_in"})["GET", "/v1/loans/{loan}"].who == frozenset(Role)


@pytest.mark.parametrize("entry", [
    {}, {"who": []}, {"who": "clerk"}, {"who": ["boss"]}, {"who": ["clerk", "clerk"]},
    {"who": None}, {"who": ["clerk"], "unless": "x"}, {"who": "anybody", "fresh_minutes": 5},
    {"who": ["clerk"], "fresh_minutes": 0}, {"who": ["clerk"], "fresh_minutes": 61},
    {"who": ["clerk"], "fresh_minutes": True}, {"who": ["clerk"], "about": "loan"},
    {"who": ["clerk"], "shows": "loan"}, {"who": ["clerk"], "about": "payment", "shows": "loan"},
    {"who": ["operator"], "about": "loan", "shows": "loan"}, {"who": ["clerk"], "branch": "own"},
    {"who": ["clerk"], "about": "loan", "shows": "loan", "branch": "any"},
    {"who": "anybody", "about": "loan", "shows": "loan"},
])  # fmt: skip
def test_an_entry_that_is_not_understood_whole_is_refused(entry):
    with pytest.raises(Broken) as refusal:
        read(entry)

    assert refusal.value.code == "bad_permissions"


@pytest.mark.parametrize("given", [
    {"noun": "offer"}, {"owner": ""}, {"owner": None}, {"why": {"boss": "x_y"}}, {"extra": 1},
    {"route": "FETCH /v1/loans"}, {"route": "GET v1/loans"}, {"route": "GET /v1/loans?x=1"},
])  # fmt: skip
def test_a_file_that_is_not_understood_whole_is_refused(given):
    with pytest.raises(Broken):
        read({"who": ["clerk"]}, **given)


def test_a_route_stands_in_one_file():
    one = {"noun": "loan", "owner": "head_office", "operations": {LOAN: {"who": ["clerk"]}}}

    with pytest.raises(Broken, match="twice"):
        read_permissions({"loan": one, "offer": one | {"noun": "offer"}})


def test_without_files_or_with_a_broken_one_nothing_opens(tmp_path):
    with pytest.raises(Broken):
        load_permissions(tmp_path)
    (tmp_path / "loan.toml").write_text("noun = ", encoding="utf-8")
    with pytest.raises(Broken):
        load_permissions(tmp_path)


def test_whoever_allows_what_another_proposed_shows_a_fresh_proof():
    found = {at: one for at, one in shipped_permissions().items() if at[1].endswith("/approval")}

    assert len(found) >= 15
    assert {at for at, one in found.items() if not one.is_second_person} == set()
    assert {one.fresh_within.total_seconds() for one in found.values()} == {1_800}
