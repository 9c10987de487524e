"""A campaign over HTTP and the database: two persons begin it, chance draws, the gateway decides."""

import asyncio
import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tongtu.campaign import store
from tongtu.campaign.api import CampaignWorker, Group
from tongtu.campaign.model import Member
from tongtu.campaign.rules.draw import group_of
from tongtu.identity.api import Role

from .conftest import new_key

DOOR = "/v1/operations/campaigns"
WAITS = "select exists (select from pg_locks where not granted)"
ON = {"is_on": True, "is_student": False, "is_plain": False}


@pytest.fixture
def person(api):
    def made(choice, scopes=("identity_check", "automated_decision", "marketing")):
        found = api.post("/v1/demo/persons").json()
        token = api.sign_in(found["phone"])
        shown = {"name": found["name"], "resident_id": found["resident_id"]}
        api.send("PUT", "/v1/me/identity", token=token, body=shown, key=new_key())
        version = api.get("/v1/consent-texts").json()["version"]
        body = {"grants": [{"scope": scope} for scope in scopes], "version": version}
        assert api.post("/v1/me/consents", body, token=token).status_code == 200
        if choice is not None:
            api.send("PUT", "/v1/me/pushes", token=token, body=choice, key=new_key())
        return found | {"token": token}

    return made


@pytest.fixture
def worker(parts):
    return CampaignWorker(parts.runtime, parts.pack, parts.catalogue)


def plan(parts, **changes):
    now = parts.runtime.clock.now()
    return {
        "name": "winter",
        "why": "tell who knows us",
        "product": "consumer_cash",
        "segment": [{"live_loans": "== 0"}],
        "hold_out_ppm": 400_000,
        "audience_max": 1_000,
        "starts_at": (now + timedelta(minutes=5)).isoformat(),
        "ends_at": (now + timedelta(days=12)).isoformat(),
        "response_days": 7,
        "off_ppm_max": 100_000,
    } | changes


def rows(api, query, *values):
    async def work():
        async with api.parts.runtime.database.reading() as connection:
            return [tuple(row) for row in await connection.fetch(query, *values)]

    return api.run(work())


def execute(api, statement, *values):
    async def work():
        async with api.parts.runtime.database.transaction() as connection:
            await connection.execute(statement, *values)

    api.run(work())


def begin(api, staff, **changes):
    made = api.post(DOOR, plan(api.parts, **changes), token=staff(Role.ANALYST))
    assert made.status_code == 201, made.text
    door = f"/v1/operations/campaign-proposals/{made.json()['approval']}/approval"
    approved = api.post(door, token=staff(Role.OPERATOR))
    assert (approved.status_code, approved.json()["state"]) == (201, "waiting")
    return made.json()["campaign"]


def test_chance_holds_some_out_the_rest_are_pushed_to_beside_their_consent(
    api, staff, person, worker
):
    parts, run = api.parts, api.run
    people = [person(ON) for _ in range(5)]
    others = [
        person(ON | {"is_student": True}),
        person(ON | {"is_plain": True}),
        person(ON | {"is_on": False}),
        person(None),
    ]
    no_consent = person(ON, ("identity_check",))
    run(worker.work())
    name = begin(api, staff)
    run(worker.work())
    assert rows(api, "select count(*) from campaign.member") == [(0,)]  # not begun
    parts.runtime.clock.advance(timedelta(minutes=6))

    for _ in range(3):
        run(worker.work())

    campaign = parts.runtime.public.read("campaign", name)
    found = rows(api, 'select party, "group", fate, refusal from campaign.member order by party')
    drawn = {party: group_of(campaign, party, 400_000) for party, *_ in found}
    assert len(found) == len(people) + 1  # who has no consent is drawn, and refused
    assert [group for _, group, *_ in found] == [drawn[party].value for party, *_ in found]
    pushed = [party for party, _, fate, _ in found if fate == "pushed"]
    assert {drawn[party] for party in pushed} == {Group.PUSH}
    refused = [why for *_, fate, why in found if fate == "refused"]
    due = [group for _, group, fate, _ in found if fate == "due"]
    assert set(refused) <= {"PRIV-01.version, PRIV-05"}
    assert set(due) <= {"hold_out"}
    logged = rows(api, "select party, template, reason from notice.push order by party")
    assert [party for party, *_ in logged] == pushed
    assert {template for _, template, _ in logged} == {"product_news"}
    told = api.get(f"{DOOR}/{name}", token=staff(Role.REGULATOR)).json()
    assert (told["members"], told["pushed"]) == (len(found), len(pushed))
    for one in (*others, no_consent):
        assert api.get("/v1/me/pushes", one["token"]).json()["items"] == []
    for one in people:
        items = api.get("/v1/me/pushes", one["token"]).json()["items"]
        assert all("回复 T" in message["text"] for message in _texts(api, one)[: len(items)])


