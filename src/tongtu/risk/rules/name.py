"""How near a person's name is to a listed one, in whatever writing either came.

A name is brought to one form (Unicode NFKC, no case, no marks, no spaces), and to its readings in
pinyin, every reading of a character that has several. A near name is a reason to look, never more.
"""

from __future__ import annotations

import unicodedata
from itertools import islice, product

from pypinyin import Style, pinyin

NAME_MAX = 100
# Names have two to four characters; most have one reading. More than this is no name of a person.
READINGS_MAX = 32
EXACT, READING, ORDER = 100, 92, 88
# From this share of equal letters on, two readings may be a slip of the pen.
_NEAR = 0.85
_FIRST_CJK, _LAST_CJK = "\u3400", "\u9fff"


def plain(name: str) -> str:
    """Return the name in one form: full and half width, accents, case, dots and spaces are gone."""
    wide = unicodedata.normalize("NFKC", name[:NAME_MAX])
    apart = unicodedata.normalize("NFD", wide.casefold())
    return "".join(one for one in apart if one.isalnum() and not unicodedata.combining(one))


def readings(name: str) -> set[tuple[str, ...]]:
    """Return the syllables a name may be read as; a name in Latin letters is its own words."""
    text = unicodedata.normalize("NFKC", name[:NAME_MAX])
    if not any(_is_cjk(one) for one in text):
        words = "".join(one if one.isalnum() else " " for one in _bare(text)).split()
        return {tuple(words)} if words else set()
    syllables = pinyin(
        [one for one in text if _is_cjk(one)], style=Style.NORMAL, heteronym=True, v_to_u=False
    )
    return set(
        islice(product(*(dict.fromkeys(map(_bare, one)) for one in syllables)), READINGS_MAX)
    )


def score(name: str, listed: str) -> int:
    """Return 0 to 100: equal, read alike, read alike in another order, or nearly read alike."""
    if not plain(name) or not plain(listed):
        return 0
    if plain(name) == plain(listed):
        return EXACT
    best = 0
    for one in readings(name):
        for other in readings(listed):
            best = max(best, _of_readings(one, other))
    return best


def _of_readings(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    if "".join(one) == "".join(other):
        return READING
    if _turned(one) & _turned(other):
        return ORDER
    share = _equal_share("".join(one), "".join(other))
    return int(share * 100) if share >= _NEAR and min(len(one), len(other)) > 1 else 0


def _turned(words: tuple[str, ...]) -> set[str]:
    """Return the readings with the family name first and last: one or two syllables of it."""
    turns = {"".join(words)}
    for cut in (1, 2, len(words) - 1):
        if 0 < cut < len(words):
            turns.add("".join(words[cut:] + words[:cut]))
    return turns


def _equal_share(one: str, other: str) -> float:
    """Return 1 less the edits (insert, drop, change, swap) over the longer length."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, start=1):
        older, before, row = before, row, [n]
        for m, mark in enumerate(other, start=1):
            cost = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (letter != mark))
            if n > 1 < m and letter == other[m - 2] and one[n - 2] == mark:
                cost = min(cost, older[m - 2] + 1)
            row.append(cost)
    return 1 - row[-1] / max(len(one), len(other), 1)


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _is_cjk(one: str) -> bool:
    return _FIRST_CJK <= one <= _LAST_CJK
