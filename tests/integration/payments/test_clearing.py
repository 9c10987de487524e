"""What a machine cannot clear waits in a person's sight, and a person's word moves it on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg.exceptions import PostgresError

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, DeadlinePassed, NotAllowed, NotFound
from tongtu.payments.api import (
    Answer,
    Booking,
    CallbackWorker,
    PaymentKind,
    PaymentState,
    RailWorker,
    Saying,
    Signed,
    Verdict,
    Wanted,
    account_of,
    book,
    collect,
    cover,
    end_dispute,
    find_instruction,
    histories,
    list_breaks,
    list_parked,
    open_unposted,
    pending_minor,
    receive,
    reconcile,
    release,
    take_up,
    void_warrant,
)
from tongtu.payments.flow.hear import hear
from tongtu.payments.flow.receive import ATTEMPTS_MAX, PAUSE_MAX, WorkFailed
from tongtu.payments.matching import BreakKind, Entry, Statement
from tongtu.payments.signature import digest_of
from tongtu.payments.store.instruction import hold
from tongtu.simulators.bank.books import Line
from tongtu.simulators.bank.statement import write_notification

SECRET = bytes(range(32))
OPERATOR = Caller(Role.OPERATOR, 1, 0, 0)
# As the database would fail that has not had its migration.
BROKEN = """
create function payments.fail() returns trigger language plpgsql as
$$ begin raise exception 'broken'; end $$;
create trigger fail before update on payments.instruction for each row
    execute function payments.fail()
"""


class SayingRail:
    def __init__(self, answer):
        self._answer = answer

    async def pay(self, wire, at):
        return self._answer

    async def status(self, end_to_end_id):
        return self._answer


@pytest.fixture
def execute(runtime, run):
    async def done(statement):
        async with runtime.database.transaction() as connection:
            await connection.execute(statement)

    return lambda statement: run(done(statement))


@pytest.fixture
def fetch(runtime, run):
    async def done(statement):
        async with runtime.database.reading() as connection:
            return [dict(row) for row in await connection.fetch(statement)]

    return lambda statement: run(done(statement))


@pytest.fixture
def inside(runtime, run):
    """Run an action on a connection of one transaction."""

    async def done(action, *arguments):
        async with runtime.database.transaction() as connection:
            return await action(connection, *arguments)

    return lambda action, *arguments: run(done(action, *arguments))


@pytest.fixture
def collected(runtime, run, made, inside):
    """A collection of 500 that the bank answered; returns it as the table has it."""

    def one(answer):
        instruction, _ = made(PaymentKind.COLLECTION, 500)
        sent = inside(collect, runtime, instruction)
        run(RailWorker(runtime, SayingRail(answer)).step())
        return sent

    return one


@pytest.fixture
def refused_payout(runtime, run, made, inside):
    """A payout of 500 that the bank refused."""
    instruction, warrant = made(PaymentKind.PAYOUT, 500)
    sent = inside(release, runtime, warrant, instruction)
    run(RailWorker(runtime, SayingRail(Answer(Saying.NO))).step())
    return sent


@pytest.fixture
def read(runtime, inside):
    """Read a statement of the day with these movements of one payment."""

    def one(payment, *amounts, is_back=False, charge_minor=0):
        runtime.clock.advance(timedelta(seconds=1))
        now = runtime.clock.now()
        entries = tuple(
            Entry(
                f"bk{n}", payment.end_to_end_id, amount, now.date(), is_back and n > 0,
                charge_minor=charge_minor if is_back and n > 0 else 0,
            )
            for n, amount in enumerate(amounts)
        )  # fmt: skip
        statement = Statement(account_of(1), now.date(), now, 0, sum(amounts), entries)
        return inside(reconcile, runtime, 1, statement, now)

    return one


def named(inside):
    found = inside(list_breaks, Wanted())
    return sorted((one.found.kind, one.found.amount_minor) for one in found)


@pytest.fixture
def told(runtime, run, collected):
    """Let the bank tell, under an event's name, that a collection moved; returns it."""

    def one(event):
        payment = collected(Answer(Saying.ACCEPTED))
        line = Line("bk1", "lender-1", 500, "2026-11-24", payment.end_to_end_id, False, None)
        body = write_notification(line, runtime.clock.now())
        blank = Signed("simulator", event, str(int(runtime.clock.now().timestamp())), "")
        signed = replace(blank, digest=digest_of(SECRET, blank, body))
        run(receive(runtime, {"simulator": SECRET}, signed, body))
        return payment

    return one


