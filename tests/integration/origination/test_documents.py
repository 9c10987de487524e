"""Documents asked for: uploaded by whom they concern, seen by the case's clerk, gone in time."""

import asyncio
import hashlib
import json
import threading
from datetime import date, timedelta

import pytest
from tests.integration.origination.conftest import STATED

from tongtu.evidence.api import commitment
from tongtu.identity.api import Caller, Role, Upload, list_documents, note_tie
from tongtu.identity.model import VaultKind
from tongtu.journey.api import (
    Opinion,
    ask_for_documents,
    ask_person,
    list_case_documents,
    list_own_documents,
    list_reviews,
    read_document,
    rule_review,
    take_case,
    upload_document,
)
from tongtu.journey.case import move_on
from tongtu.journey.document import end_documents
from tongtu.journey.steps import Event
from tongtu.kernel.errors import BadInput, Broken, Conflict, NotAllowed, NotFound
from tongtu.origination.api import Said, find_application, hold_case, replay

CLERK, COLLEAGUE = Caller(Role.CLERK, 901, 0, 0), Caller(Role.OPERATOR, 902, 0, 0)
DAY = date(2026, 11, 24)  # a Tuesday; five working days on is Tuesday again
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
SECRET = b"<< /Title (salary slip of a canary) >>"
SLIP = PDF.replace(b"<< /Type /Catalog >>", SECRET)


@pytest.fixture
def asked(house, run, key):
    """A case that waits for a person who wants two documents; return (caller, application)."""

    def make(documents=("income_proof", "bank_statement"), **changes):
        caller = house.borrower()
        said = STATED._replace(assets_minor=None)
        answer = json.loads(house.apply(caller, **{"declared": said, **changes}).body)
        application = house.runtime.public.read("application", answer["application"])
        if documents:
            run(ask_for_documents(house, CLERK, (application, list(documents)), key()))
        return caller, application

    return make


@pytest.fixture
def send(house, run, key):
    def one(caller, application, kind="income_proof", content=SLIP, command=None):
        upload = Upload(application, kind, "application/pdf", content)
        return json.loads(run(upload_document(house, caller, upload, command or key())))

    return one


@pytest.fixture
def read(house, run):
    def one(document, application, by=CLERK):
        number = house.runtime.public.read("document", document)
        return run(read_document(house, by, (application, number)))

    return one


def queues(house, run):
    return {
        name: [one.waits.application for one in run(list_reviews(house, name, 0, 10))]
        for name in ("rules", "asked", "links", "documents")
        if run(list_reviews(house, name, 0, 10))
    }


def everything(house):
    tables = ("identity.document", "identity.document_access", "origination.document_request")
    return house.counts(), [house.rows(f"select * from {one} t order by t") for one in tables]


def on_day(house, day):
    house.execute("update runtime.business_day set date = $1", day)


def test_a_case_leaves_its_queue_and_is_back_when_all_documents_are_in(house, asked, send, run):
    caller, application = asked()
    assert queues(house, run) == {"documents": [application]}

    first = send(caller, application)
    assert queues(house, run) == {"documents": [application]}
    again = send(caller, application, content=PDF)  # the same once more is no other document
    last = send(caller, application, "bank_statement")

    assert [one["missing"] for one in (first, again, last)] == [
        ["bank_statement"], ["bank_statement"], [],
    ]  # fmt: skip
    assert (first["size_bytes"], first["kept_until"]) == (len(SLIP), "2027-11-24")
    assert queues(house, run) == {"rules": [application]}
    (looked,) = run(list_reviews(house, "rules", 0, 10))
    assert (looked.request.missing, looked.request.answer_by) == ((), DAY + timedelta(7))
    told = house.rows(
        "select topic from runtime.outbox where topic like 'origination.document%' order by id"
    )
    assert [one[0] for one in told] == [
        "origination.documents_asked", *["origination.document_in"] * 3,
    ]  # fmt: skip
    own = run(list_own_documents(house, caller, application))
    assert [one.kind for one in own.documents] == ["income_proof"] * 2 + ["bank_statement"]


