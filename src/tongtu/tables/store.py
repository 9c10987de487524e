"""Finds and reads the files a business person edits: rules/ and packs/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tongtu.tables.model import BadTable
from tongtu.tables.rules.cases import check_cases
from tongtu.tables.rules.table import Table

_PACKAGE = Path(__file__).resolve().parents[1]
# In a clone the folders stand beside src/; a wheel carries them as tongtu/shipped/<name>.
_PLACES = (_PACKAGE.parents[1], _PACKAGE / "shipped")
_FILE_BYTES_MAX = 4_000_000


def shipped_folder(name: str) -> Path:
    """Return a folder of what a business person edits, of this clone or of the installed package.

    Raises:
        BadTable: neither place has it.
    """
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    raise BadTable(f"the folder {name}/ is neither beside src/ nor in the package")


def rules_root() -> Path:
    """Return the folder of decision tables and grids."""
    return shipped_folder("rules")


def load_table(path: Path) -> Table:
    """Return the table in `<key>.json`."""
    jdm = read_json(path)
    if not isinstance(jdm, dict):
        raise BadTable(f"{path.name} is not a JDM document")
    return Table.load(path.stem, jdm)


def load_cases(path: Path) -> list[dict[str, Any]]:
    """Return the golden cases beside a table: `<key>.cases.json`."""
    cases = read_json(path.with_name(f"{path.stem}.cases.json"))
    if not isinstance(cases, list):
        raise BadTable(f"the golden cases of {path.name} are a list")
    return cases


def load_proved_table(path: Path) -> Table:
    """Return the table once its golden cases hold. Raises BadTable naming those that fail."""
    table = load_table(path)
    if failures := check_cases(table, load_cases(path)):
        raise BadTable("; ".join(failures))
    return table


def read_json(path: Path) -> Any:
    """Return a file's JSON. Raises BadTable when it is absent, too large or no JSON."""
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise BadTable(f"{path.name} is larger than {_FILE_BYTES_MAX} bytes")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadTable(f"{path.name} cannot be read") from error
    except (ValueError, RecursionError) as error:  # the latter: nested too deep to be a table
        raise BadTable(f"{path.name} is not JSON") from error