def test_what_a_message_failed_by_is_counted_on_that_message_alone(
    runtime, run, execute, fetch, told
):
    told("event-broken")
    told("event-innocent")
    execute(BROKEN)
    worker = CallbackWorker(runtime)
    with pytest.raises(WorkFailed) as fault:
        run(worker.step())
    # By now another one waits longest.
    execute("update payments.callback set next_at = next_at - interval '1 hour'"
            " where event = 'event-innocent'")  # fmt: skip

    run(worker._put_off(fault.value))
    attempts = "select event, attempts from payments.callback order by event"
    counted = [{"event": "event-broken", "attempts": 1}, {"event": "event-innocent", "attempts": 0}]
    assert fetch(attempts) == counted
    slow = WorkFailed(fault.value.callback)
    slow.__cause__ = DeadlinePassed("the connection was lost")
    run(worker._put_off(slow))
    assert fetch(attempts) == counted


def test_a_message_that_always_fails_is_parked_and_taken_up_again_by_an_operator(
    runtime, run, execute, inside, told
):
    payment = told("event-broken")
    execute(BROKEN)
    worker = CallbackWorker(runtime)

    async def fail():
        with pytest.raises(Exception, match="broken") as fault:
            await worker.step()
        await worker._put_off(fault.value)

    for _ in range(ATTEMPTS_MAX):
        assert inside(list_parked, 10) == []
        run(fail())
        runtime.clock.advance(PAUSE_MAX)

    [parked] = inside(list_parked, 10)
    assert (parked.event, parked.attempts, parked.note) == ("event-broken", 12, "RaiseError")
    assert run(worker.step()) == 0
    execute("drop trigger fail on payments.instruction")
    assert run(worker.step()) == 0
    for caller, event, refusal in (
        (Caller(Role.CLERK, 1, 0, 0), "event-broken", NotAllowed),
        (OPERATOR, "event-other", NotFound),
    ):
        with pytest.raises(refusal):
            inside(take_up, runtime, caller, event)
    assert len(inside(list_parked, 10)) == 1
    inside(take_up, runtime, OPERATOR, "event-broken")
    assert run(worker.step()) == 1
    assert inside(list_parked, 10) == []
    assert inside(find_instruction, 0, payment.id).state is PaymentState.SETTLED
    with pytest.raises(NotFound):
        inside(take_up, runtime, OPERATOR, "event-broken")


def test_a_collection_that_moved_after_a_no_is_settled_by_the_banks_books_and_two_persons(
    runtime, inside, fetch, collected, read
):
    payment = collected(Answer(Saying.NO))
    read(payment, 500)
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, 500)]
    assert inside(pending_minor, 0, payment.subject, []) == 500

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(payment.id, has_moved=False, reason="it did not"))
    assert refusal.value.code == "bank_books_differ"
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, 500)]
    inside(end_dispute, runtime, 7, Verdict(payment.id, has_moved=True, reason="seen"))

    assert named(inside) == []
    [row] = fetch("select state, is_booked, reason from payments.instruction")
    assert row == {"state": "settled", "is_booked": False, "reason": "seen"}
    [entry] = fetch("select instruction from payments.entry")
    assert entry["instruction"] == payment.id
    news = [json.loads(row["payload"])["state"] for row in fetch(
        "select payload from runtime.outbox order by id")]  # fmt: skip
    assert news == ["rejected", "settled"]
    # Read once more, nothing is missing and nothing new.
    again = read(payment, 500)
    assert (again.known, again.breaks) == (1, 0)
    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(payment.id, has_moved=True, reason="seen"))
    assert refusal.value.code == "wrong_step"


