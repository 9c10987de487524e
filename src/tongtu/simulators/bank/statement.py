"""What the bank writes about an account: camt.053 (a day's statement), camt.054 (one movement)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date, datetime

from tongtu.kernel.money import MINOR_PER_MAJOR
from tongtu.simulators.bank.books import Line

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
STATEMENT = f"{SPACE}camt.053.001.08"
NOTIFICATION = f"{SPACE}camt.054.001.08"
CURRENCY = "CNY"


def write_statement(
    account: str, day: date, opening_minor: int, lines: Sequence[Line], at: datetime
) -> bytes:
    """Return the statement of a day: opening balance, each booked line, closing balance."""
    document = ET.Element("Document", xmlns=STATEMENT)
    root = ET.SubElement(document, "BkToCstmrStmt")
    _header(root, f"stmt-{account}-{day}", at)
    one = ET.SubElement(root, "Stmt")
    _text(one, "Id", f"{account}-{day:%Y%m%d}")
    _text(one, "CreDtTm", at.isoformat(timespec="milliseconds"))
    _account(one, account)
    closing_minor = opening_minor + sum(line.amount_minor for line in lines)
    for code, balance_minor in (("OPBD", opening_minor), ("CLBD", closing_minor)):
        balance = ET.SubElement(one, "Bal")
        kind = ET.SubElement(ET.SubElement(balance, "Tp"), "CdOrPrtry")
        _text(kind, "Cd", code)
        _amount(balance, balance_minor)
        _text(ET.SubElement(balance, "Dt"), "Dt", day.isoformat())
    for line in lines:
        _entry(one, line)
    return _written(document)


def write_notification(line: Line, at: datetime) -> bytes:
    """Return the notice of one booked line."""
    document = ET.Element("Document", xmlns=NOTIFICATION)
    root = ET.SubElement(document, "BkToCstmrDbtCdtNtfctn")
    _header(root, f"ntfy-{line.reference}", at)
    one = ET.SubElement(root, "Ntfctn")
    _text(one, "Id", line.reference)
    _text(one, "CreDtTm", at.isoformat(timespec="milliseconds"))
    _account(one, line.account)
    _entry(one, line)
    return _written(document)


def _entry(parent: ET.Element, line: Line) -> None:
    entry = ET.SubElement(parent, "Ntry")
    _amount(entry, line.amount_minor)
    _text(ET.SubElement(entry, "Sts"), "Cd", "BOOK")
    _text(ET.SubElement(entry, "BookgDt"), "Dt", line.day)
    _text(entry, "AcctSvcrRef", line.reference)
    kind = "return" if line.is_return else "transfer" if line.end_to_end_id else "fee"
    _text(ET.SubElement(ET.SubElement(entry, "BkTxCd"), "Prtry"), "Cd", kind)
    detail = ET.SubElement(ET.SubElement(entry, "NtryDtls"), "TxDtls")
    references = ET.SubElement(detail, "Refs")
    _text(references, "AcctSvcrRef", line.reference)
    if line.end_to_end_id:
        _text(references, "EndToEndId", line.end_to_end_id)
    if line.charge_minor:
        minor = line.charge_minor
        kept = ET.SubElement(ET.SubElement(detail, "Chrgs"), "TtlChrgsAndTaxAmt", Ccy=CURRENCY)
        kept.text = f"{minor // MINOR_PER_MAJOR}.{minor % MINOR_PER_MAJOR:02}"
    if line.is_return:
        back = ET.SubElement(detail, "RtrInf")
        if line.reason:
            _text(ET.SubElement(back, "Rsn"), "Cd", line.reason)


def _header(root: ET.Element, number: str, at: datetime) -> None:
    header = ET.SubElement(root, "GrpHdr")
    _text(header, "MsgId", number[:35])
    _text(header, "CreDtTm", at.isoformat(timespec="milliseconds"))


def _account(parent: ET.Element, account: str) -> None:
    other = ET.SubElement(ET.SubElement(ET.SubElement(parent, "Acct"), "Id"), "Othr")
    _text(other, "Id", account)


def _amount(parent: ET.Element, signed_minor: int) -> None:
    minor = abs(signed_minor)
    amount = ET.SubElement(parent, "Amt", Ccy=CURRENCY)
    amount.text = f"{minor // MINOR_PER_MAJOR}.{minor % MINOR_PER_MAJOR:02}"
    _text(parent, "CdtDbtInd", "CRDT" if signed_minor >= 0 else "DBIT")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _written(document: ET.Element) -> bytes:
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written
