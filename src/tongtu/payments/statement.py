"""ISO 20022 messages about an account: camt.053 (statement) and camt.054 (notification), read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, datetime

from tongtu.payments.matching import Entry, Statement
from tongtu.payments.message import SCHEMAS, read_amount
from tongtu.payments.reader import BadMessage, read_tree, sole, wanted

CAMT_053 = f"{SCHEMAS}camt.053.001.08"
CAMT_054 = f"{SCHEMAS}camt.054.001.08"
ENTRIES_MAX = 10_000
# An entry has about 25 elements; a longer statement is asked for by a shorter period.
ELEMENTS_MAX = 30 * ENTRIES_MAX
_SIGNS = {"CRDT": 1, "DBIT": -1}
_OPENING, _CLOSING = "OPBD", "CLBD"


def read_statement(body: bytes, account: str, day: date) -> Statement:
    """Return the statement of one account and day.

    Raises:
        BadMessage: another account or day, balances that the entries do not explain, an entry that
            is not booked, a reference that stands twice, or a hostile shape.
    """
    _, root = read_tree(body, {CAMT_053}, ELEMENTS_MAX)
    found = root.findall(".//Stmt")
    if len(found) != 1:
        raise BadMessage("one statement a message")
    one = found[0]
    if wanted(one, "Acct/Id/Othr/Id") != account:
        raise BadMessage("a statement of another account")
    balances = {wanted(each, "Tp/CdOrPrtry/Cd"): each for each in one.findall("Bal")}
    if set(balances) != {_OPENING, _CLOSING}:
        raise BadMessage("a statement has an opening and a closing balance")
    entries = tuple(_entry(each) for each in one.findall("Ntry"))
    statement = Statement(
        account,
        _day(balances[_CLOSING], "Dt/Dt"),
        _instant(wanted(one, "CreDtTm")),
        _signed(balances[_OPENING]),
        _signed(balances[_CLOSING]),
        entries,
    )
    moved_minor = sum(entry.amount_minor for entry in entries)
    if statement.day != day or any(entry.day != day for entry in entries):
        raise BadMessage("a statement of another day")
    if statement.opening_minor + moved_minor != statement.closing_minor:
        raise BadMessage("the entries do not lead from the opening to the closing balance")
    if len({entry.reference for entry in entries}) != len(entries):
        raise BadMessage("a reference stands twice")
    return statement


def read_notification(body: bytes) -> tuple[str, Entry]:
    """Return the account of a camt.054 and the one booked entry it tells of. Raises BadMessage."""
    _, root = read_tree(body, {CAMT_054})
    found = root.findall(".//Ntfctn/Ntry")
    if len(found) != 1:
        raise BadMessage("one entry a notification")
    return wanted(root, ".//Ntfctn/Acct/Id/Othr/Id"), _entry(found[0])


def _entry(node: ET.Element) -> Entry:
    if wanted(node, "Sts/Cd") != "BOOK":
        raise BadMessage("an entry that is not booked")
    details = node.findall("NtryDtls/TxDtls")
    if len(details) > 1:
        raise BadMessage("an entry of several payments")
    detail = details[0] if details else ET.Element("TxDtls")
    return Entry(
        wanted(node, "AcctSvcrRef"),
        sole(detail, "Refs/EndToEndId") or "",
        _signed(node),
        _day(node, "BookgDt/Dt"),
        is_return=detail.find("RtrInf") is not None,
        reason=sole(detail, "RtrInf/Rsn/Cd"),
        charge_minor=_charge(detail),
    )


def _charge(detail: ET.Element) -> int:
    if detail.find("Chrgs") is None:
        return 0
    charge_minor = read_amount(detail, "Chrgs/TtlChrgsAndTaxAmt")
    if charge_minor < 0:
        raise BadMessage("a charge is not below zero")
    return charge_minor


def _signed(node: ET.Element) -> int:
    sign = _SIGNS.get(wanted(node, "CdtDbtInd"))
    amount_minor = read_amount(node, "Amt")
    if sign is None or amount_minor < 0:
        raise BadMessage("an amount is above zero and either credit or debit")
    return sign * amount_minor


def _day(node: ET.Element, path: str) -> date:
    try:
        return date.fromisoformat(wanted(node, path))
    except ValueError:
        raise BadMessage("a day that is none") from None


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadMessage("an instant that is none") from None
    if found.tzinfo is None:
        raise BadMessage("an instant without its zone")
    return found