def test_a_collection_of_another_amount_is_rejected_by_two_persons_and_its_movement_stays_named(
    runtime, inside, collected, read
):
    payment = collected(Answer(Saying.ACCEPTED))
    read(payment, 499)
    assert named(inside) == [(BreakKind.OTHER_AMOUNT, 499)]
    verdict = Verdict(payment.id, has_moved=False, reason="one fen less came")

    with pytest.raises(Conflict) as refusal:  # the books were not read since it is disputed
        inside(end_dispute, runtime, 7, verdict)
    assert refusal.value.code == "bank_books_differ"
    assert inside(pending_minor, 0, payment.subject, []) == 500
    read(payment, 499)
    inside(end_dispute, runtime, 7, verdict)

    assert inside(pending_minor, 0, payment.subject, []) == 0
    assert named(inside) == [(BreakKind.OTHER_AMOUNT, 499)]


@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_wrong_amount_followed_by_the_right_one_is_moved_twice(
    inside, collected, read, is_at_once
):
    payment = collected(Answer(Saying.ACCEPTED))

    if not is_at_once:
        read(payment, 499)
    read(payment, 499, 500)

    assert named(inside) == [(BreakKind.DOUBLE_ENTRY, 500), (BreakKind.OTHER_AMOUNT, 499)]


def test_a_second_movement_after_a_no_is_named_by_its_own_amount(inside, collected, read):
    payment = collected(Answer(Saying.NO))

    read(payment, 500, 500)

    assert named(inside) == [(BreakKind.DOUBLE_ENTRY, 500), (BreakKind.SETTLED_AFTER_NO, 500)]


@pytest.mark.parametrize(
    "seen",
    [
        ([499], [(BreakKind.OTHER_AMOUNT, 499)]),
        ([499, 500], [(BreakKind.DOUBLE_ENTRY, 500), (BreakKind.OTHER_AMOUNT, 499)]),
        ([500, 499], [(BreakKind.OTHER_AMOUNT, 499), (BreakKind.SETTLED_AFTER_NO, 500)]),
    ],
)
def test_a_movement_told_after_a_no_has_one_break_whatever_its_amount(
    runtime, inside, collected, read, seen
):
    (moved, breaks), payment = seen, collected(Answer(Saying.NO))
    yes = Answer(Saying.YES, amount_minor=499)

    async def told(connection):
        held = await hold(connection, 0, payment.id)
        return await hear(connection, runtime, held, yes)

    assert inside(told) is PaymentState.DISPUTED
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, 500)]

    read(payment, *moved)

    assert named(inside) == breaks
    inside(told)
    assert named(inside) == breaks


def test_a_disputed_payout_is_ended_by_the_banks_books_and_told(
    runtime, inside, read, refused_payout
):
    sent = refused_payout
    read(sent, -500)
    assert inside(find_instruction, 0, sent.id).state is PaymentState.DISPUTED

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it did not"))
    assert refusal.value.code == "bank_books_differ"
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, -500)]
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="seen"))

    assert inside(find_instruction, 0, sent.id).state is PaymentState.SETTLED
    assert named(inside) == []


def read_nameless(runtime, inside, *entries):
    """Read a statement of the day with entries that name no payment."""
    runtime.clock.advance(timedelta(seconds=1))
    now = runtime.clock.now()
    booked = tuple(Entry(reference, "", amount, now.date()) for reference, amount in entries)
    statement = Statement(account_of(1), now.date(), now, 0, sum(e[1] for e in entries), booked)
    return inside(reconcile, runtime, 1, statement, now)


def test_an_entry_without_a_name_bears_out_that_a_refused_payout_left_and_it_is_not_paid_anew(
    runtime, run, made, inside, fetch
):
    instruction, warrant = made(PaymentKind.PAYOUT, 500)
    sent = inside(release, runtime, warrant, instruction)
    run(RailWorker(runtime, SayingRail(Answer(Saying.NO, reference="bk7"))).step())

    read_nameless(runtime, inside, ("bk7", -500))

    assert inside(find_instruction, 0, sent.id).state is PaymentState.DISPUTED
    rows = fetch("select end_to_end_id as name from payments.entry")
    assert rows == [{"name": sent.end_to_end_id}]
    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it did not"))
    assert refusal.value.code == "bank_books_differ"
    assert fetch("select voided_at from payments.warrant") == [{"voided_at": None}]
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="seen"))
    assert inside(find_instruction, 0, sent.id).state is PaymentState.SETTLED
    assert named(inside) == []