def test_a_case_whose_day_is_over_is_back_in_its_queue_without_its_documents(
    house, asked, send, run
):
    caller, application = asked()
    last_day = DAY + timedelta(7)

    on_day(house, last_day)
    assert queues(house, run) == {"documents": [application]}
    on_day(house, last_day + timedelta(1))

    assert queues(house, run) == {"rules": [application]}
    (looked,) = run(list_reviews(house, "rules", 0, 10))
    assert looked.request.missing == ("income_proof", "bank_statement")
    # What comes late is still taken while the case waits.
    assert send(caller, application)["missing"] == ["bank_statement"]


def test_asking_for_documents_hides_no_case_past_the_day_by_which_a_person_is_answered(
    house, send, run, key
):
    """Three working days for the answer to whoever asked for a person, five for documents."""
    caller, legal = house.borrower(), DAY + timedelta(3)
    said = STATED._replace(seniority_years=1, price_minor=3_000_000)  # RULE-10 declines it
    declined = json.loads(house.apply(caller, declared=said).body)
    application = house.runtime.public.read("application", declined["application"])
    run(ask_person(house, caller, application, key()))

    asked = run(ask_for_documents(house, CLERK, (application, ["income_proof"]), key()))

    assert json.loads(asked)["answer_by"] == legal.isoformat()
    (waits,) = run(list_reviews(house, "documents", 0, 10))
    assert (waits.waits.answer_by, waits.request.answer_by) == (legal, legal)
    on_day(house, legal - timedelta(1))
    assert queues(house, run) == {"documents": [application]}
    on_day(house, legal)
    assert queues(house, run) == {"asked": [application], "documents": [application]}
    # Asked anew when the day is over: no clerk loses sight of it, and the day is no day gone by.
    on_day(house, legal + timedelta(3))
    assert queues(house, run) == {"asked": [application]}
    again = run(ask_for_documents(house, CLERK, (application, ["income_proof"]), key()))
    assert json.loads(again)["answer_by"] == (legal + timedelta(3)).isoformat()
    assert queues(house, run) == {"asked": [application], "documents": [application]}
    send(caller, application)
    assert queues(house, run) == {"asked": [application]}


def test_a_case_that_was_decided_waits_for_no_document(house, asked, send, run, key):
    caller, application = asked()
    run(rule_review(house, CLERK, Opinion(application, Said.DECLINE, ["score_low"]), key()))
    before = everything(house)

    with pytest.raises(Conflict) as refused:
        send(caller, application)

    assert (refused.value.code, queues(house, run)) == ("wrong_step", {})
    assert everything(house) == before


def test_what_nobody_asked_for_and_what_is_no_document_is_not_kept(house, asked, send):
    caller, application = asked(("income_proof",))
    other, unasked = asked((), key="key-00000002")
    stranger = house.borrower()
    before = everything(house)

    for who, case, kind, code in (
        (caller, application, "bank_statement", "not_asked"),
        (caller, application, "../../etc/passwd", "not_asked"),
        (caller, application, "income_proof.pdf.html", "not_asked"),
        (other, unasked, "income_proof", "not_asked"),
        (stranger, application, "income_proof", "not_found"),
        (other, application, "income_proof", "not_found"),
    ):
        with pytest.raises((Conflict, NotFound)) as refused:
            send(who, case, kind)
        assert refused.value.code == code
    for content, code in ((b"", "empty_document"), (SLIP + b"PK", "wrong_type")):
        with pytest.raises(BadInput) as bad:
            send(caller, application, content=content)
        assert bad.value.code == code

    assert everything(house) == before


def test_a_case_takes_eight_documents_each_time_they_are_asked_for_and_no_ninth(
    house, asked, send, run, key
):
    caller, application = asked(("income_proof",))
    for times in range(4):
        for _ in range(8):
            send(caller, application)
        before = everything(house)

        with pytest.raises(Conflict) as refused:
            send(caller, application)

        assert refused.value.code == "too_many_documents"
        assert everything(house) == before
        assert house.value("select count(*) from identity.document") == 8 * (times + 1)
        house.runtime.clock.advance(timedelta(seconds=1))
        run(ask_for_documents(house, CLERK, (application, ["income_proof"]), key()))

    # Of one case so many in all, however often it is asked.
    before = everything(house)
    with pytest.raises(Conflict) as refused:
        send(caller, application)
    assert (refused.value.code, everything(house) == before) == ("too_many_documents", True)


