"""Dated parameters: exactly one value for a name, a key and a day, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from tongtu.policy.model import ALWAYS_TO, BadPack, Dated, Parameter, UnknownParameter

ANY = "*"
_DAY = timedelta(days=1)


class Parameters:
    """Looks values up by name, key and day."""

    def __init__(self, rows: Iterable[Parameter]) -> None:
        self._rows: dict[str, list[Parameter]] = {}
        for row in rows:
            self._rows.setdefault(row.name, []).append(row)
        for name, rows_of in self._rows.items():
            _check(name, rows_of)

    def names(self) -> frozenset[str]:
        return frozenset(self._rows)

    def kind(self, name: str) -> str:
        """Return "int" or "str"."""
        return "int" if isinstance(self._rows[name][0].value, int) else "str"

    def values(self, name: str, at: date) -> Mapping[str, int | str]:
        """Return the values in force on a day by key."""
        return {row.key: row.value for row in self._rows.get(name, ()) if row.days.holds(at)}

    def members(self, name: str, at: date) -> frozenset[str]:
        """Return the keys in force on a day: a named set."""
        return frozenset(self.values(name, at)) - {ANY}

    def value(self, name: str, at: date, key: str = ANY) -> int | str:
        """Return the value in force. Raises UnknownParameter."""
        values = self.values(name, at)
        found = values.get(key, values.get(ANY))
        if found is None:
            raise UnknownParameter(f"parameter {name} has no value for {key} on {at}")
        return found

    def stretches(self, name: str, within: Dated) -> Iterator[tuple[date, date]]:
        """Return the stretches of days within which no value of the name changes."""
        rows = self._rows.get(name, ())
        starts = {within.first} | {row.days.first for row in rows}
        starts |= {row.days.last + _DAY for row in rows if row.days.last < ALWAYS_TO}
        inside = sorted(day for day in starts if within.holds(day))
        ends = [day - _DAY for day in inside[1:]]
        yield from zip(inside, [*ends, within.last], strict=True)


def _check(name: str, rows: list[Parameter]) -> None:
    if len({type(row.value) for row in rows}) != 1:
        raise BadPack(f"parameter {name} mixes numbers and words")
    for number, row in enumerate(rows):
        if row.days.first > row.days.last:
            raise BadPack(f"parameter {name} ends before it begins")
        for other in rows[number + 1 :]:
            overlap = row.days.first <= other.days.last and other.days.first <= row.days.last
            if row.key == other.key and overlap:
                raise BadPack(f"parameter {name} has two values for {row.key} on one day")
