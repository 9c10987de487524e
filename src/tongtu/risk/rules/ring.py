"""Rings: persons who hang together by what they applied with, found in rows of signals. Pure.

The lane counts a ring around one person while it decides; this finds all of them, for a person who
looks. Both link by the same kinds of key and hold the same keys for hubs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tongtu.risk.rules.signal import HUB_CAPS, KINDS, Keys

# Two who share a telephone are a couple; from three on the fraud rules look (FRAUD-04, FRAUD-06).
PERSONS_MIN = 3
# Of one ring: whoever needs more has long seen enough.
MEMBERS_MAX = 64
_APPLICATIONS_SHOWN = 8


class Seen(NamedTuple):
    """One application: who, when in seconds since 1970, with which keyed hashes."""

    application: int
    party: int
    at_s: int
    keys: Keys


class Tie(NamedTuple):
    """What at least two persons share: its kind, its keyed hash, and who they are."""

    kind: str
    key: int
    parties: tuple[int, ...]


class Member(NamedTuple):
    """A person of a ring with the newest of their applications."""

    party: int
    applications: tuple[int, ...]
    last_at_s: int


class Ring(NamedTuple):
    """Persons who hang together. `key`: the least of its ties', by which the ring is named."""

    key: int
    members: tuple[Member, ...]
    ties: tuple[Tie, ...]
    applications: int
    first_at_s: int
    last_at_s: int


def rings_of(rows: Iterable[Seen]) -> list[Ring]:
    """Return the rings among applications, the largest first, then the newest."""
    seen = list(rows)
    ties = _ties(seen)
    heads = _heads(ties)
    own: dict[int, list[Seen]] = defaultdict(list)
    for row in seen:
        if row.party in heads:
            own[row.party].append(row)
    together: dict[int, list[Tie]] = defaultdict(list)
    for tie in ties:
        together[_head(heads, tie.parties[0])].append(tie)
    found = [_ring(group, own) for group in together.values()]
    large = [one for one in found if len(one.members) >= PERSONS_MIN]
    return sorted(large, key=lambda one: (-len(one.members), -one.last_at_s, one.key))


def _ties(rows: Iterable[Seen]) -> list[Tie]:
    """Return the keys of two persons or more, but hubs."""
    by_key: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in rows:
        for kind in HUB_CAPS:
            if row.keys[kind]:
                by_key[kind, row.keys[kind]].add(row.party)
    return [
        Tie(KINDS[kind], key, tuple(sorted(parties)))
        for (kind, key), parties in sorted(by_key.items())
        if 1 < len(parties) <= HUB_CAPS[kind]
    ]


def _heads(ties: Iterable[Tie]) -> dict[int, int]:
    """Return for each person somebody nearer to the one who stands for the ring."""
    heads: dict[int, int] = {}
    for tie in ties:
        for party in tie.parties:
            heads.setdefault(party, party)
        first = _head(heads, tie.parties[0])
        for party in tie.parties[1:]:
            heads[_head(heads, party)] = first
    return heads


def _head(heads: dict[int, int], party: int) -> int:
    while heads[party] != party:
        heads[party] = heads[heads[party]]  # the way is half as long the next time
        party = heads[party]
    return party


def _ring(ties: list[Tie], own: dict[int, list[Seen]]) -> Ring:
    parties = sorted({party for tie in ties for party in tie.parties})
    rows = [row for party in parties for row in own[party]]
    return Ring(
        key=min(tie.key for tie in ties),
        members=tuple(_member(party, own[party]) for party in parties[:MEMBERS_MAX]),
        ties=tuple(ties),
        applications=len(rows),
        first_at_s=min(row.at_s for row in rows),
        last_at_s=max(row.at_s for row in rows),
    )


def _member(party: int, rows: list[Seen]) -> Member:
    newest = sorted(rows, key=lambda row: row.at_s, reverse=True)
    shown = tuple(row.application for row in newest[:_APPLICATIONS_SHOWN])
    return Member(party, shown, newest[0].at_s)
