"""A loan is changed by two persons, as it was shown; a borrower asks, people decide."""

REST = {"kind": "hardship_plan", "rest_instalments": 2}


def propose(world, who, body, key):
    path = f"/v1/loans/{world.b.loan}/changes"
    return world.send("POST", path, token=world.staff[who], key=key, json=body)


def allow(world, who, approval, key):
    path = f"/v1/operations/loan-changes/{approval}/approval"
    return world.send("POST", path, token=world.staff[who], key=key)


def schedule(world):
    return world.ask("GET", f"/v1/loans/{world.b.loan}", world.b.token)["schedule"]


def test_a_preview_is_what_is_proposed_and_what_a_second_person_makes_of_the_loan(world):
    world.settled = None
    before, tables = schedule(world), world.tables()
    path = f"/v1/loans/{world.b.loan}/changes/preview"
    asked = world.send("POST", path, token=world.staff["clerk"], json=REST)
    shown = asked.json()
    assert (len(shown["schedule"]), schedule(world)) == (len(before) + 2, before)
    assert [row["principal_minor"] for row in shown["schedule"][:2]] == [0, 0]
    looked = world.tables()
    assert {name for name, each in looked.items() if each != tables[name]} == {"access.look"}

    asked = world.ask(
        "POST", f"/v1/loans/{world.b.loan}/relief", world.b.token,
        {"rest_instalments": 2, "reason": "illness"},
    )  # fmt: skip
    waiting = world.ask("GET", "/v1/operations/relief", world.staff["clerk"])["items"]
    assert [(one["relief"], one["loan"]) for one in waiting] == [(asked["relief"], world.b.loan)]
    proposed = propose(world, "clerk", REST, "change-1")
    assert propose(world, "clerk", REST, "change-1").content == proposed.content
    assert proposed.json()["preview"] == shown
    assert schedule(world) == before

    approval = proposed.json()["approval"]
    made = allow(world, "operator", approval, "change-2")
    assert allow(world, "operator", approval, "change-2").content == made.content

    assert made.json() == shown
    assert schedule(world) == shown["schedule"]
    assert world.ask("GET", "/v1/operations/relief", world.staff["clerk"])["items"] == []
    again = allow(world, "operator", approval, "change-3")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


def test_nobody_allows_their_own_change_of_a_loan(world):
    world.settled = None
    asked = propose(world, "operator", {"kind": "write_off"}, "own-change-1")
    assert asked.status_code == 201, asked.text
    mine = asked.json()["approval"]
    before = world.tables()

    refused = allow(world, "operator", mine, "own-change-2")

    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")
    assert world.tables() == before


def refuse(world, who, approval, reason, key):
    path = f"/v1/operations/proposals/{approval}/refusal"
    return world.send("POST", path, token=world.staff[who], key=key, json={"reason": reason})


def test_a_proposal_is_refused_with_a_reason_by_a_second_person_and_nothing_changes(world):
    world.settled = None
    approval = propose(world, "clerk", REST, "refused-1").json()["approval"]
    listed = world.ask("GET", "/v1/operations/proposals?limit=100", world.staff["analyst"])["items"]
    mine = next(one for one in listed if one["approval"] == approval)
    assert (mine["operation"], mine["is_own"]) == ("loan_change", False)
    before, tables = schedule(world), world.tables()

    for who, reason, status in (
        ("operator", "no", 422), ("clerk", "not like this", 403), ("regulator", "not this", 403),
    ):  # fmt: skip
        assert refuse(world, who, approval, reason, f"refused-{who}").status_code == status
    assert world.tables() == tables
    refused = refuse(world, "analyst", approval, "income has not fallen", "refused-2")
    again = refuse(world, "analyst", approval, "income has not fallen", "refused-2")

    assert refused.json() == {
        "approval": approval, "operation": "loan_change", "state": "rejected",
        "reason": "income has not fallen",
    }  # fmt: skip
    assert again.content == refused.content
    allowed = allow(world, "operator", approval, "refused-3")
    assert (allowed.status_code, allowed.json()["code"]) == (409, "already_decided")
    assert schedule(world) == before
    listed = world.ask("GET", "/v1/operations/proposals?limit=100", world.staff["analyst"])["items"]
    assert approval not in {one["approval"] for one in listed}
    changed = {name for name, rows in world.tables().items() if tables.get(name) != rows}
    assert changed == {"identity.approval", "runtime.command"}


def test_nobody_refuses_their_own_proposal(world):
    world.settled = None
    mine = propose(world, "operator", {"kind": "write_off"}, "own-refused-1").json()["approval"]
    before = world.tables()

    answer = refuse(world, "operator", mine, "changed my mind", "own-refused-2")

    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")
    assert world.tables() == before
