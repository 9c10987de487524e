"""A holiday calendar as it was when the loan was made: its version is frozen with the terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongtu.terms.model.fault import BadTerms

HOLIDAYS_MAX = 4_000


class Shift(StrEnum):
    """Where an instalment goes that would fall due on a day off."""

    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Days off: the weekend (Monday is 0), and holidays; `workdays` are weekends worked instead."""

    name: str
    version: str
    shift: Shift = Shift.FOLLOWING
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.name or not self.version:
            raise BadTerms("a holiday calendar has a name and a version")
        if not self.weekend <= set(range(7)) or len(self.weekend) == 7:
            raise BadTerms("a weekend is some days of 0 (Monday) to 6, not all")
        if len(self.holidays) + len(self.workdays) > HOLIDAYS_MAX:
            raise BadTerms(f"a holiday calendar names at most {HOLIDAYS_MAX} days")
        if self.holidays & self.workdays:
            raise BadTerms("a day is a holiday or a working day, not both")

    def is_off(self, day: date) -> bool:
        """Tell whether no payment falls due on the day."""
        if day in self.holidays:
            return True
        return day.weekday() in self.weekend and day not in self.workdays
