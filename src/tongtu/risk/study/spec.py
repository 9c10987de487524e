"""What a person says of a table's columns, beside what the rows say: a TOML or JSON file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.forest import TREES_MAX

SPEC_BYTES_MAX = 1_000_000
SHAPES = ("rises", "falls", "peak", "valley", "free")
_COLUMN_KEYS = {"kind", "direction", "special", "change"}
_KEYS = {"drop", "protected", "prior", "trees", "columns"}


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What is said of one column; None: found in the rows."""

    kind: str | None = None  # number, word
    direction: str | None = None  # how risk moves when the value rises, one of SHAPES
    specials: tuple[float, ...] | None = None
    change: str = ""  # up, down, any: how a person may change it; empty: not at all


@dataclass(frozen=True, slots=True)
class Spec:
    """`drop` and `protected` columns are no features; `prior` is the true share of bad cases.

    `trees`: no more than so many are grown, so that a score has a bounded price.
    """

    drop: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    prior: float | None = None
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    trees: int | None = None

    def of(self, name: str) -> ColumnSpec:
        """Return what is said of a column."""
        return self.columns.get(name, _SILENT)

    @property
    def changes(self) -> dict[str, str]:
        """Which way each column can be changed by the person it speaks of."""
        return {name: one.change for name, one in self.columns.items() if one.change}


_SILENT = ColumnSpec()


def read_spec(path: Path) -> Spec:
    """Return the spec of a file. Raises BadInput."""
    try:
        content = path.read_bytes()[: SPEC_BYTES_MAX + 1]
        text = content.decode()
        value = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise BadInput(f"the spec {path.name} cannot be read", code="bad_spec") from error
    except ValueError as error:
        raise BadInput(
            f"the spec {path.name} is no TOML or JSON: {error}", code="bad_spec"
        ) from None
    return parse_spec(value)


def parse_spec(value: Mapping[str, Any]) -> Spec:
    """Return the spec of a mapping. Raises BadInput."""
    unknown = set(value) - _KEYS
    if unknown:
        raise BadInput(f"a spec has no {sorted(unknown)}", code="bad_spec")
    prior = value.get("prior")
    if prior is not None and not 0.0 < float(prior) < 1.0:
        raise BadInput("prior is a share between 0 and 1", code="bad_spec")
    trees = value.get("trees")
    if trees is not None and not (type(trees) is int and 1 <= trees <= TREES_MAX):
        raise BadInput(f"trees is a number from 1 to {TREES_MAX}", code="bad_spec")
    columns = {name: _column(name, one) for name, one in value.get("columns", {}).items()}
    return Spec(
        tuple(map(str, value.get("drop", ()))),
        tuple(map(str, value.get("protected", ()))),
        None if prior is None else float(prior),
        columns,
        trees,
    )


def _column(name: str, one: Mapping[str, Any]) -> ColumnSpec:
    unknown = set(one) - _COLUMN_KEYS
    if unknown:
        raise BadInput(f"column {name} has no {sorted(unknown)}", code="bad_spec")
    found = ColumnSpec(
        kind=one.get("kind"),
        direction=one.get("direction"),
        specials=tuple(map(float, one["special"])) if "special" in one else None,
        change=str(one.get("change", "")),
    )
    if found.kind not in {None, "number", "word"} or found.direction not in {None, *SHAPES}:
        raise BadInput(f"column {name}: kind or direction is unknown", code="bad_spec")
    if found.change not in {"", "up", "down", "any"}:
        raise BadInput(f"column {name}: change is up, down or any", code="bad_spec")
    return found
