"""A bank that lies in words and never in its books."""

import json

import pytest

from tongtu.simulators.bank.bank import SILENCE, Bank
from tongtu.simulators.bank.books import ACCEPTED, DONE, LIED, REPEATED, Books
from tongtu.simulators.bank.message import COLLECTION, PAYOUT, BadOrder, read_order
from tongtu.simulators.bank.mischief import Mischief


def order_xml(number="pi_1", amount="2500.00", *, space=PAYOUT, creditor="pt_a", more=""):
    day = "<ReqdExctnDt><Dt>2026-11-24</Dt></ReqdExctnDt>"
    if space == COLLECTION:
        day = "<ReqdColltnDt>2026-11-24</ReqdColltnDt>"
    return (
        f'<Document xmlns="{space}"><A>{day}<DbtrAcct><Id><Othr><Id>lender-1</Id></Othr></Id></DbtrAcct>'
        f"<CdtrAcct><Id><Othr><Id>{creditor}</Id></Othr></Id></CdtrAcct>"
        f"<EndToEndId>{number}</EndToEndId>"
        f'<InstdAmt Ccy="CNY">{amount}</InstdAmt>{more}</A></Document>'
    ).encode()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


@pytest.fixture
def open_bank(path):
    opened = []

    def one(**lies):
        opened.append(Books(path))
        return Bank(opened[-1], Mischief(20261124, **lies))

    yield one
    for books in opened:
        books.close()


def events(path):
    return [json.loads(line)["event"] for line in path.read_bytes().splitlines()]


def totals(bank):
    return json.loads(bank.totals().body)


DONE_ONCE = {"payments": 1, "done": 1, "refused": 0, "done_minor": 250_000}


def test_a_payment_has_one_effect_however_often_it_is_sent(open_bank, path):
    bank = open_bank()

    replies = [bank.take(order_xml()) for _ in range(3)]

    assert [(reply.status, b"<TxSts>ACSC</TxSts>" in reply.body) for reply in replies] == [
        (200, True)
    ] * 3
    assert totals(bank) == DONE_ONCE
    assert events(path) == ["booked", REPEATED, REPEATED]


def test_another_order_of_the_same_id_is_a_conflict_and_moves_nothing(open_bank):
    bank = open_bank()
    bank.take(order_xml())

    assert bank.take(order_xml(amount="2500.01")).status == 409
    assert totals(bank) == DONE_ONCE


def test_silence_before_the_effect_leaves_none(open_bank):
    bank = open_bank(timeout_before_effect=1.0)

    assert bank.take(order_xml()) is SILENCE
    assert bank.tell("pi_1").status == 404
    assert b"NOOR" in bank.tell("pi_1").body
    assert totals(bank)["payments"] == 0


def test_silence_after_the_effect_leaves_one(open_bank):
    bank = open_bank(timeout_after_effect=1.0)

    assert bank.take(order_xml()) is SILENCE
    assert b"ACSC" in bank.tell("pi_1").body
    assert totals(bank) == DONE_ONCE


def test_a_forgetful_bank_calls_the_second_order_a_duplicate_and_then_remembers(open_bank, path):
    bank = open_bank(duplicate=1.0)
    bank.take(order_xml())

    assert bank.tell("pi_1").status == 404
    assert b"DUPL" in bank.take(order_xml()).body
    assert b"ACSC" in bank.tell("pi_1").body
    assert totals(bank) == DONE_ONCE
    assert events(path) == ["booked", LIED, REPEATED]


def test_a_late_payment_is_done_after_one_to_three_questions(open_bank):
    bank = open_bank(late=1.0)
    questions = Mischief(20261124).questions("pi_1")

    assert ACCEPTED.encode() in bank.take(order_xml()).body
    said = [DONE.encode() in bank.tell("pi_1").body for _ in range(3)]

    assert said == [False] * (questions - 1) + [True] * (4 - questions)


def test_a_refusal_is_final(open_bank):
    bank = open_bank(refuse=1.0)

    for reply in (bank.take(order_xml()), bank.take(order_xml()), bank.tell("pi_1")):
        assert b"<TxSts>RJCT</TxSts>" in reply.body
        assert b"<Cd>AC04</Cd>" in reply.body
    assert totals(bank) == {"payments": 1, "done": 0, "refused": 1, "done_minor": 0}


def test_the_books_survive_a_kill_in_the_middle_of_a_line(open_bank, path):
    first = open_bank(late=1.0)
    first.take(order_xml())
    for _ in range(3):
        first.tell("pi_1")
    first.take(order_xml("pi_2"))
    with path.open("ab") as journal:
        journal.write(b'{"event": "booked", "end_to_end_id": "pi_3", "deb')

    again = open_bank()
    again.take(order_xml("pi_4"))
    third = open_bank()

    assert totals(third) == {"payments": 3, "done": 2, "refused": 0, "done_minor": 500_000}
    assert ACCEPTED.encode() not in third.tell("pi_1").body
    assert third.tell("pi_3").status == 404
    assert b"<AcctSvcrRef>bk000000003</AcctSvcrRef>" in third.tell("pi_4").body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        order_xml(amount="0.00"),
        order_xml(amount="-1.00"),
        order_xml(amount="1.001"),
        order_xml(amount="١.00"),
        order_xml(number="pi 1"),
        order_xml(number="p" * 36),
        order_xml(creditor="lender-1"),
        order_xml(more='<InstdAmt Ccy="CNY">1.00</InstdAmt>'),
        order_xml(more="<EndToEndId>pi_2</EndToEndId>"),
        order_xml(space="urn:other"),
        b'<!DOCTYPE d [<!ENTITY a "b">]>' + order_xml(),
        ('<!DOCTYPE d [<!ENTITY a "b">]>' + order_xml().decode()).encode("utf-16-le"),
        order_xml().replace(b'Ccy="CNY"', b'Ccy="USD"'),
    ],
)
def test_an_order_that_is_not_clear_is_refused_and_leaves_nothing(open_bank, body):
    bank = open_bank()

    assert bank.take(body).status == 400
    assert totals(bank)["payments"] == 0


def test_a_collection_is_told_from_a_payout():
    assert read_order(order_xml(space=COLLECTION)).kind == "collection"
    with pytest.raises(BadOrder):
        read_order(order_xml(space=PAYOUT + "0"))


def test_the_same_seed_lies_about_the_same_payments():
    def struck(seed):
        return [n for n in range(2_000) if Mischief(seed, late=0.3).happens("late", f"pi_{n}")]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 540 <= len(struck(1)) <= 660


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_lies_between_0_and_1(probability):
    with pytest.raises(ValueError, match="probability"):
        Mischief(late=probability)
