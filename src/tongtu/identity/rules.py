"""Pure checks of phones, resident ids and names, and how they are masked for display."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from tongtu.kernel.errors import BadInput

ADULT_YEARS = 18
# No region has this code, so an id that starts with it belongs to nobody: demo identities.
RESERVED_REGION = "999999"
# Numbers 140-144 go to machines and have 13 digits, so no person has one of 11.
RESERVED_PHONE_PREFIX = "144"
NAME_LENGTH_MIN = 2
NAME_LENGTH_MAX = 50
ADDRESS_LENGTH_MIN = 5
ADDRESS_LENGTH_MAX = 200
_PHONE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})", re.ASCII)
_RESIDENT_ID = re.compile(r"[1-9][0-9]{16}[0-9Xx]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
# The dot inside a transliterated name is typed in several ways; one form is kept.
_NAME_DOTS = str.maketrans("•・‧．", "····")


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A resident id that passed every check, and the birth date it carries."""

    text: str
    born_on: date

    @property
    def adult_on(self) -> date:
        """The eighteenth birthday; a leap-day birth is adult on 1 March."""
        year = self.born_on.year + ADULT_YEARS
        try:
            return self.born_on.replace(year=year)
        except ValueError:
            return date(year, 3, 1)


def parse_phone(text: str) -> str:
    """Return a mainland mobile number as "+86" and 11 digits.

    Raises:
        BadInput: code `bad_phone`.
    """
    found = _PHONE.fullmatch(text)
    if found is None:
        raise BadInput(
            "a mainland mobile number has 11 digits and begins with 13 to 19",
            code="bad_phone",
            fields={"phone": "11 digits 0-9, for example 13912345678"},
        )
    return f"+86{found[1]}"


def is_synthetic_phone(phone: str) -> bool:
    """Tell whether a parsed number is one of those that only synthetic persons have."""
    return phone.startswith(f"+86{RESERVED_PHONE_PREFIX}")


def check_character(body: str) -> str:
    """Return the 18th character for 17 digits, by ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def parse_resident_id(text: str, today: date, *, is_reserved_allowed: bool) -> ResidentId:
    """Return the checked id: 18 characters, a real past date, the right check character.

    The region code is no ground for refusal (codes were retired over the years), except the
    reserved one, which is for demonstrations only.

    Raises:
        BadInput: code `bad_resident_id`.
    """
    if not _RESIDENT_ID.fullmatch(text):
        raise _bad_resident_id("18 characters: 17 digits, then a digit or X")
    upper = text.upper()
    if check_character(upper[:17]) != upper[17]:
        raise _bad_resident_id("the check character does not fit; please compare with the card")
    try:
        born_on = date(int(upper[6:10]), int(upper[10:12]), int(upper[12:14]))
    except ValueError:
        raise _bad_resident_id("the birth date in it does not exist") from None
    if not date(1900, 1, 1) <= born_on <= today:
        raise _bad_resident_id("the birth date in it is out of range")
    if upper.startswith(RESERVED_REGION) and not is_reserved_allowed:
        raise _bad_resident_id("this region code is reserved for demonstrations")
    return ResidentId(upper, born_on)


def parse_name(text: str) -> str:
    """Return a person's name in one written form.

    Raises:
        BadInput: code `bad_name`.
    """
    name = " ".join(unicodedata.normalize("NFC", text).translate(_NAME_DOTS).split())
    letters = [letter for letter in name if letter not in "·' -"]
    is_written = len(letters) >= 2 and all(unicodedata.category(c)[0] in "LM" for c in letters)
    if not (is_written and NAME_LENGTH_MIN <= len(name) <= NAME_LENGTH_MAX):
        raise BadInput(
            "a name has 2 to 50 letters or characters",
            code="bad_name",
            fields={"name": "letters, spaces and · only"},
        )
    return name


def parse_address(text: str) -> str:
    """Return an address in one line.

    Raises:
        BadInput: code `bad_address`.
    """
    address = " ".join(unicodedata.normalize("NFC", text).split())
    is_written = all(unicodedata.category(letter)[0] in "LMNPZ" for letter in address)
    if not (is_written and ADDRESS_LENGTH_MIN <= len(address) <= ADDRESS_LENGTH_MAX):
        raise BadInput(
            "an address has 5 to 200 letters, digits and signs",
            code="bad_address",
            fields={"address": "letters, digits, spaces and punctuation only"},
        )
    return address


def mask_phone(phone: str) -> str:
    """Return e.g. "139****5678"."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """Return the first letter and one star for each further one, at most three."""
    return name[0] + "*" * min(len(name) - 1, 3)


def _bad_resident_id(why: str) -> BadInput:
    return BadInput(
        "this resident id is not valid", code="bad_resident_id", fields={"resident_id": why}
    )
