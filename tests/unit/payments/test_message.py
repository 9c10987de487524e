"""What we write a bank reads; what a bank says is a yes only when it is one."""

from datetime import UTC, date, datetime

import pytest

from tongtu.kernel.errors import Conflict
from tongtu.payments.message import PACS_002, read_status, write_payment
from tongtu.payments.model import (
    Answer,
    PaymentKind,
    PaymentState,
    Saying,
    Wire,
    check_move,
    state_after,
)
from tongtu.payments.reader import TEXT_MAX, BadMessage
from tongtu.simulators.bank.books import Order, Payment
from tongtu.simulators.bank.message import read_order, write_refusal, write_status

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def wire(kind=PaymentKind.PAYOUT, creditor="pt_b"):
    return Wire("pi_0", kind, "lender-1", creditor, 3_000_005, date(2026, 11, 24))


def report(fields, space=PACS_002):
    return f'<Document xmlns="{space}"><A>{fields}</A></Document>'.encode()


def payment(status, reason=None, number="pi_0"):
    order = Order(number, "payout", "lender-1", "pt_b", 3_000_005, "CNY")
    return Payment(order, "bk1", status, reason, 0)


@pytest.mark.parametrize("kind", list(PaymentKind))
def test_the_bank_reads_the_payment_we_wrote(kind):
    order = read_order(write_payment(wire(kind, "pt_<a>&b"), AT))

    # To a bank, whatever does not leave the lender is a debit of the other side.
    is_outgoing = kind in {PaymentKind.PAYOUT, PaymentKind.REFUND, PaymentKind.MERCHANT_PAYBACK}
    read_as = "payout" if is_outgoing else "collection"
    assert order == Order("pi_0", read_as, "lender-1", "pt_<a>&b", 3_000_005, "CNY", "2026-11-24")


def test_a_payout_is_a_pain_001_with_its_amount_in_yuan_and_its_day():
    text = write_payment(wire(), AT).decode()

    assert 'xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"' in text
    assert '<InstdAmt Ccy="CNY">30000.05</InstdAmt>' in text
    assert "<ReqdExctnDt><Dt>2026-11-24</Dt></ReqdExctnDt>" in text


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (write_status(payment("ACSC"), AT), Answer(Saying.YES, None, "bk1", 3_000_005)),
        (write_status(payment("RJCT", "AC04"), AT), Answer(Saying.NO, "AC04", "bk1")),
        (write_status(payment("ACSP"), AT), Answer(Saying.ACCEPTED, "ACSP", "bk1")),
        (
            write_refusal("pi_0", reason="DUPL", status="RJCT", at=AT),
            Answer(Saying.UNKNOWN, "DUPL"),
        ),
        (
            write_refusal("pi_0", reason="NOOR", status=None, at=AT),
            Answer(Saying.NOT_KNOWN, "NOOR"),
        ),
        (
            report("<OrgnlEndToEndId>pi_0</OrgnlEndToEndId>"),
            Answer(Saying.UNKNOWN, "no status"),
        ),
    ],
)
def test_only_settlement_is_a_yes_and_a_refused_duplicate_is_not_a_no(body, answer):
    assert read_status(body, "pi_0") == answer


YES = "<OrgnlEndToEndId>pi_0</OrgnlEndToEndId><TxSts>ACSC</TxSts>"
AMOUNT = '<IntrBkSttlmAmt Ccy="CNY">1.00</IntrBkSttlmAmt>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"\xff\xfe<\x00",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        report(YES),
        report("<TxSts>ACSC</TxSts>" + AMOUNT),
        report(YES + AMOUNT, space="urn:other"),
        report(YES + AMOUNT + "<TxSts>RJCT</TxSts>"),
        report(YES + AMOUNT) + b"<more/>",
        report(YES + AMOUNT.replace("1.00", "1e2")),
        report(YES + AMOUNT.replace("CNY", "USD")),
        report(YES + AMOUNT.replace(' Ccy="CNY"', "")),
        report(YES + AMOUNT.replace(' Ccy="CNY"', "") + '<Other Ccy="CNY"/>'),
        b'<!DOCTYPE d [<!ENTITY a "ACSC">]>' + report(YES.replace("ACSC", "&a;") + AMOUNT),
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd">' + report(YES + AMOUNT),
        ('<!DOCTYPE d [<!ENTITY a "b">]>' + report(YES + AMOUNT).decode()).encode("utf-16"),
        report("<A>" * 30 + "</A>" * 30),
        report("<A/>" * 600),
        report("<B>" + "x" * (TEXT_MAX + 1) + "</B>" + YES + AMOUNT),
        write_status(payment("ACSC", number="pi_1"), AT),
    ],
)
def test_a_hostile_or_foreign_answer_is_never_a_yes(body):
    with pytest.raises(BadMessage):
        read_status(body, "pi_0")


def test_a_long_text_up_to_the_bound_is_read():
    body = report("<B>" + "x" * TEXT_MAX + "</B>" + YES + AMOUNT)

    assert read_status(body, "pi_0") == Answer(Saying.YES, None, None, 100)


S = PaymentState
YES_500 = Answer(Saying.YES, amount_minor=500)


@pytest.mark.parametrize(
    ("old", "answer", "state"),
    [
        (S.SENT, YES_500, S.SETTLED),
        (S.SENT, Answer(Saying.YES, amount_minor=499), S.UNKNOWN),
        (S.SENT, Answer(Saying.YES), S.UNKNOWN),
        (S.SENT, Answer(Saying.NO), S.REJECTED),
        (S.SENT, Answer(Saying.ACCEPTED), S.ACCEPTED),
        (S.SENT, Answer(Saying.UNKNOWN), S.UNKNOWN),
        (S.SENT, Answer(Saying.NOT_KNOWN), S.UNKNOWN),
        (S.UNKNOWN, YES_500, S.SETTLED),
        (S.UNKNOWN, Answer(Saying.UNKNOWN), S.UNKNOWN),
        (S.ACCEPTED, Answer(Saying.UNKNOWN), S.ACCEPTED),
        (S.ACCEPTED, Answer(Saying.NOT_KNOWN), S.ACCEPTED),
        (S.ACCEPTED, Answer(Saying.NO), S.REJECTED),
        (S.SETTLED, Answer(Saying.NO), S.SETTLED),
        (S.SETTLED, Answer(Saying.ACCEPTED), S.SETTLED),
        (S.REJECTED, Answer(Saying.ACCEPTED), S.REJECTED),
        (S.REJECTED, YES_500, S.DISPUTED),
        (S.DISPUTED, YES_500, S.DISPUTED),
        (S.RETURNED, YES_500, S.RETURNED),
    ],
)
def test_an_answer_takes_a_payment_of_500_to(old, answer, state):
    assert state_after(old, answer, 500) is state


def test_an_end_leads_nowhere_but_to_a_return_or_a_dispute_and_a_dispute_to_its_verdict():
    allowed = {(S.SETTLED, S.RETURNED), (S.REJECTED, S.DISPUTED)}
    allowed |= {(S.DISPUTED, end) for end in (S.SETTLED, S.REJECTED, S.RETURNED)}
    for old in (S.SETTLED, S.REJECTED, S.RETURNED, S.DISPUTED):
        for new in PaymentState:
            if (old, new) in allowed:
                assert check_move(old, new) is new
            else:
                with pytest.raises(Conflict):
                    check_move(old, new)