def _texts(api, one):
    return api.get(f"/v1/demo/inbox?phone={one['phone']}").json()["messages"]


def test_quiet_hours_caps_and_a_stop_hold_whoever_works(api, staff, person, worker):
    parts, run = api.parts, api.run
    clock = parts.runtime.clock
    for _ in range(3):
        person(ON)
    name = begin(api, staff, hold_out_ppm=50_000)
    sent = "select count(*) from notice.push"
    clock.advance(timedelta(hours=13))  # 22:00 in the people's zone
    run(worker.work())
    assert rows(api, sent) == [(0,)]
    assert {fate for (fate,) in rows(api, "select fate from campaign.member")} == {"due"}
    # Contacted three times within a week, by whatever way: not pushed to on top of it.
    (capped,) = rows(api, "select party from campaign.member where \"group\" = 'push' limit 1")

    async def contact():
        async with parts.runtime.database.transaction() as connection:
            for n in range(3):
                await connection.execute(
                    "insert into notice.contact (cell, id, party, loan, channel, is_answered,"
                    " actor, business_date, at, pack_hash)"
                    " values ($1, $2, $3, 1, 'call', true, 1, $4, $5, 'x')",
                    parts.runtime.cell(capped[0]), n, capped[0], clock.now().date(), clock.now(),
                )  # fmt: skip

    run(contact())
    clock.advance(timedelta(hours=13))  # 11:00 of the next day
    for _ in range(2):
        run(worker.work())
    fates = dict(rows(api, "select party, fate from campaign.member where \"group\" = 'push'"))
    assert fates.pop(capped[0]) == "due"
    assert set(fates.values()) == {"pushed"}
    assert rows(api, sent) == [(len(fates),)]
    clock.advance(timedelta(days=8))

    stop = f"{DOOR}/{name}/stop"
    no = api.post(stop, {"why": "not mine"}, token=staff(Role.ANALYST))
    assert no.status_code == 403
    stopped = api.post(stop, {"why": "people complain"}, token=staff(Role.OPERATOR))
    assert stopped.json()["state"] == "stopped", json.dumps(stopped.json())
    run(worker.work())
    assert rows(api, sent) == [(len(fates),)]


def test_what_no_campaign_may_look_at_and_bounds_are_refused_and_nothing_is_written(api, staff):
    analyst, parts = staff(Role.ANALYST), api.parts
    wrong = [
        ({"segment": [{"age": ">= 18"}]}, "forbidden_feature"),
        ({"segment": [{"live_loans": "1 +"}]}, "bad_segment"),
        ({"starts_at": parts.runtime.clock.now().isoformat()}, "bad_campaign"),
        ({"product": "nothing"}, "no_such_product"),
    ]

    found = [api.post(DOOR, plan(parts, **one), token=analyst) for one, _ in wrong]

    assert [one.json()["code"] for one in found] == [code for _, code in wrong]
    none_held = api.post(DOOR, plan(parts, hold_out_ppm=0), token=analyst)
    assert none_held.status_code in (400, 422)
    count = (
        "select (select count(*) from campaign.campaign), (select count(*) from identity.approval)"
    )
    assert rows(api, count) == [(0, 0)]
    made = api.post(DOOR, plan(parts), token=analyst).json()
    own = api.post(f"/v1/operations/campaign-proposals/{made['approval']}/approval", token=analyst)
    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert rows(api, "select approval from campaign.campaign") == [(None,)]


