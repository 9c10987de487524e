"""ISO 20022 messages, written and read. The reader refuses what a bank has no reason to send."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime
from xml.parsers import expat

from tongtu.kernel.money import MINOR_PER_MAJOR, parse_minor
from tongtu.payments.model import CURRENCY, Answer, PaymentKind, Saying, Wire

PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PAIN_008 = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
PACS_002 = "urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"
CURRENCY_ATTRIBUTE = "Ccy"
DEPTH_MAX = 16
ELEMENTS_MAX = 500
TEXT_MAX = 2_000
# Only settlement is a yes: an accepted order (ACCP, ACSP) or a pending one may still be refused.
_SAYINGS = {"ACSC": Saying.YES, "ACCC": Saying.YES, "RJCT": Saying.NO}
# "Duplicate" refuses the second message, not the payment; "no original" means never heard of it.
DUPLICATES, NO_ORIGINAL = frozenset({"DUPL", "AM05"}), "NOOR"


class BadMessage(ValueError):
    """A message that is not what the standard or the question allows."""


def write_payment(wire: Wire, at: datetime) -> bytes:
    """Return the message of one payment: pain.001 for a payout, pain.008 for a collection."""
    is_payout = wire.kind is PaymentKind.PAYOUT
    document = ET.Element("Document", xmlns=PAIN_001 if is_payout else PAIN_008)
    root = ET.SubElement(document, "CstmrCdtTrfInitn" if is_payout else "CstmrDrctDbtInitn")
    number, amount = wire.end_to_end_id, ET.Element("InstdAmt", Ccy=wire.currency)
    amount.text = f"{wire.amount_minor // MINOR_PER_MAJOR}.{wire.amount_minor % MINOR_PER_MAJOR:02}"
    _put(root, "GrpHdr/MsgId", number)
    _put(root, "GrpHdr/CreDtTm", at.isoformat(timespec="seconds"))
    _put(root, "GrpHdr/NbOfTxs", "1")
    _put(root, "GrpHdr/InitgPty/Nm", "Tongtu")
    _put(root, "PmtInf/PmtInfId", number)
    day = wire.value_date.isoformat()
    if is_payout:
        _put(root, "PmtInf/PmtMtd", "TRF")
        _put(root, "PmtInf/ReqdExctnDt/Dt", day)
        _put(root, "PmtInf/DbtrAcct/Id/Othr/Id", wire.debtor)
        _put(root, "PmtInf/CdtTrfTxInf/PmtId/EndToEndId", number)
        _place(root, "PmtInf/CdtTrfTxInf/Amt").append(amount)
        _put(root, "PmtInf/CdtTrfTxInf/CdtrAcct/Id/Othr/Id", wire.creditor)
    else:
        _put(root, "PmtInf/PmtMtd", "DD")
        _put(root, "PmtInf/ReqdColltnDt", day)
        _put(root, "PmtInf/CdtrAcct/Id/Othr/Id", wire.creditor)
        _put(root, "PmtInf/DrctDbtTxInf/PmtId/EndToEndId", number)
        _place(root, "PmtInf/DrctDbtTxInf").append(amount)
        _put(root, "PmtInf/DrctDbtTxInf/DbtrAcct/Id/Othr/Id", wire.debtor)
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written


def read_status(body: bytes, end_to_end_id: str, currency: str = CURRENCY) -> Answer:
    """Return what a pacs.002 says about the payment.

    Raises:
        BadMessage: not a status report, about another payment or in another
            currency, or of a hostile shape.
    """
    fields = read_fields(body, PACS_002)
    if fields.get("OrgnlEndToEndId") != end_to_end_id:
        raise BadMessage("a status about another payment")
    status, reason = fields.get("TxSts", ""), fields.get("Cd")
    saying = _SAYINGS.get(status, Saying.UNKNOWN)
    if reason == NO_ORIGINAL and not status:
        saying = Saying.NOT_KNOWN
    elif reason in DUPLICATES:
        saying = Saying.UNKNOWN
    return Answer(
        saying,
        reason=reason or (None if saying is Saying.YES else status or "no status"),
        reference=fields.get("AcctSvcrRef"),
        amount_minor=_amount(fields, currency) if saying is Saying.YES else None,
    )


def read_fields(body: bytes, namespace: str) -> dict[str, str]:
    """Return the texts of a message about one payment, by element name, and their currencies.

    Raises:
        BadMessage: not XML, another namespace, a document type, a name twice, or beyond a bound.
    """
    reader = _Reader(namespace)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise BadMessage(str(fault)[:100]) from None
    return reader.fields


class _Reader:
    def __init__(self, namespace: str) -> None:
        self.fields: dict[str, str] = {}
        self._prefix = f"{namespace} "
        self._open: list[str] = []
        self._texts: list[str] = []
        self._length = self._elements = 0

    def refuse(self, *_: object) -> None:
        raise BadMessage("a message declares nothing")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if not name.startswith(self._prefix):
            raise BadMessage("a message of another kind")
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise BadMessage("a message beyond its bounds")
        self._open.append(name.removeprefix(self._prefix))
        if CURRENCY_ATTRIBUTE in attributes:
            self._keep(f"{self._open[-1]}/{CURRENCY_ATTRIBUTE}", attributes[CURRENCY_ATTRIBUTE])
        self._texts, self._length = [], 0

    def end(self, _: str) -> None:
        name, text = self._open.pop(), "".join(self._texts).strip()
        self._texts, self._length = [], 0
        if text:
            self._keep(name, text)

    def _keep(self, name: str, text: str) -> None:
        if name in self.fields:
            raise BadMessage(f"{name} is said twice")
        self.fields[name] = text

    def text(self, data: str) -> None:
        self._length += len(data)
        if self._length > TEXT_MAX:
            raise BadMessage("a message beyond its bounds")
        self._texts.append(data)


def _amount(fields: dict[str, str], currency: str) -> int:
    if fields.get(f"IntrBkSttlmAmt/{CURRENCY_ATTRIBUTE}") != currency:
        raise BadMessage("a settlement in another currency")
    try:
        return parse_minor(fields.get("IntrBkSttlmAmt", ""))
    except ValueError:
        raise BadMessage("a settlement without its amount") from None


def _place(root: ET.Element, path: str) -> ET.Element:
    for name in path.split("/"):
        found = root.find(name)
        root = ET.SubElement(root, name) if found is None else found
    return root


def _put(root: ET.Element, path: str, text: str) -> None:
    _place(root, path).text = text
