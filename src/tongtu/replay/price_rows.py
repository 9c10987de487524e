"""The price experiment's lines in a replay's report. Figures are fen of a case a year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECTION = "price experiment (time and acceptance simulated)"


def experiment_rows(told: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return (section, name, value) lines; none where none was rehearsed."""
    if not told:
        return []
    rows = [
        (SECTION, f"{told['lender']}: {told['people']} of the replay's people come again and again",
         f"{told['cases']:,} cases in {told['blocks']} blocks of {told['block_minutes']} minutes"),
    ]  # fmt: skip
    for arm in told["arms"]:
        shown = (
            f"chance {arm['propensity']:.2f}, {arm['blocks']} blocks, {arm['cases']:,} cases, "
            f"{100 * arm['accepted']:.1f} % accepted, truly earns {arm['truth']:.0f}"
        )
        rows.append((SECTION, f"arm {arm['name']}", shown))
        estimates = ", ".join(
            f"{name} {one['value']:.0f} ({one['low']:.0f} to {one['high']:.0f}"
            f"{'' if one['holds_truth'] else ', MISSES THE TRUTH'})"
            for name, one in arm["estimates"].items()
        )
        rows.append((SECTION, f"arm {arm['name']}: off-policy estimates (95 %)", estimates))
    rows.append(
        (SECTION, "best by our estimate, in truth", f"{told['best']}, {told['best_in_truth']}")
    )
    cost = told["regret_to_published_minor"] / 100
    rows.append((SECTION, "trying cost, against the published grid alone", f"{cost:,.0f} yuan"))
    return rows
