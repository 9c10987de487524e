"""ISO 20022 about one payment: pain.001 and pain.008 in, pacs.002 and pacs.004 out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, datetime

from tongtu.kernel.money import MINOR_PER_MAJOR, parse_minor
from tongtu.simulators.bank.books import Line, Order, Payment

PAYOUT = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
COLLECTION = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.09"
STATUS = "urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"
RETURN = "urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"
ID_LENGTH_MAX = 35
NO_ORIGINAL, DUPLICATE = "NOOR", "DUPL"


class BadOrder(ValueError):
    """A message the bank cannot carry out."""


def read_order(body: bytes) -> Order:
    """Return the order of one payment. Raises BadOrder."""
    try:
        text = body.decode("utf-8")
        # No document type, entity or comment: an order has no need of them. A NUL would have the
        # parser take the bytes for UTF-16 and see declarations that are not looked for here.
        if "<!" in text or "\0" in text:
            raise BadOrder("an order declares nothing")
        root = ET.fromstring(text)  # noqa: S314 - no declarations, bounded by the door
    except (UnicodeDecodeError, ET.ParseError, ValueError) as fault:
        raise BadOrder(str(fault)[:100]) from None
    if root.tag == f"{{{PAYOUT}}}Document":
        return _order(root, PAYOUT, "payout")
    if root.tag == f"{{{COLLECTION}}}Document":
        return _order(root, COLLECTION, "collection")
    raise BadOrder("neither pain.001 nor pain.008")


def write_status(payment: Payment, at: datetime) -> bytes:
    """Return what the bank says of a booked payment."""
    return _report(
        payment.order.end_to_end_id,
        status=payment.status,
        reason=payment.reason,
        payment=payment,
        at=at,
    )


def write_refusal(end_to_end_id: str, *, reason: str, status: str | None, at: datetime) -> bytes:
    """Return a report about a payment that tells nothing of its booking."""
    return _report(end_to_end_id, status=status, reason=reason, payment=None, at=at)


def write_return(payment: Payment, line: Line, at: datetime) -> bytes:
    """Return the message that brings the money of a payment back."""
    document = ET.Element("Document", xmlns=RETURN)
    root = ET.SubElement(document, "PmtRtr")
    header = ET.SubElement(root, "GrpHdr")
    ET.SubElement(header, "MsgId").text = f"rt-{payment.order.end_to_end_id}"[:ID_LENGTH_MAX]
    ET.SubElement(header, "CreDtTm").text = at.isoformat(timespec="milliseconds")
    ET.SubElement(header, "NbOfTxs").text = "1"
    ET.SubElement(ET.SubElement(header, "SttlmInf"), "SttlmMtd").text = "CLRG"
    entry = ET.SubElement(root, "TxInf")
    ET.SubElement(entry, "RtrId").text = line.reference
    ET.SubElement(entry, "OrgnlEndToEndId").text = payment.order.end_to_end_id
    amount = ET.SubElement(entry, "RtrdIntrBkSttlmAmt", Ccy=payment.order.currency)
    amount.text = _yuan(payment.amount_minor - line.charge_minor)
    if line.charge_minor:
        kept = ET.SubElement(entry, "ChrgsInf")
        ET.SubElement(kept, "Amt", Ccy=payment.order.currency).text = _yuan(line.charge_minor)
        agent = ET.SubElement(ET.SubElement(kept, "Agt"), "FinInstnId")
        ET.SubElement(agent, "Nm").text = "TONGTU-RAIL"
    why = ET.SubElement(ET.SubElement(entry, "RtrRsnInf"), "Rsn")
    ET.SubElement(why, "Cd").text = line.reason
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written


def _order(root: ET.Element, space: str, kind: str) -> Order:
    amounts = root.findall(f".//{{{space}}}InstdAmt")
    if len(amounts) != 1:
        raise BadOrder("one amount an order")
    number = _text(root, space, "EndToEndId")
    if not (number.isascii() and number.replace("_", "").isalnum()) or len(number) > ID_LENGTH_MAX:
        raise BadOrder("an end-to-end id of 1 to 35 letters and digits")
    try:
        amount_minor = parse_minor(amounts[0].text or "")
    except ValueError as fault:
        raise BadOrder(str(fault)) from None
    if amount_minor <= 0 or amounts[0].get("Ccy") != "CNY":
        raise BadOrder("an amount above zero in CNY")
    debtor = _text(root, space, "DbtrAcct", "Id", "Othr", "Id")
    creditor = _text(root, space, "CdtrAcct", "Id", "Othr", "Id")
    if debtor == creditor:
        raise BadOrder("an order moves money between two accounts")
    return Order(
        end_to_end_id=number,
        kind=kind,
        debtor=debtor,
        creditor=creditor,
        amount_minor=amount_minor,
        currency="CNY",
        day=_day(root, space, kind),
    )


def _day(root: ET.Element, space: str, kind: str) -> str:
    names = ("ReqdExctnDt", "Dt") if kind == "payout" else ("ReqdColltnDt",)
    try:
        return date.fromisoformat(_text(root, space, *names)).isoformat()
    except ValueError:
        raise BadOrder("an order names its day") from None


def _text(root: ET.Element, space: str, *names: str) -> str:
    found = root.findall(".//" + "/".join(f"{{{space}}}{name}" for name in names))
    text = (found[0].text or "").strip() if len(found) == 1 else ""
    if not text:
        raise BadOrder(f"one {names[0]} an order")
    return text


def _report(
    end_to_end_id: str,
    *,
    status: str | None,
    reason: str | None,
    payment: Payment | None,
    at: datetime,
) -> bytes:
    document = ET.Element("Document", xmlns=STATUS)
    report = ET.SubElement(document, "FIToFIPmtStsRpt")
    header = ET.SubElement(report, "GrpHdr")
    ET.SubElement(header, "MsgId").text = f"st-{end_to_end_id}"
    ET.SubElement(header, "CreDtTm").text = at.isoformat(timespec="milliseconds")
    entry = ET.SubElement(report, "TxInfAndSts")
    ET.SubElement(entry, "OrgnlEndToEndId").text = end_to_end_id
    if status:
        ET.SubElement(entry, "TxSts").text = status
    if reason:
        ET.SubElement(ET.SubElement(ET.SubElement(entry, "StsRsnInf"), "Rsn"), "Cd").text = reason
    if payment is not None:
        ET.SubElement(entry, "AcctSvcrRef").text = payment.reference
        original = ET.SubElement(entry, "OrgnlTxRef")
        amount = ET.SubElement(original, "IntrBkSttlmAmt", Ccy=payment.order.currency)
        amount.text = _yuan(payment.amount_minor)
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written


def _yuan(minor: int) -> str:
    return f"{minor // MINOR_PER_MAJOR}.{minor % MINOR_PER_MAJOR:02}"
