"""The mapping file of a book: written with its evidence, read back after a person changed it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from tongtu.checkup.model import NEEDED, BadMapping, Columns, Money, RateUnit, Role

Unit = TypeVar("Unit", Money, RateUnit)
MAPPING_BYTES_MAX = 1_000_000
_KEYS = {"columns", "units", "outcome", "score", "constants", "leave_out"}
_CONSTANT = {Role.STATE, Role.LENDER_KIND}


def write_mapping(columns: Columns, path: Path) -> None:
    """Write a mapping as TOML that a person can read and change."""
    lines = [
        "# Which column of the book tells what. Change what is wrong, delete what is not so, and",
        "# run `tongtu checkup FILE --mapping` with this file. Behind each: why it was taken.",
        "[columns]",
    ]
    for role, name in columns.columns.items():
        lines.append(f"{role} = {_text(name)}  # {_comment(columns.evidence.get(role, ''))}")
    lines += [
        "", "[units]", f'money = "{columns.money}"  # major (yuan, dollars) or minor (fen, cents)',
        f'rate = "{columns.rate}"  # percent, fraction or bps, a year',
        "", "[outcome]", "# These words are bad outcomes; every other word is a good one.",
        f"bad = [{', '.join(map(_text, columns.bad))}]",
        "", "[score]", f"higher_is_riskier = {str(columns.is_higher_riskier).lower()}",
        "", "[constants]", '# lender_kind = "bank"  # or microloan, consumer_finance',
    ]  # fmt: skip
    lines += [f"{role} = {_text(word)}" for role, word in columns.constants.items()]
    lines += ["", "[leave_out]", "# What a model may not learn from, and why."]
    lines += [f"{_text(name)} = {_text(why)}" for name, why in columns.leave_out.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_mapping(path: Path) -> Columns:
    """Return the mapping of a file. Raises BadMapping."""
    try:
        content = path.read_bytes()[: MAPPING_BYTES_MAX + 1]
        file = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError) as fault:
        raise BadMapping(f"the mapping {path.name} cannot be read: {fault}") from fault
    if unknown := sorted(set(file) - _KEYS):
        raise BadMapping(f"{path.name}: a mapping has no [{unknown[0]}]; it has {sorted(_KEYS)}")
    columns = {_role(name): str(column) for name, column in _table(file, "columns").items()}
    if missing := [role for role in NEEDED if role not in columns]:
        raise BadMapping(
            f"{path.name}: [columns] does not say which column is {', '.join(missing)};"
            f' add a line such as {missing[0]} = "the column\'s name"'
        )
    units = _table(file, "units")
    score = _table(file, "score")
    bad = _table(file, "outcome").get("bad", [])
    if not isinstance(bad, list):
        raise BadMapping(f'{path.name}: [outcome] bad is a list of words, as ["Charged Off"]')
    constants = {_role(name): str(word) for name, word in _table(file, "constants").items()}
    if wrong := sorted(set(constants) - _CONSTANT):
        raise BadMapping(f"{path.name}: [constants] may say state and lender_kind, not {wrong[0]}")
    return Columns(
        columns,
        _one_of(Money, units.get("money", "major"), path),
        _one_of(RateUnit, units.get("rate", "percent"), path),
        tuple(map(str, bad)),
        bool(score.get("higher_is_riskier", True)),
        constants,
        {name: str(why) for name, why in _table(file, "leave_out").items()},
    )


def _table(file: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = file.get(name, {})
    if not isinstance(found, dict):
        raise BadMapping(f"[{name}] is a table of lines such as name = value")
    return found


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        known = ", ".join(Role)
        raise BadMapping(f"{name} is nothing a book tells; known: {known}") from None


def _one_of(kind: type[Unit], word: object, path: Path) -> Unit:
    try:
        return kind(str(word))
    except ValueError:
        raise BadMapping(f"{path.name}: [units] {word!r} is none of {', '.join(kind)}") from None


def _text(word: str) -> str:
    # A JSON string is a TOML basic string.
    return json.dumps(word, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())
