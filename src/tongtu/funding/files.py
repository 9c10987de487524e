"""Finds and reads the book a lender's product owner edits: three files in rules/."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongtu.funding.model import BadBook
from tongtu.funding.rules.book import Book
from tongtu.funding.rules.grid import read_rows
from tongtu.funding.rules.lenders import read_lenders, read_remotes
from tongtu.tables.api import load_proved_table, rules_root

LENDERS = "lenders.toml"
ELIGIBILITY = "lender_eligibility.json"
GRID = "price_grid.csv"
FILE_BYTES_MAX = 2_000_000


def load_book(folder: Path | None = None) -> Book:
    """Return the book of a folder, by default the one in rules/, once its golden cases hold.

    Raises:
        BadBook, BadTable: a file that is missing, malformed or could offer wrongly.
    """
    root = folder or rules_root()
    table = load_proved_table(root / ELIGIBILITY)
    try:
        document = tomllib.loads(_text(root / LENDERS))
    except tomllib.TOMLDecodeError as error:
        raise BadBook(f"{LENDERS} is not TOML: {error}") from error
    lenders, guarantors = read_lenders(document)
    remotes = read_remotes(document, (*lenders, *guarantors))
    rows = _policy_rows(json.loads(_text(root / ELIGIBILITY)))
    grid_rows = read_rows(_text(root / GRID))
    return Book((lenders, guarantors), table, grid_rows, rows, remotes=remotes)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise BadBook(f"{path.name} is larger than {FILE_BYTES_MAX} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadBook(f"{path.name} cannot be read") from error


def _policy_rows(jdm: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the table's rows with their program by name, whatever the editor calls its column."""
    content = next(n["content"] for n in jdm["nodes"] if n["type"] == "decisionTableNode")
    column = next(one["id"] for one in content["outputs"] if one["field"] == "program")
    return [row | {"program": row[column]} for row in content["rules"]]
