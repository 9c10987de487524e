"""What a resident's card or a bank card says, from the lines on it and where they lie. Pure.

A field that is not surely read is absent, never guessed: a number counts with its check character,
a bank card's with its Luhn digit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.identity.api import check_character, parse_name
from tongtu.kernel.errors import BadInput
from tongtu.verification.rules.bank_card import is_luhn
from tongtu.verification.rules.page import Line, below, right_of

_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_DIGITS = re.compile(r"[0-9]{12,19}", re.ASCII)
_DAY = re.compile(r"([0-9]{4})[.年-]?([0-9]{2})[.月-]?([0-9]{2})", re.ASCII)
_BORN = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})", re.ASCII)
# What a reader takes for a digit where only digits stand.
_AS_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "B": "8", "S": "5", "Z": "2"})
_NOT_OF_A_NUMBER = re.compile(r"[^0-9A-Za-z]")
LONG_TERM = "长期"
ADDRESS_LINES_MAX = 4


@dataclass(frozen=True, slots=True)
class Front:
    """What was read of the side with the portrait; None: not surely."""

    name: str | None = None
    number: str | None = None
    sex: str | None = None
    nation: str | None = None
    born_on: date | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """What was read of the other side. No end: the card is valid for long (长期)."""

    issuer: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    is_long_term: bool = False


def read_front(lines: Sequence[Line]) -> Front:
    """Return what the front says."""
    number_line, number = _number(lines)
    name = _beside(lines, "姓名")
    sex = _beside(lines, "性别")
    nation = _beside(lines, "民族")
    if sex and "民族" in sex:  # both in one line
        sex, _, nation = sex.partition("民族")
    address_end = number_line.middle if number_line else float("inf")
    return Front(
        name=_name(name),
        number=number,
        sex=sex[0] if sex and sex[0] in "男女" else None,
        nation=nation or None,
        born_on=_born(lines),
        address=_address(lines, address_end),
    )


def read_back(lines: Sequence[Line]) -> Back:
    """Return what the back says."""
    issuer, term = _beside(lines, "签发机关"), _beside(lines, "有效期限") or ""
    days = [_day(one) for one in _DAY.findall(term)]
    if not days or any(day is None for day in days):
        return Back(issuer)
    is_long_term = LONG_TERM in term
    if len(days) == 1:
        return Back(issuer, days[0], None, is_long_term) if is_long_term else Back(issuer)
    return Back(issuer, days[0], days[1])


def read_bank_card(lines: Sequence[Line]) -> str | None:
    """Return a bank card's number: one line or groups in a row, its last digit right."""
    for row in _rows(lines):
        digits = _NOT_OF_A_NUMBER.sub("", "".join(line.text for line in row)).translate(_AS_DIGITS)
        if _DIGITS.fullmatch(digits) and is_luhn(digits):
            return digits
    return None


def sex_of(number: str) -> str:
    """Return what the 17th digit says."""
    return "男" if int(number[16]) % 2 else "女"


def doubts_of(front: Front) -> tuple[str, ...]:
    """Return words for what on the card contradicts itself."""
    words = []
    if front.number and front.sex and sex_of(front.number) != front.sex:
        words.append("card_sex")
    if front.number and front.born_on and f"{front.born_on:%Y%m%d}" != front.number[6:14]:
        words.append("card_birth")
    return tuple(words)


def _number(lines: Sequence[Line]) -> tuple[Line | None, str | None]:
    for line in lines:
        digits = _NOT_OF_A_NUMBER.sub("", line.text.replace("公民身份号码", ""))
        text = digits[:17].translate(_AS_DIGITS) + digits[17:].upper()
        if _NUMBER.fullmatch(text):
            is_right = check_character(text[:17]) == text[17]
            return line, text if is_right else None
    return None, None


def _beside(lines: Sequence[Line], label: str) -> str | None:
    """Return what stands behind a label: in its own line, or in the next one to the right."""
    for line in lines:
        if line.text.replace(" ", "").startswith(label):
            rest = line.text.replace(" ", "").removeprefix(label)
            if rest:
                return rest.lstrip(":：")
            beside = right_of(lines, line)
            return beside.text.replace(" ", "") if beside else None
    return None


def _name(text: str | None) -> str | None:
    try:
        return parse_name(text) if text else None
    except BadInput:
        return None


def _born(lines: Sequence[Line]) -> date | None:
    text = _beside(lines, "出生") or ""
    found = _BORN.search(text)
    return _day(found.groups()) if found else None


def _address(lines: Sequence[Line], until: float) -> str | None:
    for line in lines:
        text = line.text.replace(" ", "")
        if text.startswith("住址"):
            beside = right_of(lines, line)
            if len(text) > len("住址"):
                first, start = text.removeprefix("住址"), line
                under = [
                    one for one in lines if line.middle < one.middle < until - one.height
                    and line.left < one.left < line.right
                ]  # fmt: skip
            elif beside:
                first, start = beside.text, beside
                under = below(lines, start, until - start.height)
            else:
                return None
            parts = [first, *(one.text for one in under[: ADDRESS_LINES_MAX - 1])]
            return "".join(parts).replace(" ", "") or None
    return None


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = [[line] for line in lines]
    for line in lines:
        row = [one for one in lines if abs(one.middle - line.middle) < line.height * 0.5]
        if len(row) > 1:
            rows.append(sorted(row, key=lambda one: one.left))
    return rows


def _day(parts: Sequence[str]) -> date | None:
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None
