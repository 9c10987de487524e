"""Every message follows its ISO 20022 schema: names, order, lengths, patterns, what must be there.

The oracle are the classes that pyiso20022 generates from the published schemas: a message is read
into them strictly, each of their constraints is checked, and written again it is the same XML.
"""

import dataclasses
import io
import re
import typing
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pyiso20022.camt.camt_053_001_08 import Document as Camt053
from pyiso20022.camt.camt_054_001_08 import Document as Camt054
from pyiso20022.pacs.pacs_002_001_10 import Document as Pacs002
from pyiso20022.pacs.pacs_004_001_09 import Document as Pacs004
from pyiso20022.pain.pain_001_001_09 import Document as Pain001
from pyiso20022.pain.pain_008_001_09 import Document as Pain008
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

from tongtu.payments.matching import Entry
from tongtu.payments.message import read_return, write_payment
from tongtu.payments.model import PaymentKind, Returned, Wire
from tongtu.payments.reader import BadMessage
from tongtu.payments.statement import read_notification, read_statement
from tongtu.simulators.bank.books import Line, Order, Payment
from tongtu.simulators.bank.message import write_refusal, write_return, write_status
from tongtu.simulators.bank.statement import write_notification, write_statement

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
NUMBER = "pi_0123456789abc"
PAID = Payment(
    Order(NUMBER, "payout", "lender-1", "pt_b", 3_000_005, "CNY"), "bk000000001", "ACSC", None, 0
)
OUT = Line("bk000000001", "lender-1", -3_000_005, "2026-11-24", NUMBER, False, None)
BACK = Line("mv000000002", "lender-1", 3_000_005, "2026-11-24", NUMBER, True, "AC06")
CHARGED = replace(BACK, amount_minor=2_999_705, charge_minor=300)
FEE = Line("mv000000003", "lender-1", -200, "2026-11-24", "", False, None)


def wire(kind, mandate=None):
    return Wire(NUMBER, kind, "lender-1", "pt_b", 3_000_005, DAY, mandate=mandate)


MESSAGES = {
    "pain.001": (Pain001, write_payment(wire(PaymentKind.PAYOUT), AT)),
    "pain.008": (Pain008, write_payment(wire(PaymentKind.COLLECTION), AT)),
    "pain.008 under a mandate": (
        Pain008,
        write_payment(wire(PaymentKind.COLLECTION, "md_0123456789abc"), AT),
    ),
    "pacs.002 settled": (Pacs002, write_status(PAID, AT)),
    "pacs.002 refused": (Pacs002, write_refusal(NUMBER, reason="AC04", status="RJCT", at=AT)),
    "pacs.002 never heard of": (Pacs002, write_refusal(NUMBER, reason="NOOR", status=None, at=AT)),
    "pacs.004": (Pacs004, write_return(PAID, BACK, AT)),
    "pacs.004 less a charge": (Pacs004, write_return(PAID, CHARGED, AT)),
    "camt.053 of a return less a charge": (
        Camt053,
        write_statement("lender-1", DAY, 0, [CHARGED], AT),
    ),
    "camt.053": (Camt053, write_statement("lender-1", DAY, 100, [OUT, BACK, FEE], AT)),
    "camt.053 of a quiet day": (Camt053, write_statement("lender-1", DAY, -100, [], AT)),
    "camt.054": (Camt054, write_notification(OUT, AT)),
    "camt.054 of a return": (Camt054, write_notification(BACK, AT)),
}


def plain(body):
    """Return the message in canonical form, instants with one spelling of their zone."""
    text = ET.canonicalize(body, strip_text=True, rewrite_prefixes=True)
    return re.sub(r"(\.\d+)?\+00:00<|(\.\d+)?Z<", "Z<", text)


def faults(value, path=""):
    """Yield every constraint of the schema that a value breaks."""
    for field in dataclasses.fields(value):
        found, rule = getattr(value, field.name), field.metadata
        here = f"{path}/{rule.get('name', field.name)}"
        if rule.get("required") and found is None:
            yield f"{here} is missing"
        for one in found if isinstance(found, list) else [found]:
            if dataclasses.is_dataclass(one):
                yield from faults(one, here)
            elif isinstance(one, str):
                if len(one) > rule.get("max_length", len(one)):
                    yield f"{here} is too long"
                if len(one) < rule.get("min_length", 0):
                    yield f"{here} is too short"
                if "pattern" in rule and not re.fullmatch(rule["pattern"], one):
                    yield f"{here} has another form"
        if isinstance(found, list) and len(found) < rule.get("min_occurs", 0):
            yield f"{here} stands too seldom"


