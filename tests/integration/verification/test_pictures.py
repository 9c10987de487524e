"""A drawn card and a drawn face, read and compared by the real models in their own process."""

import base64
from datetime import date, timedelta

import pytest

from tongtu.identity.api import Upload, VaultKind, authorise, keep_document, seal_upload
from tongtu.journey.pictures import back_words, front_words
from tongtu.simulators.cards.camera import shot_of, take
from tongtu.simulators.cards.card import draw_back, draw_front
from tongtu.simulators.cards.people import holder
from tongtu.simulators.cards.selfie import follow
from tongtu.verification.api import (
    Back,
    Element,
    Found,
    Front,
    Way,
    add_element,
    answer_challenge,
    find_open_case,
)

HOLDER = holder(1)


@pytest.fixture(scope="module")
def front():
    return take(draw_front(HOLDER, HOLDER.number), shot_of(1))


@pytest.fixture
def eyes(parts, run):
    yield parts.verifying.eyes
    run(parts.verifying.eyes.stop())


@pytest.fixture
def shown(person, authority, eyes):
    """A person who stated the holder's name and number, and the open case."""
    authority("--seed", "1")  # one that has not learnt this number with another phone
    who = person(name=HOLDER.name, resident_id=HOLDER.number)
    who.consent("face")
    return who, who.open()


def card(who, case, content, side="id_front"):
    return who.api.send(
        "POST",
        f"/v1/verifications/{case}/cards/{side}",
        token=who.token,
        key=f"card-{side}-0001",
        content=content,
        headers={"content-type": "image/jpeg"},
    )


def answer(who, case, challenge, frames):
    told = [base64.b64encode(frame).decode() for frame in frames]
    body = {"challenge": challenge, "frames": told}
    return who.post(f"/v1/verifications/{case}/face", body)


def test_a_card_and_a_face_that_follows_take_a_case_to_likeness_and_no_face_is_kept(
    shown, front, rows
):
    who, case = shown
    read = who.api.send(
        "POST", "/v1/me/card-readings/id_front", token=who.token, content=front,
        headers={"content-type": "image/jpeg"},
    )  # fmt: skip
    kept = card(who, case, front)
    back = card(who, case, take(draw_back(HOLDER)), "id_back")
    who.check(case)
    drawn = who.post(f"/v1/verifications/{case}/challenge").json()
    frames = follow(HOLDER.number, drawn["actions"])

    seen = answer(who, case, drawn["challenge"], frames)
    again = answer(who, case, drawn["challenge"], frames)
    ended = who.end(case)

    assert (read.json()["name"], read.json()["number"]) == (HOLDER.name, HOLDER.number)
    assert [one.status_code for one in (kept, back, seen)] == [201, 201, 200]
    # STRIDE 18: an answer that comes again is refused.
    assert (again.status_code, again.json()["code"]) == (409, "challenge_over")
    assert (ended.json()["state"], ended.json()["level"]) == ("passed", 2)
    assert rows("select way, outcome, is_certified from verification.element order by id") == [
        ("document", "yes", False),
        ("card_back", "yes", False),
        ("authority", "yes", False),
        ("face", "yes", False),
    ]
    assert rows("select kind from identity.document order by id") == [("id_front",), ("id_back",)]
    assert rows("select role, reader from identity.document_access") == [("operator", 0)] * 2
    assert len(rows("select 1 from verification.frame")) == len(frames)
    for (stored,) in rows("select convert_from(answer, 'UTF8') from runtime.command"):
        assert HOLDER.number not in stored
    for (leaf,) in rows("select t::text from verification.element t"):
        assert HOLDER.name not in leaf


@pytest.fixture
def put(runtime, run):
    """Put the front of somebody's card into a case with what it was read to, without reading it."""

    async def keep(me, number, of, outcome):
        front = take(draw_front(of, of.number))
        sealed = await seal_upload(runtime, me, Upload(number, "id_front", "image/jpeg", front))
        read = Element(Way.DOCUMENT, outcome, "card_reader", document=sealed.id)
        async with runtime.database.transaction() as connection:
            case = await find_open_case(connection, runtime, me, number)
            days = runtime.clock.now(), date(2027, 11, 24)
            await keep_document(connection, runtime, me, sealed, days)
            await add_element(connection, runtime, case, read)
        return sealed.id

    return lambda *given: run(keep(*given))


@pytest.fixture
def opened(person, authority, runtime, run):
    """A person with an open case: (person, its public id, its number, the caller)."""
    authority("--seed", "1")
    who = person(name=HOLDER.name, resident_id=HOLDER.number)
    who.consent("face")
    case = who.open()
    return who, case, runtime.public.read("verification", case), run(authorise(runtime, who.token))


@pytest.fixture
def carded(opened, put):
    """A person with an open case in which the front of their own card was read."""
    _, _, number, me = opened
    put(me, number, HOLDER, Found.YES)
    return opened


FACES = "select outcome, detail from verification.element where way = 'face'"


def test_no_picture_is_opened_for_a_face_but_the_one_whose_words_were_the_persons(
    opened, put, rows
):
    who, case, number, me = opened
    own = put(me, number, HOLDER, Found.YES)
    put(me, number, holder(2), Found.UNKNOWN)  # blurred words, another portrait
    drawn = who.post(f"/v1/verifications/{case}/challenge").json()
    (frame,) = follow(HOLDER.number, ["straight"])

    answer(who, case, drawn["challenge"], [frame] * len(drawn["actions"]))

    assert rows("select document from identity.document_access") == [(own,)]


