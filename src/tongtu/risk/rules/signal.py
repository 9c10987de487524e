"""Who applied with what in the last 30 days: exact counts and links, kept in memory.

It holds keyed hashes and party ids, never what they stand for. It reads no clock: an instant comes
with each question. Nothing is ever merged for good: a link is walked when it is asked for, so one
that grew old or became a hub no longer chains anybody.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
MONTH_S = 30 * DAY_S
# The most recent applications of a key that are looked at: counts mean "at least so many".
SCAN_MAX = 64
# A ring is followed to so many persons; beyond it nothing more is learnt.
RING_MAX = 64
# A person's own applications that are followed when a ring is walked.
OWN_MAX = 8
# About 500 bytes each. When more come within 30 days the oldest go, and the windows are shorter.
ROWS_MAX = 1_000_000
# How many expired rows one new row takes away, so that memory falls without a pause.
EXPIRED_PER_ROW = 2

# The kinds of key, in the order of a row's keys; 0 stands for "not known".
KINDS = ("device", "ip", "phone", "resident_id", "address", "card")
COUNTED = 4
DEVICE, ADDRESS, CARD = 0, 4, 5
# By which kinds persons are linked, and from how many persons on a key says nothing of a person: a
# branch tablet, a dormitory, a family's card. An internet address links nobody: a hotel or a
# university has one for all its guests.
HUB_CAPS = {0: 50, 2: 6, 4: 30, 5: 20}

Keys = tuple[int, int, int, int, int, int]
Row = tuple[int, int, Keys]  # instant in seconds, party, keys


class Signals(NamedTuple):
    """Earlier applications by key and window, and how many persons hang together. All capped."""

    device_1h: int = 0
    device_24h: int = 0
    device_7d: int = 0
    device_30d: int = 0
    ip_1h: int = 0
    ip_24h: int = 0
    ip_7d: int = 0
    ip_30d: int = 0
    phone_1h: int = 0
    phone_24h: int = 0
    phone_7d: int = 0
    phone_30d: int = 0
    resident_1h: int = 0
    resident_24h: int = 0
    resident_7d: int = 0
    resident_30d: int = 0
    party_7d: int = 0
    device_parties: int = 1
    address_parties: int = 1
    card_parties: int = 1
    ring_parties: int = 1


QUIET = Signals()
_NONE = (0, 0, 0, 0)


class SignalBook:
    """The applications of 30 days by key. `add` before a commit, `forget` when it fails."""

    __slots__ = ("_by_key", "_order", "_rows")

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._order: deque[int] = deque()
        # A key that one application has, which most have, leads to it; else to a list of them.
        self._by_key: dict[int, int | list[int]] = {}

    def __len__(self) -> int:
        """Return how many applications it holds."""
        return len(self._rows)

    def row(self, application: int) -> Row | None:
        """Return what an application came with, while it is remembered."""
        return self._rows.get(application)

    def linked(self, row: Row, at_s: int) -> Signals:
        """Return how many persons hang together with a counted application by now."""
        _, party, keys = row
        return Signals(
            device_parties=self._persons(keys[DEVICE], party, at_s),
            address_parties=self._persons(keys[ADDRESS], party, at_s),
            card_parties=self._persons(keys[CARD], party, at_s),
            ring_parties=len(self.ring(party, keys, at_s)),
        )

    def look(self, party: int, keys: Keys, at_s: int) -> Signals:
        """Return what earlier applications say of one by this party with these keys."""
        if self._by_key.keys().isdisjoint((party, *keys)):
            return QUIET
        counts = [self._windows(key, at_s) for key in keys[:COUNTED]]
        return Signals(
            *counts[0],
            *counts[1],
            *counts[2],
            *counts[3],
            party_7d=self._windows(party, at_s)[2],
            device_parties=self._persons(keys[DEVICE], party, at_s),
            address_parties=self._persons(keys[ADDRESS], party, at_s),
            card_parties=self._persons(keys[CARD], party, at_s),
            ring_parties=len(self.ring(party, keys, at_s)),
        )

    def add(self, application: int, party: int, keys: Keys, at_s: int) -> None:
        """Take an application in; the same one again changes nothing."""
        if application in self._rows:
            return
        self._rows[application] = (at_s, party, keys)
        self._order.append(application)
        first = self._by_key.setdefault
        for key in (party, *keys):
            if key and first(key, application) != application:
                self._join(key, application)
        for _ in range(EXPIRED_PER_ROW):
            row = self._rows.get(self._order[0])
            if row is not None and row[0] > at_s - MONTH_S and len(self._rows) <= ROWS_MAX:
                break
            self.forget(self._order.popleft())

    def forget(self, application: int) -> None:
        """Let an application go, as if it had never come."""
        row = self._rows.pop(application, None)
        if row is not None:
            for key in (row[1], *row[2]):
                if key:
                    self._part(key, application)

    def ring(self, party: int, keys: Keys, at_s: int) -> set[int]:
        """Return the persons that hang together with this one, itself included."""
        found, seen = {party}, set()
        ways = [(kind, keys[kind]) for kind in HUB_CAPS if keys[kind]]
        ways += self._ways_of(party, at_s)
        while ways and len(found) < RING_MAX:
            kind, key = ways.pop()
            if key in seen:
                continue
            seen.add(key)
            members = self._parties(key, at_s)
            if len(members | {party}) > HUB_CAPS[kind]:
                continue
            for member in members - found:
                found.add(member)
                ways += self._ways_of(member, at_s)
        return found

    def _ways_of(self, party: int, at_s: int) -> list[tuple[int, int]]:
        """Return the linking keys this person applied with."""
        return [
            (kind, row[2][kind])
            for row in self._recent(party, OWN_MAX)
            if row[0] > at_s - MONTH_S
            for kind in HUB_CAPS
            if row[2][kind]
        ]

    def _parties(self, key: int, at_s: int) -> set[int]:
        return {row[1] for row in self._recent(key, SCAN_MAX) if row[0] > at_s - MONTH_S}

    def _persons(self, key: int, party: int, at_s: int) -> int:
        return len(self._parties(key, at_s) | {party}) if key else 1

    def _windows(self, key: int, at_s: int) -> tuple[int, int, int, int]:
        if not key or key not in self._by_key:
            return _NONE
        ages = [at_s - row[0] for row in self._recent(key, SCAN_MAX)]
        return (
            sum(age < HOUR_S for age in ages),
            sum(age < DAY_S for age in ages),
            sum(age < WEEK_S for age in ages),
            sum(age < MONTH_S for age in ages),
        )

    def _recent(self, key: int, most: int) -> list[Row]:
        held = self._by_key.get(key)
        if held is None:
            return []
        if isinstance(held, int):
            return [self._rows[held]]
        return [self._rows[application] for application in held[-most:]]

    def _join(self, key: int, application: int) -> None:
        held = self._by_key[key]
        if isinstance(held, int):
            self._by_key[key] = [held, application]
        else:
            held.append(application)

    def _part(self, key: int, application: int) -> None:
        held = self._by_key.get(key)
        if isinstance(held, list):
            held.remove(application)
            if not held:
                del self._by_key[key]
        elif held == application:
            del self._by_key[key]