def read(kind, body):
    parser = XmlParser(config=ParserConfig(fail_on_unknown_properties=True))
    return parser.parse(io.BytesIO(body), kind)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_follows_its_schema(name):
    kind, body = MESSAGES[name]

    document = read(kind, body)

    assert list(faults(document)) == []
    again = XmlSerializer().render(document, ns_map={None: kind.Meta.namespace})
    # The classes write in the schema's own order and only what they have read: nothing got lost.
    assert plain(again) == plain(body)


def test_the_check_itself_finds_what_is_wrong():
    kind, body = MESSAGES["pain.001"]

    long = body.replace(NUMBER.encode(), b"x" * 36)
    assert any("too long" in fault for fault in faults(read(kind, long)))
    swapped = body.replace(b"<PmtMtd>TRF</PmtMtd>", b"").replace(
        b"<DbtrAgt>", b"<PmtMtd>TRF</PmtMtd><DbtrAgt>"
    )
    document = read(kind, swapped)
    again = XmlSerializer().render(document, ns_map={None: kind.Meta.namespace})
    assert plain(again) != plain(swapped)
    with pytest.raises(Exception, match="Unknown property"):
        read(kind, body.replace(b"PmtMtd>", b"PmtWay>"))
    assert typing.get_type_hints(kind)


def test_what_the_bank_writes_about_an_account_is_read_to_the_fen():
    statement = read_statement(MESSAGES["camt.053"][1], "lender-1", DAY)

    assert (statement.opening_minor, statement.closing_minor) == (100, -100)
    assert statement.entries == (
        Entry("bk000000001", NUMBER, -3_000_005, DAY),
        Entry("mv000000002", NUMBER, 3_000_005, DAY, True, "AC06"),
        Entry("mv000000003", "", -200, DAY),
    )
    assert read_notification(MESSAGES["camt.054"][1]) == ("lender-1", statement.entries[0])
    assert read_return(MESSAGES["pacs.004"][1]) == Returned(NUMBER, 3_000_005, "AC06")


def test_a_return_less_a_charge_is_read_with_what_was_kept():
    message = read_return(MESSAGES["pacs.004 less a charge"][1])
    [entry] = read_statement(
        MESSAGES["camt.053 of a return less a charge"][1], "lender-1", DAY
    ).entries

    assert message == Returned(NUMBER, 2_999_705, "AC06", 300)
    assert (message.whole_minor, entry.whole_minor) == (3_000_005, 3_000_005)
    assert entry == Entry("mv000000002", NUMBER, 2_999_705, DAY, True, "AC06", 300)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<Id>lender-1</Id>", b"<Id>lender-2</Id>"),
        (b"<Dt>2026-11-24</Dt>", b"<Dt>2026-11-25</Dt>"),
        (b"<Cd>CLBD</Cd>", b"<Cd>ITBD</Cd>"),
        (b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"),
        (b'Ccy="CNY">30000.05', b'Ccy="CNY">30000.06'),
        (b'Ccy="CNY">2.00', b'Ccy="USD">2.00'),
        (b'Ccy="CNY">2.00', b'Ccy="CNY">-2.00'),
        (b"<CdtDbtInd>DBIT</CdtDbtInd>", b"<CdtDbtInd>BOTH</CdtDbtInd>"),
        (b"mv000000003", b"mv000000002"),
        (b"+00:00</CreDtTm>", b"</CreDtTm>"),
        (b"<BkToCstmrStmt>", b"<!DOCTYPE a><BkToCstmrStmt>"),
    ],
)
def test_a_statement_that_is_not_whole_is_none(old, new):
    body = MESSAGES["camt.053"][1]
    at = body.rfind(old) if old.startswith(b"+00") else body.find(old)
    assert at >= 0
    changed = (
        body.replace(old, new) if b"Dt>" in old or old == b"mv000000003"
        else body[:at] + new + body[at + len(old):]
    )  # fmt: skip

    with pytest.raises(BadMessage):
        read_statement(changed, "lender-1", DAY)
