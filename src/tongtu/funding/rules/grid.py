"""The price grid: one cell for program, band and term, as arrays."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.model import BadBook, Price, Program
from tongtu.kernel.ids import ProgramId

COLUMNS = ("program", "band", "tenor_to_months", "rate_bps", "fee_bps_monthly")
BANDS = 8
TENOR_MONTHS_MAX = 84
ROWS_MAX = 20_000
RATE_BPS_MAX = 10_000
FEE_BPS_MAX = 200
NONE = -1
Prices = tuple[tuple[Price | None, ...], ...]  # by band, then by month from 0


class Grid:
    """Prices of every program. `rate_bps` and `fee_bps_monthly` are arrays (program, band, month).

    A cell without a price holds -1: the program does not lend there.
    """

    __slots__ = ("_places", "_prices", "fee_bps_monthly", "rate_bps")

    def __init__(self, programs: Sequence[Program], rows: Sequence[tuple[int, ...]]) -> None:
        self._places = {program.id: place for place, program in enumerate(programs)}
        shape = (len(programs), BANDS, TENOR_MONTHS_MAX + 1)
        self.rate_bps: NDArray[np.int64] = np.full(shape, NONE, np.int64)
        self.fee_bps_monthly: NDArray[np.int64] = np.full(shape, NONE, np.int64)
        for program in programs:
            self._fill(program, sorted(row[1:] for row in rows if row[0] == program.id))
        # The same cells as values: one look-up for one offer costs less than an array's.
        self._prices: dict[ProgramId, Prices] = {
            program.id: tuple(self._row(place, band) for band in range(BANDS))
            for place, program in enumerate(programs)
        }

    def price(self, program: ProgramId, band: int, tenor_months: int) -> Price | None:
        """Return the price, or None where the program does not lend."""
        rows = self._prices.get(program)
        if rows is None or not (0 <= band < BANDS and 0 < tenor_months <= TENOR_MONTHS_MAX):
            return None
        return rows[band][tenor_months]

    def place(self, program: ProgramId) -> int:
        """Return the program's place in the arrays."""
        return self._places[program]

    def _fill(self, program: Program, rows: list[tuple[int, ...]]) -> None:
        place, seen = self._places[program.id], set()
        # Longest bucket first, so that each shorter one writes over its own months.
        for band, tenor_to, rate_bps, fee_bps in reversed(rows):
            if (band, tenor_to) in seen:
                raise BadBook(f"price grid: program {program.id} has two prices for one cell")
            seen.add((band, tenor_to))
            months = slice(program.tenor_min_months, min(tenor_to, program.tenor_max_months) + 1)
            self.rate_bps[place, band, months] = rate_bps
            self.fee_bps_monthly[place, band, months] = fee_bps
        lent = self.rate_bps[place, :, program.tenor_min_months : program.tenor_max_months + 1]
        if not rows or ((lent == NONE).any(axis=1) & (lent != NONE).any(axis=1)).any():
            raise BadBook(f"price grid: program {program.id} has a term without a price")
        if (self.fee_bps_monthly[place].max() > 0) != (program.fee_payee is not None):
            raise BadBook(f"price grid: program {program.id} has a fee without payee, or the other")

    def _row(self, place: int, band: int) -> tuple[Price | None, ...]:
        cells = zip(
            self.rate_bps[place, band].tolist(),
            self.fee_bps_monthly[place, band].tolist(),
            strict=True,
        )
        return tuple(None if rate == NONE else Price(rate, fee) for rate, fee in cells)


def read_rows(text: str) -> list[tuple[int, ...]]:
    """Return the rows of the grid's CSV. Raises BadBook for another shape or bound."""
    reader = csv.reader(io.StringIO(text))
    if tuple(next(reader, ())) != COLUMNS:
        raise BadBook(f"price grid: the columns are {', '.join(COLUMNS)}")
    rows = []
    for number, cells in enumerate(reader, start=2):
        if number > ROWS_MAX:
            raise BadBook(f"price grid: more than {ROWS_MAX} rows")
        try:
            row = tuple(int(cell) for cell in cells)
            _, band, tenor_to, rate_bps, fee_bps = row
        except ValueError:
            raise BadBook(f"price grid, line {number}: five whole numbers are needed") from None
        if not (
            0 <= band < BANDS
            and 0 < tenor_to <= TENOR_MONTHS_MAX
            and 0 <= rate_bps <= RATE_BPS_MAX
            and 0 <= fee_bps <= FEE_BPS_MAX
        ):
            raise BadBook(f"price grid, line {number}: a figure is outside its bounds")
        rows.append(row)
    return rows
