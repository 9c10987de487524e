"""What insight keeps leads to a person by number alone: figures without a name."""

from __future__ import annotations

NUMBERED = {
    "insight.price_experiment": "plans",
    "insight.price_turn": "counts",
}