def test_a_file_that_nobody_asked_for_is_not_even_read(house, asked, send):
    """Reading takes a second of a core: it is for those who were asked."""
    caller, application = asked(("income_proof",))
    stranger, junk = house.borrower(), b"%PDF-" + b"#41" * 1_000_000
    before = everything(house)

    for who, kind, code in (
        (stranger, "income_proof", "not_found"),
        (caller, "bank_statement", "not_asked"),
    ):
        with pytest.raises((Conflict, NotFound)) as refused:
            send(who, application, kind, junk)
        assert refused.value.code == code
    with pytest.raises(BadInput) as bad:
        send(caller, application, "income_proof", junk)

    assert (bad.value.code, everything(house) == before) == ("wrong_type", True)


def test_files_are_read_one_at_a_time(house, asked, run, key, monkeypatch):
    caller, application = asked()
    two, met = threading.Barrier(2), []

    def whole_file(content, declared):
        try:
            two.wait(timeout=1)  # only if somebody else is in here would it end before
        except threading.BrokenBarrierError:
            met.append("nobody")
        return content

    monkeypatch.setattr("tongtu.identity.flow.document.whole_file", whole_file)
    uploads = [Upload(application, "income_proof", "application/pdf", SLIP) for _ in range(3)]

    async def work():
        await asyncio.gather(*(upload_document(house, caller, one, key()) for one in uploads))

    run(work())

    assert met == ["nobody"] * 3


def test_a_document_that_comes_while_a_person_rules_is_not_taken_beside_the_ruling(
    house, asked, key, run
):
    caller, application = asked()
    runtime, upload = house.runtime, Upload(application, "income_proof", "application/pdf", SLIP)
    waits = """select exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock')"""

    async def work():
        async with runtime.database.transaction() as connection:  # as `rule_review` begins
            await hold_case(connection, 0, application)
            sent = asyncio.create_task(upload_document(house, caller, upload, key()))
            while not sent.done():
                async with runtime.database.reading() as other:
                    if await other.fetchval(waits):
                        break
            await move_on(connection, runtime, application, Event.DECLINED)
        return (await asyncio.gather(sent, return_exceptions=True))[0]

    refused = run(work())

    assert (type(refused), getattr(refused, "code", None)) == (Conflict, "wrong_step")
    assert house.rows("select * from identity.document") == []


def test_the_same_key_keeps_one_document(house, asked, send, key):
    caller, application = asked()
    command = key()

    assert send(caller, application, command=command) == send(caller, application, command=command)
    assert house.value("select count(*) from identity.document") == 1


def test_only_the_cases_clerk_reads_a_document_and_each_look_is_logged(
    house, asked, send, read, key
):
    caller, application = asked()
    document = send(caller, application)["document"]
    before = everything(house)

    for by in (COLLEAGUE, Caller(Role.ANALYST, 901, 0, 0), Caller(Role.CLERK, 904, 0, 0), caller):
        with pytest.raises(NotAllowed) as refused:
            read(document, application, by)
        assert refused.value.code == "not_your_case"
    assert everything(house) == before

    found, content = read(document, application)
    assert (content, found.kind, found.media_type) == (SLIP, "income_proof", "application/pdf")
    house.run(take_case(house, COLLEAGUE, application, key()))
    read(document, application, COLLEAGUE)
    with pytest.raises(NotAllowed):
        read(document, application)
    assert house.rows(
        "select a.reader, a.role, a.party = d.party from identity.document_access a"
        " join identity.document d on d.cell = a.cell and d.id = a.document order by a.id"
    ) == [(901, "clerk", True), (902, "operator", True)]


def test_a_document_is_read_in_its_own_case_only(house, asked, send, read):
    caller, application = asked()
    _, other = asked(key="key-00000002")
    document = send(caller, application)["document"]

    with pytest.raises(NotFound):
        read(document, other)

    assert house.rows("select * from identity.document_access") == []


