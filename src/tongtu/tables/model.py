"""Why a table cannot be loaded or asked. No message holds a person's data."""

from __future__ import annotations

from tongtu.kernel.errors import Broken


class BadTable(Broken):
    """A decision table that could answer wrongly in silence; it is not loaded."""

    default_code = "bad_table"


class MissingFact(Broken):
    """A declared input was not given, or was null; the engine was not asked."""

    default_code = "missing_fact"


class BadFact(Broken):
    """An input is of another type, not finite, or outside its declared range or set."""

    default_code = "bad_fact"


class TableFailed(Broken):
    """The engine gave no answer, or one without its catch-all row."""

    default_code = "table_failed"
