"""The only door of checkup: a loan book from elsewhere, audited on day one."""

from tongtu.checkup.flow import Asking, Audit, audit, guess_columns
from tongtu.checkup.mapping import read_mapping, write_mapping
from tongtu.checkup.model import BadBook, BadMapping, Columns, Money, RateUnit, Role
from tongtu.checkup.page.document import document
from tongtu.checkup.summary import summarise

__all__ = [
    "Asking",
    "Audit",
    "BadBook",
    "BadMapping",
    "Columns",
    "Money",
    "RateUnit",
    "Role",
    "audit",
    "document",
    "guess_columns",
    "read_mapping",
    "summarise",
    "write_mapping",
]