def test_nobody_reads_or_takes_over_a_case_of_their_family(house, asked, send, read, key):
    caller, application = asked()
    document = send(caller, application)["document"]
    runtime = house.runtime
    phone = int.from_bytes(runtime.keys.blind("phone", "+8613912345678")[:8], "big") >> 1
    house.execute("update identity.party set links = array[$1, 0, 0, 0]::int8[]", phone)

    async def name(by):
        async with runtime.database.transaction() as connection:
            await note_tie(connection, runtime, by, (VaultKind.PHONE, "13912345678"))

    house.run(name(CLERK))
    house.run(name(COLLEAGUE))
    before = everything(house)

    with pytest.raises(NotAllowed) as refused:
        read(document, application)
    with pytest.raises(NotAllowed):
        house.run(take_case(house, COLLEAGUE, application, key()))
    with pytest.raises(NotAllowed) as unlisted:
        house.run(list_case_documents(house, COLLEAGUE, application))

    assert unlisted.value.code == "related"
    assert refused.value.code == "related"
    assert everything(house) == before


def test_asking_anew_begins_anew_and_its_asker_is_the_clerk(house, asked, send, read, key):
    caller, application = asked(("income_proof",))
    document = send(caller, application)["document"]
    assert queues(house, house.run) == {"rules": [application]}

    house.run(ask_for_documents(house, COLLEAGUE, (application, ["income_proof"]), key()))

    assert queues(house, house.run) == {"documents": [application]}
    assert read(document, application, COLLEAGUE)[1] == SLIP
    with pytest.raises(NotAllowed):
        read(document, application)


def test_content_lies_sealed_to_its_row_and_stands_in_the_log_by_a_salted_hash(
    house, asked, send, run
):
    caller, application = asked()
    send(caller, application)
    send(caller, application, "bank_statement", PDF)

    first, second = house.rows(
        "select id, sealed, salt, commitment from identity.document order by id"
    )
    assert SECRET not in first[1]
    keys = house.runtime.keys
    assert keys.open(first[1], f"document:{first[0]}".encode()) == SLIP
    with pytest.raises(Broken):
        keys.open(first[1], f"document:{second[0]}".encode())
    for number, _, salt, leaf in (first, second):
        assert leaf == house.value(
            "select hashes[1] from evidence.batch where subjects = array[$1::int8]", number
        )
        assert len(salt) == 16
    payload = json.dumps(
        {
            "application": application,
            "document": first[0],
            "kind": "income_proof",
            "media_type": "application/pdf",
            "sha256": hashlib.sha256(SLIP).hexdigest(),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    assert first[3] == commitment(first[2], payload.encode())


def test_a_ruling_s_record_names_what_was_in_and_replays(house, asked, send, run, key):
    caller, application = asked()
    send(caller, application)

    run(rule_review(house, CLERK, Opinion(application, Said.APPROVE, ["income_proved"]), key()))

    async def stands():
        async with house.runtime.database.reading() as connection:
            return await find_application(connection, caller, application)

    again = run(replay(house.runtime, house.decisions, run(stands()).decision))
    leaf = house.value("select commitment from identity.document")
    assert (again.is_same, again.record.case.known.ruling.documents) == (True, (leaf.hex(),))


def test_at_the_end_of_its_term_a_document_is_gone_and_its_trace_stays(
    house, asked, send, read, run
):
    caller, application = asked()
    document = send(caller, application)["document"]
    until = date(2027, 11, 24)
    pack, runtime = house.pack, house.runtime

    assert run(end_documents(runtime, pack, 0, until)) == 0
    assert read(document, application)[1] == SLIP
    assert run(end_documents(runtime, pack, 0, until + timedelta(1))) == 1
    assert run(end_documents(runtime, pack, 0, until + timedelta(1))) == 0

    assert house.rows("select sealed, salt, length(commitment) from identity.document") == [
        (None, None, 32)
    ]
    with pytest.raises(NotFound):
        read(document, application)

    async def listed():
        async with runtime.database.reading() as connection:
            return await list_documents(connection, runtime, application)

    assert [one.is_erased for one in run(listed())] == [True]
    assert house.value("select count(*) from identity.document_access") == 1