@pytest.fixture(params=[0, 1])
def in_cell(request, runtime, made, inside):
    """A runtime of two cells, and a collection of 500 in one of them."""
    two = replace(runtime, settings=replace(runtime.settings, cells=2))
    instruction, _ = made(PaymentKind.COLLECTION, 500)
    number = two.ids.new(7 if request.param == 0 else 4_000)
    return two, inside(
        collect, two, replace(instruction, id=number, party=number, cell=request.param)
    )


def test_an_entry_that_was_nobodys_is_matched_once_its_reference_is_known_and_its_break_ends(
    run, made, inside, fetch, in_cell
):
    runtime, sent = in_cell
    assert read_nameless(runtime, inside, ("bk7", 500)).breaks == 1
    assert named(inside) == [(BreakKind.UNKNOWN_ENTRY, 500)]
    yes = Answer(Saying.YES, reference="bk7", amount_minor=500)
    run(RailWorker(runtime, SayingRail(yes)).step())

    again = read_nameless(runtime, inside, ("bk7", 500))
    once_more = read_nameless(runtime, inside, ("bk7", 500))

    assert (again.known, again.matched, again.breaks) == (0, 1, 0)
    assert (once_more.known, once_more.matched, once_more.breaks) == (1, 0, 0)
    assert named(inside) == []
    rows = fetch("select cell, instruction from payments.entry")
    assert rows == [{"cell": sent.cell, "instruction": sent.id}]
    # Another payment is called so by now: the entry stays the first one's.
    other, _ = made(PaymentKind.COLLECTION, 500)
    inside(collect, runtime, other)
    run(RailWorker(runtime, SayingRail(yes)).step())
    last = read_nameless(runtime, inside, ("bk7", 500))
    assert (last.known, last.matched) == (1, 0)
    assert len(fetch("select reference from payments.entry")) == 1


def test_no_verdict_says_that_a_payout_did_not_move_while_an_entry_of_its_reference_is_nobodys(
    runtime, inside, read, refused_payout
):
    sent = refused_payout
    read_nameless(runtime, inside, ("bk7", -500))

    async def say_yes(connection):
        held = await hold(connection, 0, sent.id)
        yes = Answer(Saying.YES, reference="bk7", amount_minor=500)
        return await hear(connection, runtime, held, yes)

    assert inside(say_yes) is PaymentState.DISPUTED
    read(sent)  # a later day's books: the entry is not among them

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it did not"))

    assert refusal.value.code == "bank_books_differ"
    read_nameless(runtime, inside, ("bk7", -500))
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="seen"))
    assert inside(find_instruction, 0, sent.id).state is PaymentState.SETTLED
    assert named(inside) == []


def test_a_payout_that_moved_and_came_back_whole_did_not_move_and_may_be_made_anew(
    runtime, inside, read, fetch, refused_payout
):
    sent = refused_payout
    read(sent, -500)
    read(sent, -500, 500, is_back=True)
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, -500), (BreakKind.UNKNOWN_RETURN, 500)]

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="seen"))
    assert refusal.value.code == "bank_books_differ"
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it came back"))

    rejected = inside(find_instruction, 0, sent.id)
    assert rejected.state is PaymentState.REJECTED
    assert named(inside) == []
    with pytest.raises(Conflict):  # its end is not in the books, its bank's books not read since
        inside(void_warrant, runtime, rejected)
    read(sent, -500, 500, is_back=True)
    inside(
        book, Booking(0, sent.id, PaymentState.REJECTED, 1, sent.value_date, 0), runtime.clock.now()
    )
    inside(void_warrant, runtime, rejected)
    assert fetch("select voided_at is not null as v from payments.warrant") == [{"v": True}]