def test_a_campaign_that_cannot_go_on_holds_up_no_other(api, staff, person, worker):
    """The first of them sells what is no product any more; and one person's place is damaged."""
    parts, run = api.parts, api.run
    for _ in range(2):
        person(ON)
    bad, good = (begin(api, staff, name=name, hold_out_ppm=50_000) for name in ("bad", "good"))
    numbers = {name: parts.runtime.public.read("campaign", name) for name in (bad, good)}
    parts.runtime.clock.advance(timedelta(minutes=6))
    execute(
        api, "update campaign.campaign set plan = jsonb_set(plan, '{product}', '\"gone\"')"
        " where id = $1", numbers[bad],
    )  # fmt: skip
    (damaged, *_) = (party for (party,) in rows(api, "select id from identity.party order by id"))
    execute(api, "update identity.vault set sealed = '\\x00' where party = $1", damaged)

    with capture_logs() as logs:
        for _ in range(2):
            run(worker.work())

    assert {one["campaign"] for one in logs if one["event"] == "campaign_failed"} == set(
        numbers.values()
    )
    found = rows(api, 'select campaign, party, "group", fate from campaign.member order by party')
    assert {campaign for campaign, *_ in found} == {numbers[good]}
    fates = {party: fate for _, party, group, fate in found if group == "push"}
    assert fates.pop(damaged, "due") == "due"
    assert set(fates.values()) == {"pushed"}
    run(worker.review())


def test_what_is_approved_is_the_plan_that_was_proposed(api, staff):
    made = api.post(DOOR, plan(api.parts), token=staff(Role.ANALYST)).json()
    door = f"/v1/operations/campaign-proposals/{made['approval']}/approval"
    execute(api, "update campaign.campaign set plan = jsonb_set(plan, '{audience_max}', '50000')")

    answer = api.post(door, token=staff(Role.OPERATOR))

    assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")
    count = "select count(*) from campaign.campaign where approval > 0"
    assert rows(api, count) == [(0,)]
    assert rows(api, "select count(*) from identity.approval where checker > 0") == [(0,)]


def test_no_more_people_are_drawn_than_approved_whoever_draws(api, staff, person, worker):
    parts, run = api.parts, api.run
    for _ in range(2):
        person(ON)
    number = parts.runtime.public.read("campaign", begin(api, staff, audience_max=1))
    parts.runtime.clock.advance(timedelta(minutes=6))

    async def work():
        (campaign,) = await worker._running()
        async with parts.runtime.database.transaction() as connection:
            # Another process, in another cell, draws the last one there is room for.
            assert await store.lock(connection, number, parts.runtime.clock.now())
            late = asyncio.create_task(worker._enrol(campaign, 0))
            while not late.done():
                if await connection.fetchval(WAITS):
                    break
            now = parts.runtime.clock.now()
            member = Member(1, Group.PUSH, 600_000, "new", now.date())
            await store.enrol(connection, 1, number, [member], (now.date(), now))
        await late

    run(work())

    assert rows(api, "select cell, party from campaign.member") == [(1, 1)]


def test_nobody_is_pushed_to_once_a_campaign_is_over(api, staff, person, worker):
    parts, run = api.parts, api.run
    for _ in range(3):
        person(ON)
    begin(api, staff, hold_out_ppm=50_000)
    parts.runtime.clock.advance(timedelta(minutes=6))

    async def work():
        (campaign,) = await worker._running()
        await worker._enrol(campaign, 0)
        parts.runtime.clock.advance(timedelta(days=12))  # while a page of it is being pushed
        await worker._send(campaign, 0, {"product": "现金贷 cash"})

    run(work())

    assert {fate for (fate,) in rows(api, "select fate from campaign.member")} == {"due"}
    assert rows(api, "select count(*) from notice.push") == [(0,)]
