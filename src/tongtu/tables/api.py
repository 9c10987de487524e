"""The only door of tables: decision tables in JDM, run by zen, proved by golden cases."""

from tongtu.tables.model import BadFact, BadTable, MissingFact, TableFailed
from tongtu.tables.rules.cases import check_cases, uncovered_rows
from tongtu.tables.rules.columnar import Columnar, Given, Matches, Words
from tongtu.tables.rules.syntax import expression_of
from tongtu.tables.rules.table import Table, content_hash
from tongtu.tables.store import (
    load_cases,
    load_proved_table,
    load_table,
    rules_root,
    shipped_folder,
)

__all__ = [
    "BadFact",
    "BadTable",
    "Columnar",
    "Given",
    "Matches",
    "MissingFact",
    "Table",
    "TableFailed",
    "Words",
    "check_cases",
    "content_hash",
    "expression_of",
    "load_cases",
    "load_proved_table",
    "load_table",
    "rules_root",
    "shipped_folder",
    "uncovered_rows",
]
