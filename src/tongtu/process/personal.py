"""What process keeps leads to a person by number alone: steps without a name."""

from __future__ import annotations

NUMBERED = {
    "process.instance": "numbers of cases and their steps",
    "process.event": "numbers of cases and their steps",
    "process.advance": "numbers of cases, and facts that are numbers, codes and marks",
    "process.task": "numbers of cases",
    "process.incident": "numbers of cases",
}
