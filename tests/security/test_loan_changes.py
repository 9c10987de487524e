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
    assert world.tables() == tables

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