def test_a_payout_that_moved_and_came_back_less_a_named_charge_did_not_move_and_may_be_made_anew(
    runtime, inside, read, fetch, refused_payout
):
    sent = refused_payout
    read(sent, -500)
    read(sent, -500, 490, is_back=True, charge_minor=10)
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, -500), (BreakKind.UNKNOWN_RETURN, 490)]
    before = fetch("select * from payments.instruction"), fetch("select * from payments.break")

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="seen"))
    assert refusal.value.code == "bank_books_differ"
    now = fetch("select * from payments.instruction"), fetch("select * from payments.break")
    assert now == before
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it came back"))

    rejected = inside(find_instruction, 0, sent.id)
    assert rejected.state is PaymentState.REJECTED
    # What the bank's books lack, -500 + 490, is a break of that size, and the bank's to explain.
    [row] = inside(list_breaks, Wanted())
    assert (row.found.kind, row.found.owner.value, row.found.amount_minor) == (
        BreakKind.RETURN_CHARGE, "bank", -10
    )  # fmt: skip
    read(sent, -500, 490, is_back=True, charge_minor=10)
    inside(
        book, Booking(0, sent.id, PaymentState.REJECTED, 1, sent.value_date, 0), runtime.clock.now()
    )
    inside(void_warrant, runtime, rejected)
    assert fetch("select voided_at is not null as v from payments.warrant") == [{"v": True}]
    assert named(inside) == [(BreakKind.RETURN_CHARGE, -10)]


def test_what_came_back_in_part_and_no_charge_explains_is_a_payout_that_moved(
    runtime, inside, read, refused_payout
):
    sent = refused_payout
    read(sent, -500, 490, is_back=True, charge_minor=9)

    with pytest.raises(Conflict) as refusal:
        inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=False, reason="it came back"))

    assert refusal.value.code == "bank_books_differ"
    inside(end_dispute, runtime, 7, Verdict(sent.id, has_moved=True, reason="most is away"))
    assert named(inside) == [(BreakKind.UNKNOWN_RETURN, 490)]


def test_money_that_moves_after_a_verdict_that_it_did_not_opens_the_break_again(
    runtime, inside, collected, read, execute
):
    payment = collected(Answer(Saying.NO))

    async def say_yes(connection):
        held = await hold(connection, 0, payment.id)
        return await hear(connection, runtime, held, Answer(Saying.YES, amount_minor=500))

    assert inside(say_yes) is PaymentState.DISPUTED
    read(payment)
    inside(end_dispute, runtime, 7, Verdict(payment.id, has_moved=False, reason="it is not there"))
    assert named(inside) == []

    again = read(payment, 500)

    assert again.breaks == 1
    assert named(inside) == [(BreakKind.SETTLED_AFTER_NO, 500)]
    assert inside(find_instruction, 0, payment.id).state is PaymentState.DISPUTED
    inside(end_dispute, runtime, 8, Verdict(payment.id, has_moved=True, reason="it came late"))
    assert named(inside) == []
    [row] = inside(list_breaks, Wanted(is_open_only=False))
    told = [(one.what, one.by, one.reason) for one in inside(histories, [row])[row.id]]
    assert told == [
        ("opened", None, None), ("closed", 7, "it is not there"),
        ("reopened", None, None), ("closed", 8, "it came late"),
    ]  # fmt: skip
    for change in ("update payments.break_event set reason = 'other'",
                   "delete from payments.break_event", "delete from payments.break",
                   "update payments.break set amount_minor = 1"):  # fmt: skip
        with pytest.raises(PostgresError, match="rewritten"):
            execute(change)
    assert [(one.what, one.by, one.reason) for one in inside(histories, [row])[row.id]] == told


def test_breaks_that_no_person_has_to_clear_end_together_and_that_is_told(
    runtime, inside, refused_payout
):
    for state in (PaymentState.SETTLED, PaymentState.RETURNED):
        inside(open_unposted, runtime, refused_payout, state)
    over = BreakKind.NOT_POSTED, runtime.clock.now(), "its money came back"

    assert inside(cover, refused_payout, *over) is True
    assert named(inside) == []
    assert inside(cover, refused_payout, *over) is False
