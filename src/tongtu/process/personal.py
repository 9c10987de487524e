"""What process keeps leads to a person by number alone: steps without a name."""

from __future__ import annotations

NUMBERED = {
    "process.instance": "numbers of cases and their steps",
    "process.event": "numbers of cases and their steps",
}
