"""Names that look like others: stored as given, compared in one form, flagged. Pure.

Flagged are letters of several scripts in one name, and characters that many registers cannot write.
"""

from __future__ import annotations

import unicodedata

from tongtu.identity.api import parse_name
from tongtu.kernel.errors import BadInput

# Letters of these are found in one name; of any two others they are not.
_TOGETHER = frozenset({"HAN", "BOPOMOFO"})
_MIXED, _RARE = "mixed_script", "rare_character"
_CJK = ("CJK UNIFIED", "CJK COMPAT")
# The unified ideographs of the first version of Unicode: every font and every register has them.
_BASIC = range(0x4E00, 0x9FA6)


def comparable(name: str) -> str:
    """Return the form a name is compared in: compatibility letters made one, dots one, case one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter not in "·•・‧． ")


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names are one in the form they are compared in."""
    return comparable(one) == comparable(other)


def check_letters(name: str) -> None:
    """Refuse a name with a hidden or reordering mark. Raises BadInput: `bad_name`."""
    if any(unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn", "Cs") for letter in name):
        raise BadInput("a name holds no hidden marks", code="bad_name")
    parse_name(name)


def script_words(name: str) -> tuple[str, ...]:
    """Return `mixed_script` for letters that no one name has, `rare_character` (生僻字)."""
    scripts = {_script(letter) for letter in name if unicodedata.category(letter)[0] == "L"}
    if len(scripts) > 1 and not scripts <= _TOGETHER:
        return (_MIXED,)
    is_rare = any(_script(one) == "HAN" and ord(one) not in _BASIC for one in name)
    return (_RARE,) if is_rare else ()


def _script(letter: str) -> str:
    told = unicodedata.name(letter, "UNKNOWN")
    return "HAN" if told.startswith(_CJK) else told.split(" ", 1)[0]