def test_a_card_that_was_not_read_is_none_and_one_in_doubt_is_compared_with_nobody(
    opened, put, rows
):
    who, case, number, me = opened
    path = f"/v1/verifications/{case}/challenge"
    put(me, number, HOLDER, Found.UNKNOWN)
    unread = who.post(path)
    put(me, number, HOLDER, Found.PERSON)

    drawn = who.post(path).json()
    told = answer(who, case, drawn["challenge"], follow(HOLDER.number, drawn["actions"]))

    assert (unread.status_code, unread.json()["code"]) == (409, "no_card")
    assert rows(FACES) == [("person", ["card_in_doubt"])]
    assert rows("select count(*) from identity.document_access") == [(0,)]
    # The person sees a way that was gone, as ever.
    assert told.json()["done"][-1]["is_done"] is True


def test_stride_18_frames_of_one_challenge_answer_no_other_and_wait_for_a_person(
    carded, rows, runtime, run
):
    who, case, number, me = carded
    who.check(case)
    first = who.post(f"/v1/verifications/{case}/challenge").json()
    frames = follow(HOLDER.number, first["actions"])
    run(answer_challenge(runtime, me, number, first["challenge"], frames))
    second = who.post(f"/v1/verifications/{case}/challenge").json()

    replayed = answer(who, case, second["challenge"], frames)
    ended = who.end(case)

    assert replayed.status_code == 200
    assert rows("select outcome, detail from verification.element where way = 'face'") == [
        ("no", ["frame_replayed"])
    ]
    assert (ended.json()["state"], "replay" in ended.text) == ("review", False)
    # What a person has to look at is kept, sealed, for at most thirty days.
    assert rows(
        "select kind, kept_until - uploaded_at::date from identity.document where kind = 'selfie'"
    ) == [("selfie", 30)]


def test_one_picture_for_every_action_is_a_replay(carded, rows):
    who, case, *_ = carded
    drawn = who.post(f"/v1/verifications/{case}/challenge").json()
    (frame,) = follow(HOLDER.number, ["straight"])

    answer(who, case, drawn["challenge"], [frame] * len(drawn["actions"]))

    assert rows(FACES) == [("no", ["frame_replayed"])]


def test_a_challenge_that_is_late_renewed_or_of_nobody_is_over_and_its_frames_stay_good(
    carded, rows, runtime, person
):
    who, case, *_ = carded
    old = who.post(f"/v1/verifications/{case}/challenge").json()
    new = who.post(f"/v1/verifications/{case}/challenge").json()
    frames = follow(HOLDER.number, new["actions"])

    renewed = answer(who, case, old["challenge"], frames)
    unknown = answer(who, case, "0" * 40, frames)
    runtime.clock.advance(timedelta(seconds=121))
    late = answer(who, case, new["challenge"], frames)

    assert [one.json()["code"] for one in (renewed, unknown, late)] == ["challenge_over"] * 3
    assert rows("select count(*) from verification.frame") == [(0,)]
    assert rows(FACES) == []


def test_stride_18_another_session_can_answer_no_challenge_of_mine(carded, rows, person):
    who, case, *_ = carded
    drawn = who.post(f"/v1/verifications/{case}/challenge").json()
    other = person(name="李四", sequence="777")
    other.consent("face")
    frames = follow(HOLDER.number, drawn["actions"])

    theirs = answer(other, case, drawn["challenge"], frames)
    own = other.open()
    swapped = answer(other, own, drawn["challenge"], frames)

    assert theirs.status_code == 404
    assert swapped.json()["code"] == "no_card"
    assert rows("select count(*) from verification.frame") == [(0,)]
    assert rows("select used_at from verification.challenge") == [(None,)]


def test_a_face_is_not_asked_for_without_its_own_consent_a_card_and_two_other_ways(
    person, authority, parts, rows
):
    who = person(name=HOLDER.name, resident_id=HOLDER.number)
    case = who.open()
    path = f"/v1/verifications/{case}/challenge"

    alone = who.post(path)  # a branch is the only other way
    authority()
    without = who.post(path)
    who.consent("face")
    no_card = who.post(path)

    assert [one.json()["code"] for one in (alone, without, no_card)] == [
        "no_other_way", "consent_missing", "no_card",
    ]  # fmt: skip
    assert rows("select count(*) from verification.challenge") == [(0,)]


@pytest.mark.parametrize(
    ("read", "outcome", "words"),
    [
        (Front(HOLDER.name, HOLDER.number), Found.YES, ()),
        (Front(None, HOLDER.number), Found.UNKNOWN, ("card_unread",)),
        (Front(HOLDER.name, holder(2).number), Found.NO, ("card_other_number",)),
        (Front("李四", HOLDER.number), Found.PERSON, ("card_other_name",)),
        (
            Front(HOLDER.name, HOLDER.number, "男女"[HOLDER.sex == "男"]),
            Found.PERSON,
            ("card_sex",),
        ),
        (
            Front(HOLDER.name, HOLDER.number, born_on=date(1980, 1, 1)),
            Found.PERSON,
            ("card_birth",),
        ),
    ],
)
def test_a_card_is_held_against_who_its_person_stated_to_be(read, outcome, words):
    stated = {VaultKind.NAME: HOLDER.name, VaultKind.RESIDENT_ID: HOLDER.number}

    assert front_words(read, stated) == (outcome, words)


@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        (Back("样本", date(2020, 1, 1), date(2026, 11, 24)), Found.YES),
        (Back("样本", date(2020, 1, 1), date(2026, 11, 23)), Found.PERSON),
        (Back("样本", date(2026, 11, 25), date(2040, 1, 1)), Found.PERSON),
        (Back("样本", date(2020, 1, 1), None, is_long_term=True), Found.YES),
        (Back("样本"), Found.UNKNOWN),
    ],
)
def test_a_card_counts_until_its_last_day(read, outcome):
    assert back_words(read, date(2026, 11, 24))[0] is outcome
