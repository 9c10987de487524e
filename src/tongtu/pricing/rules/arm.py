"""A whole price grid that is lower than the published one, and never higher in any cell."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.pricing.model import PPM, BadGrid, Grid, Limits, Row, Steps
from tongtu.pricing.rules.grid import check_grid

STEP_BPS = 5
# However much two persons approve: no grid is tried that lies further below the published one.
BAND_BPS_MAX = 300
_PPM_PER_BPS = PPM // BPS_PER_ONE


def lower_rows(
    published: Sequence[Row], programs: Collection[int], lower_bps: Sequence[int]
) -> tuple[Row, ...]:
    """Return the grid with these programs' rates lowered by so much, by band from the safest."""
    lower = [lower_bps[row.band] if row.program in programs else 0 for row in published]
    return tuple(
        row._replace(rate_bps=row.rate_bps - less)
        for row, less in zip(published, lower, strict=True)
    )


def check_arm(published: Sequence[Row], arm: Sequence[Row], limits: Limits) -> None:
    """Refuse a grid that charges anybody more, falls with risk, or leaves what was approved.

    Fees and cells stay as they are; each term of each program has a grid of its own.

    Raises:
        BadGrid.
    """
    if not 0 < limits.band_bps <= BAND_BPS_MAX:
        raise BadGrid(f"a band of 1 to {BAND_BPS_MAX} basis points may be approved")
    columns: dict[tuple[int, int], list[Row]] = {}
    for before, row in zip(published, arm, strict=True):
        if row._replace(rate_bps=before.rate_bps) != before:
            raise BadGrid("only rates are tried: cells, terms and fees stay as they are")
        if not 0 <= before.rate_bps - row.rate_bps <= limits.band_bps:
            raise BadGrid(f"program {row.program}, band {row.band}: raised, or below the band")
        if row != before:
            columns.setdefault((row.program, row.tenor_to_months), [])
    for row in arm:
        if (column := columns.get((row.program, row.tenor_to_months))) is not None:
            column.append(row)
    for (program, months), rows in columns.items():
        rows.sort()
        rates = tuple(row.rate_bps for row in rows)
        floors = [limits.floor_bps[row.band] * _PPM_PER_BPS for row in rows]
        highest = max(rates) + -max(rates) % STEP_BPS
        check_grid(Grid(f"{program}/{months}", rates), Steps(0, highest, STEP_BPS), floors)
