"""The house as a file names it: head office, departments, branches, and what waits at each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tongtu.kernel.errors import Broken

NUMBER_MAX = 9_999
ORGANISATIONS_MAX = 10_000
_ID = re.compile(r"[a-z][a-z0-9_]{2,39}")
_KEYS = frozenset({"id", "kind", "number", "parent", "teams", "inbox", "queues"})


class Kind(StrEnum):
    """What an organisation is."""

    HEAD_OFFICE = "head_office"
    DEPARTMENT = "department"
    BRANCH = "branch"
    LENDER = "lender"
    MERCHANT = "merchant"
    REGULATOR = "regulator"


NUMBERED = frozenset({Kind.BRANCH, Kind.LENDER, Kind.MERCHANT})


@dataclass(frozen=True, slots=True)
class Organisation:
    """One of the house or of its partners; `inbox` names what waits there for a second person.

    `queues` gives each of it to one team: (operation, team).
    """

    id: str
    kind: Kind
    number: int = 0
    parent: str | None = None
    teams: tuple[str, ...] = ()
    inbox: tuple[str, ...] = ()
    queues: tuple[tuple[str, str], ...] = ()

    def team_of(self, operation: str) -> str:
        """Return whose work a kind of proposal is; empty: the whole organisation's."""
        return dict(self.queues).get(operation, "")


def read_organisations(content: Mapping[str, Any]) -> tuple[Organisation, ...]:
    """Return the organisations of a file in its order: a parent stands before its children.

    Raises:
        Broken: code `bad_organisation`: an unknown key or kind, an id or number twice, a parent
            that does not stand before, work that waits in two inboxes.
    """
    found: dict[str, Organisation] = {}
    numbers: set[tuple[Kind, int]] = set()
    waiting: set[str] = set()
    for entry in content.get("organisation", ()):
        one = _organisation(entry)
        if one.id in found:
            raise _bad(one.id, "stands twice")
        if one.parent is not None and one.parent not in found:
            raise _bad(one.id, f"{one.parent} does not stand before it")
        if one.number and (one.kind, one.number) in numbers:
            raise _bad(one.id, "its number stands twice")
        if waiting & set(one.inbox):
            raise _bad(one.id, "what waits in its inbox waits in another, too")
        numbers.add((one.kind, one.number))
        waiting |= set(one.inbox)
        found[one.id] = one
    if not found:
        raise _bad("the house", "nobody stands in it")
    return tuple(found.values())


def _organisation(entry: Mapping[str, Any]) -> Organisation:
    name = str(entry.get("id", ""))
    if _ID.fullmatch(name) is None:
        raise _bad(name, "an id has 3 to 40 of a-z 0-9 _")
    if unknown := entry.keys() - _KEYS:
        raise _bad(name, f"nobody knows {', '.join(sorted(unknown))}")
    try:
        kind = Kind(entry.get("kind"))  # type: ignore[arg-type]  # refused below
    except ValueError:
        raise _bad(name, f"there is no kind {entry.get('kind')!r}") from None
    number, parent = entry.get("number", 0), entry.get("parent")
    if type(number) is not int or not 0 <= number <= NUMBER_MAX:
        raise _bad(name, f"a number lies between 0 and {NUMBER_MAX}")
    if (number > 0) != (kind in NUMBERED):
        raise _bad(name, "branches, lenders and merchants have a number, nobody else")
    teams, inbox = _words(name, entry, "teams"), _words(name, entry, "inbox")
    queues = _queues(name, entry.get("queues", {}), teams, inbox)
    return Organisation(name, kind, number, parent, teams, inbox, queues)


def _queues(
    name: str, queues: Mapping[str, Sequence[str]], teams: Sequence[str], inbox: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return whose work each kind is. Raises Broken: a stranger, or two teams for one kind."""
    found = [(one, team) for team, operations in queues.items() for one in operations]
    if unknown := {team for _, team in found} - set(teams):
        raise _bad(name, f"has no team {', '.join(sorted(unknown))}")
    if [one for one, _ in found if one not in inbox] or len(dict(found)) != len(found):
        raise _bad(name, "a team's work waits in its inbox, and is one team's")
    if queues and len(found) != len(inbox):
        raise _bad(name, "each kind of work is some team's")
    return tuple(found)


def _words(name: str, entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    words: Sequence[object] = entry.get(key, ())
    if not all(isinstance(one, str) and 1 <= len(one) <= 40 for one in words):
        raise _bad(name, f"{key} are words")
    return tuple(str(one) for one in words)


def _bad(name: str, why: str) -> Broken:
    return Broken(f"rules/organisation.toml: {name}: {why}", code="bad_organisation")
