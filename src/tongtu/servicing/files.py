"""The table by which lines are reviewed, read only while its golden cases hold."""

from __future__ import annotations

from pathlib import Path

from tongtu.servicing.rules.line_review import check_line_rules
from tongtu.tables.api import Table, load_proved_table, rules_root

LINE_RULES = "line_review.json"


def load_line_rules(folder: Path | None = None) -> Table:
    """Return the review's table (of `folder`, else rules/). Raises BadTable."""
    return check_line_rules(load_proved_table((folder or rules_root()) / LINE_RULES))
