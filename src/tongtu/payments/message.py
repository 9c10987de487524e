"""ISO 20022 messages about one payment: pain.001, pain.008 out; pacs.002, pacs.004 in."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime

from tongtu.kernel.money import MINOR_PER_MAJOR, parse_minor
from tongtu.payments.model import CURRENCY, OUTGOING, Answer, Returned, Saying, Wire
from tongtu.payments.reader import BadMessage, read_tree, sole, wanted

SCHEMAS = "urn:iso:std:iso:20022:tech:xsd:"
PAIN_001 = f"{SCHEMAS}pain.001.001.09"
PAIN_008 = f"{SCHEMAS}pain.008.001.09"
PACS_002 = f"{SCHEMAS}pacs.002.001.10"
PACS_004 = f"{SCHEMAS}pacs.004.001.09"
CURRENCY_ATTRIBUTE = "Ccy"
# Only settlement is a yes: an accepted order or a pending one may still be refused.
_SAYINGS = {
    "ACSC": Saying.YES,
    "ACCC": Saying.YES,
    "RJCT": Saying.NO,
    **dict.fromkeys(("RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACFC"), Saying.ACCEPTED),
}
# "Duplicate" refuses the second message, not the payment; "no original" means never heard of it.
DUPLICATES, NO_ORIGINAL = frozenset({"DUPL", "AM05"}), "NOOR"
# The scheme's own word for the one bank that both sides have their accounts with.
AGENT = "TONGTU-RAIL"


def write_payment(wire: Wire, at: datetime) -> bytes:
    """Return the message of one payment: pain.001 for what leaves, pain.008 for a collection."""
    is_outgoing = wire.kind in OUTGOING
    document = ET.Element("Document", xmlns=PAIN_001 if is_outgoing else PAIN_008)
    root = ET.SubElement(document, "CstmrCdtTrfInitn" if is_outgoing else "CstmrDrctDbtInitn")
    _put(root, "GrpHdr/MsgId", wire.end_to_end_id)
    _put(root, "GrpHdr/CreDtTm", at.isoformat(timespec="seconds"))
    _put(root, "GrpHdr/NbOfTxs", "1")
    _put(root, "GrpHdr/InitgPty/Nm", "Tongtu")
    _put(root, "PmtInf/PmtInfId", wire.end_to_end_id)
    (_put_transfer if is_outgoing else _put_debit)(root, wire)
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written


def _put_transfer(root: ET.Element, wire: Wire) -> None:
    _put(root, "PmtInf/PmtMtd", "TRF")
    _put(root, "PmtInf/ReqdExctnDt/Dt", wire.value_date.isoformat())
    _put_party(root, "PmtInf/Dbtr", wire.debtor)
    _put(root, "PmtInf/DbtrAgt/FinInstnId/Nm", AGENT)
    one = "PmtInf/CdtTrfTxInf"
    _put(root, f"{one}/PmtId/EndToEndId", wire.end_to_end_id)
    _place(root, f"{one}/Amt").append(_amount_of(wire))
    _put_party(root, f"{one}/Cdtr", wire.creditor)


def _put_debit(root: ET.Element, wire: Wire) -> None:
    _put(root, "PmtInf/PmtMtd", "DD")
    _put(root, "PmtInf/ReqdColltnDt", wire.value_date.isoformat())
    _put_party(root, "PmtInf/Cdtr", wire.creditor)
    _put(root, "PmtInf/CdtrAgt/FinInstnId/Nm", AGENT)
    one = "PmtInf/DrctDbtTxInf"
    _put(root, f"{one}/PmtId/EndToEndId", wire.end_to_end_id)
    _place(root, one).append(_amount_of(wire))
    if wire.mandate:
        _put(root, f"{one}/DrctDbtTx/MndtRltdInf/MndtId", wire.mandate)
    _put(root, f"{one}/DbtrAgt/FinInstnId/Nm", AGENT)
    _put_party(root, f"{one}/Dbtr", wire.debtor)


def read_status(body: bytes, end_to_end_id: str, currency: str = CURRENCY) -> Answer:
    """Return what a pacs.002 says about the payment.

    Raises:
        BadMessage: not a status report, about another payment or in another
            currency, or of a hostile shape.
    """
    number, answer = read_report(body, currency)
    if number != end_to_end_id:
        raise BadMessage("a status about another payment")
    return answer


def read_report(body: bytes, currency: str = CURRENCY) -> tuple[str, Answer]:
    """Return which payment a pacs.002 is about, and what it says. Raises BadMessage."""
    _, root = read_tree(body, {PACS_002})
    number = wanted(root, ".//OrgnlEndToEndId")
    status, reason = sole(root, ".//TxSts") or "", sole(root, ".//Cd")
    saying = _SAYINGS.get(status, Saying.UNKNOWN)
    if reason == NO_ORIGINAL and not status:
        saying = Saying.NOT_KNOWN
    elif reason in DUPLICATES:
        saying = Saying.UNKNOWN
    is_yes = saying is Saying.YES
    return number, Answer(
        saying,
        reason=reason or (None if is_yes else status or "no status"),
        reference=sole(root, ".//AcctSvcrRef"),
        amount_minor=read_amount(root, ".//IntrBkSttlmAmt", currency) if is_yes else None,
    )


def read_return(body: bytes, currency: str = CURRENCY) -> Returned:
    """Return which payment a pacs.004 brings back, how much of it, and what was kept of it.

    Raises BadMessage.
    """
    _, root = read_tree(body, {PACS_004})
    charges = [read_amount(one, "Amt", currency) for one in root.findall(".//ChrgsInf")]
    if any(charge_minor < 0 for charge_minor in charges):
        raise BadMessage("a charge is not below zero")
    return Returned(
        wanted(root, ".//OrgnlEndToEndId"),
        read_amount(root, ".//RtrdIntrBkSttlmAmt", currency),
        sole(root, ".//RtrRsnInf/Rsn/Cd"),
        sum(charges),
    )


def read_amount(node: ET.Element, path: str, currency: str = CURRENCY) -> int:
    """Return an amount in minor units. Raises BadMessage: none, two, or in another currency."""
    text = wanted(node, path)
    found = node.find(path)
    if found is None or found.get(CURRENCY_ATTRIBUTE) != currency:
        raise BadMessage("an amount in another currency")
    try:
        return parse_minor(text)
    except ValueError:
        raise BadMessage("an amount that is none") from None


def _amount_of(wire: Wire) -> ET.Element:
    amount = ET.Element("InstdAmt", Ccy=wire.currency)
    amount.text = f"{wire.amount_minor // MINOR_PER_MAJOR}.{wire.amount_minor % MINOR_PER_MAJOR:02}"
    return amount


def _put_party(root: ET.Element, path: str, account: str) -> None:
    """Name a party by its account: the bank needs no more, and no name of a person leaves."""
    _put(root, f"{path}/Nm", account)
    _put(root, f"{path}Acct/Id/Othr/Id", account)


def _place(root: ET.Element, path: str) -> ET.Element:
    for name in path.split("/"):
        found = root.find(name)
        root = ET.SubElement(root, name) if found is None else found
    return root


def _put(root: ET.Element, path: str, text: str) -> None:
    _place(root, path).text = text
