"""ISO 20022 messages, written and read. The reader refuses what a bank has no reason to send."""

from __future__ import annotations

from datetime import datetime
from xml.parsers import expat
from xml.sax.saxutils import escape

from tongtu.kernel.money import MINOR_PER_MAJOR
from tongtu.payments.model import Answer, PaymentKind, Saying, Wire

PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
PAIN_008 = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
DEPTH_MAX = 16
ELEMENTS_MAX = 500
TEXT_MAX = 2_000
# ExternalPaymentTransactionStatus1Code. Only settlement at the creditor is a yes: an accepted
# order (ACCP, ACSP) or a pending one may still be refused.
_SAYINGS = {"ACSC": Saying.YES, "ACCC": Saying.YES, "RJCT": Saying.NO}
# "You sent this before" is a refusal of the second message, not of the payment.
_DUPLICATE_REASONS = frozenset({"AM05", "DUPL"})


class BadMessage(ValueError):
    """A message that is not what the standard or the question allows."""


def write_payment(wire: Wire, at: datetime) -> bytes:
    """Return the message of one payment: pain.001 for a payout, pain.008 for a collection."""
    collect = wire.kind is PaymentKind.COLLECTION
    name, body = ("CstmrDrctDbtInitn", "DrctDbtTxInf") if collect else ("CstmrCdtTrfInitn", "")
    amount = f"{wire.amount_minor // MINOR_PER_MAJOR}.{wire.amount_minor % MINOR_PER_MAJOR:02d}"
    number = escape(wire.end_to_end_id)
    money = f'<InstdAmt Ccy="{escape(wire.currency)}">{amount}</InstdAmt>'
    header = (
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{at.isoformat(timespec='seconds')}</CreDtTm>"
        "<NbOfTxs>1</NbOfTxs><InitgPty><Nm>Tongtu</Nm></InitgPty></GrpHdr>"
    )
    identity = f"<PmtId><EndToEndId>{number}</EndToEndId></PmtId>"
    debtor, creditor = _account("Dbtr", wire.debtor), _account("Cdtr", wire.creditor)
    day = wire.value_date.isoformat()
    if collect:
        info = (
            f"<PmtInf><PmtInfId>{number}</PmtInfId><PmtMtd>DD</PmtMtd>"
            f"<ReqdColltnDt>{day}</ReqdColltnDt>{creditor}"
            f"<{body}>{identity}{money}{debtor}</{body}></PmtInf>"
        )
    else:
        info = (
            f"<PmtInf><PmtInfId>{number}</PmtInfId><PmtMtd>TRF</PmtMtd>"
            f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>{debtor}"
            f"<CdtTrfTxInf>{identity}<Amt>{money}</Amt>{creditor}</CdtTrfTxInf></PmtInf>"
        )
    space = PAIN_008 if collect else PAIN_001
    text = f'<Document xmlns="{space}"><{name}>{header}{info}</{name}></Document>'
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode()


def read_status(body: bytes, end_to_end_id: str) -> Answer:
    """Return what a pain.002 says about the payment.

    Raises:
        BadMessage: not a status report, about another payment, or of a hostile shape.
    """
    fields = read_fields(body, PAIN_002)
    if fields.get("OrgnlEndToEndId") != end_to_end_id:
        raise BadMessage("a status about another payment")
    status = fields.get("TxSts", "")
    if fields.get("Cd") in _DUPLICATE_REASONS:
        return Answer(Saying.UNKNOWN, reason="duplicate")
    return Answer(
        _SAYINGS.get(status, Saying.UNKNOWN),
        reference=fields.get("AcctSvcrRef"),
        reason=fields.get("Cd") or (None if status in _SAYINGS else status or "no status"),
    )


def read_fields(body: bytes, namespace: str) -> dict[str, str]:
    """Return the texts of a flat message by element name; the first of a name counts.

    Raises:
        BadMessage: not XML, another namespace, a document type, or beyond a bound.
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
    except expat.ExpatError as fault:
        raise BadMessage(f"not XML: {expat.errors.messages.get(fault.code, 'broken')}") from None
    return reader.fields


class _Reader:
    def __init__(self, namespace: str) -> None:
        self.fields: dict[str, str] = {}
        self._prefix = f"{namespace} "
        self._open: list[str] = []
        self._texts: list[str] = []
        self._elements = 0

    def refuse(self, *_: object) -> None:
        raise BadMessage("a message declares nothing")

    def start(self, name: str, _: dict[str, str]) -> None:
        self._elements += 1
        if not name.startswith(self._prefix):
            raise BadMessage("a message of another kind")
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise BadMessage("a message beyond its bounds")
        self._open.append(name.removeprefix(self._prefix))
        self._texts = []

    def end(self, _: str) -> None:
        name, text = self._open.pop(), "".join(self._texts).strip()
        self._texts = []
        if text:
            self.fields.setdefault(name, text)

    def text(self, data: str) -> None:
        self._texts.append(data)
        if sum(map(len, self._texts)) > TEXT_MAX:
            raise BadMessage("a message beyond its bounds")


def _account(role: str, name: str) -> str:
    account = f"<Id><Othr><Id>{escape(name)}</Id></Othr></Id>"
    return f"<{role}Acct>{account}</{role}Acct>"
