from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tongtu.kernel.errors import Conflict
from tongtu.payments.message import BadMessage, read_status, write_payment
from tongtu.payments.model import (
    Answer,
    PaymentKind,
    PaymentState,
    Saying,
    Wire,
    check_move,
)
from tongtu.simulators.bank.book import Entry, Order, Status
from tongtu.simulators.bank.message import read_order, write_status

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


@pytest.mark.parametrize("kind", list(PaymentKind))
def test_the_bank_reads_the_payment_we_wrote(kind):
    wire = Wire("pi_0", kind, "lender-1", "pt_<a>&b", 3_000_005, date(2026, 11, 24))

    order = read_order(write_payment(wire, AT))

    assert order == Order("pi_0", "lender-1", "pt_<a>&b", 3_000_005)


@pytest.mark.parametrize(
    ("status", "reason", "answer"),
    [
        (Status.SETTLED, None, Answer(Saying.YES, "SIM-pi_0", None)),
        (Status.REJECTED, "AM04", Answer(Saying.NO, "SIM-pi_0", "AM04")),
        (Status.PENDING, None, Answer(Saying.UNKNOWN, "SIM-pi_0", "PDNG")),
        (Status.REJECTED, "AM05", Answer(Saying.UNKNOWN, None, "duplicate")),
    ],
)
def test_only_settlement_is_a_yes_and_a_refused_duplicate_is_not_a_no(status, reason, answer):
    entry = Entry(Order("pi_0", "a", "b", 1), status, reason)

    assert read_status(write_status(entry), "pi_0") == answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"\xff\xfe<\x00",
        f'<Document xmlns="{SPACE}"><TxSts>ACSC</TxSts></Document>'.encode(),
        b"<Document><OrgnlEndToEndId>pi_0</OrgnlEndToEndId><TxSts>ACSC</TxSts></Document>",
        f'<!DOCTYPE d [<!ENTITY a "ACSC">]><Document xmlns="{SPACE}"><OrgnlEndToEndId>pi_0'
        "</OrgnlEndToEndId><TxSts>&a;</TxSts></Document>".encode(),
        f'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document xmlns="{SPACE}"/>'.encode(),
        (f'<Document xmlns="{SPACE}">' + "<A>" * 30 + "</A>" * 30 + "</Document>").encode(),
        (f'<Document xmlns="{SPACE}">' + "<A/>" * 600 + "</Document>").encode(),
        (f'<Document xmlns="{SPACE}"><A>' + "x" * 3000 + "</A></Document>").encode(),
    ],
)
def test_a_hostile_or_foreign_answer_is_never_a_yes(body):
    with pytest.raises(BadMessage):
        read_status(body, "pi_0")


def test_a_status_about_another_payment_is_refused():
    told = write_status(Entry(Order("pi_1", "a", "b", 1), Status.SETTLED))

    with pytest.raises(BadMessage):
        read_status(told, "pi_0")


def test_what_the_bank_decided_is_final_and_an_unknown_is_asked_again():
    assert check_move(PaymentState.UNKNOWN, PaymentState.SENT) is PaymentState.SENT
    for final in (PaymentState.CONFIRMED, PaymentState.FAILED):
        for state in PaymentState:
            with pytest.raises(Conflict):
                check_move(final, state)
