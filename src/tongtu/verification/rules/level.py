"""What the findings of a case amount to: a level, a risk, whether a person has to look. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongtu.kernel.errors import Broken
from tongtu.verification.model import Element, Event, Found, Level, Verdict, Way

# Words of findings that raise the risk, whatever the file says: each is a sign of another person.
SIM_SWAPPED, NUMBER_ELSEWHERE = "sim_swapped", "number_elsewhere"
RISK_LEVELS = (1, 2, 3)
# A face this often refused in a case is a person's to judge.
FACE_TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Diligence:
    """How much diligence a level is, and what raises a person's risk (rules/verification.toml)."""

    cdd_of_level: tuple[int, ...]  # by level, on the scale of risk
    risk_base: int
    risk_of: Mapping[str, int]  # by word of a finding

    def cdd(self, level: Level) -> int:
        """Return the diligence a level amounts to."""
        return self.cdd_of_level[level]

    def risk(self, words: Sequence[str]) -> int:
        """Return the highest risk that one of the words means."""
        return max([self.risk_base, *(self.risk_of.get(word, 0) for word in words)])


def read_diligence(table: Mapping[str, object]) -> Diligence:
    """Return the diligence of a file. Raises Broken: a scale that is none."""
    cdd, base, risks = table.get("cdd_of_level"), table.get("risk_base"), table.get("risk_of")
    if not (isinstance(cdd, list) and len(cdd) == len(Level) and cdd == sorted(cdd)):
        raise Broken("verification.toml: cdd_of_level has one number a level, none below the last")
    if not isinstance(risks, Mapping) or base not in RISK_LEVELS:
        raise Broken("verification.toml: risk_base is 1 to 3, risk_of a table of words")
    if any(one not in (0, *RISK_LEVELS) for one in (*cdd, *risks.values())):
        raise Broken("verification.toml: risk and diligence are 0 to 3")
    assert isinstance(base, int)
    return Diligence(tuple(cdd), base, {str(word): int(one) for word, one in risks.items()})


def newest(elements: Sequence[Element]) -> dict[Way, Element]:
    """Return what each way found last; an unknown never takes the place of a word."""
    found: dict[Way, Element] = {}
    for one in elements:
        if one.outcome is not Found.UNKNOWN or one.way not in found:
            found[one.way] = one
    return found


def level_of(elements: Sequence[Element]) -> Level:
    """Return how surely the person is known by now."""
    last = newest(elements)

    def is_sure(way: Way) -> bool:
        return way in last and last[way].outcome is Found.YES

    if is_sure(Way.BRANCH) and (is_sure(Way.AUTHORITY) or is_sure(Way.BANK_CARD)):
        return Level.ASSURED
    if not (is_sure(Way.AUTHORITY) or is_sure(Way.BANK_CARD)):
        return Level.NONE
    # A face is like the portrait of a card: whose card that is, only the card's own words tell.
    is_of_card = is_sure(Way.FACE) and is_sure(Way.DOCUMENT)
    # That a service saw the person counts only of one that is certified for it.
    is_seen = is_sure(Way.VIDEO) and last[Way.VIDEO].is_certified
    if is_seen or (is_of_card and last[Way.FACE].is_certified):
        return Level.ASSURED
    if is_of_card or (is_sure(Way.BANK_CARD) and is_sure(Way.PHONE)):
        return Level.LIKENESS
    return Level.CHECKED


def judge(
    elements: Sequence[Element],
    diligence: Diligence,
    words: Sequence[str],
    held: Sequence[str] = (),
) -> Verdict:
    """Return what the elements amount to; `words` are what is known besides (a near name, …).

    `held` are the doubts of a case before this one that nobody decided: they are doubts still.
    Two registers that contradict one another, a face that is not the card's, or a number that is
    not in the device are a person's to judge; a machine refuses nobody for them.
    """
    last = newest(elements)
    level = level_of(elements)
    told = [word for one in last.values() for word in one.detail]
    risk = diligence.risk([*told, *words])
    own = [f"{way.value}_{one.outcome.value}" for way, one in last.items() if _is_doubt(one)]
    doubts = [*held, *own]
    tries = sum(one.way is Way.FACE and one.outcome is not Found.YES for one in elements)
    if tries >= FACE_TRIES_MAX and level < Level.LIKENESS:
        doubts.append("face_tries")
    if doubts:
        return Verdict(Event.HOLD, level, risk, tuple(dict.fromkeys(doubts)))
    if level is Level.NONE:
        return Verdict(None, level, risk, missing=(Way.AUTHORITY, Way.BANK_CARD))
    return Verdict(Event.PASS, level, risk)


def _is_doubt(one: Element) -> bool:
    return one.outcome in (Found.NO, Found.PERSON)
