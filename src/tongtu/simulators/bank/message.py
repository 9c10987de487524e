"""The bank's own reading and writing of ISO 20022: it shares no code with its customers."""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tongtu.kernel.money import parse_minor
from tongtu.simulators.bank.book import Entry, Order

_SPACES = {
    "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}": "CdtTrfTxInf",
    "{urn:iso:std:iso:20022:tech:xsd:pain.008.001.08}": "DrctDbtTxInf",
}
_STATUS = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
TEXT_MAX = 35  # Max35Text of the standard


def read_order(body: bytes) -> Order:
    """Return the one payment of a pain.001 or pain.008. Raises ValueError."""
    if b"<!" in body:
        raise ValueError("a message declares nothing")
    try:
        root = ET.fromstring(body)  # noqa: S314 - declarations are refused above
    except ET.ParseError as fault:
        raise ValueError("not XML") from fault
    space = root.tag.removesuffix("Document")
    if space not in _SPACES:
        raise ValueError("neither pain.001.001.09 nor pain.008.001.08")
    found = {
        "number": _text(root, f".//{space}EndToEndId"),
        "debtor": _text(root, f".//{space}DbtrAcct/{space}Id/{space}Othr/{space}Id"),
        "creditor": _text(root, f".//{space}CdtrAcct/{space}Id/{space}Othr/{space}Id"),
    }
    if root.find(f".//{space}{_SPACES[space]}") is None:
        raise ValueError("no transaction")
    amount = root.find(f".//{space}InstdAmt")
    if amount is None or amount.get("Ccy") != "CNY":
        raise ValueError("an amount in CNY is wanted")
    minor = parse_minor(amount.text or "")
    if minor <= 0 or found["debtor"] == found["creditor"]:
        raise ValueError("a payment moves a positive amount between two accounts")
    return Order(found["number"], found["debtor"], found["creditor"], minor)


def write_status(entry: Entry) -> bytes:
    """Return the pain.002 of a payment."""
    number = escape(entry.order.end_to_end_id)
    reason = f"<StsRsnInf><Rsn><Cd>{entry.reason}</Cd></Rsn></StsRsnInf>" if entry.reason else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_STATUS}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>S-{number}</MsgId></GrpHdr><OrgnlPmtInfAndSts><TxInfAndSts>"
        f"<OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>{entry.status}</TxSts>{reason}"
        f"<AcctSvcrRef>SIM-{number}</AcctSvcrRef></TxInfAndSts></OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def _text(root: ET.Element, path: str) -> str:
    text = root.findtext(path) or ""
    if not 0 < len(text) <= TEXT_MAX:
        raise ValueError("a name has 1 to 35 characters")
    return text
