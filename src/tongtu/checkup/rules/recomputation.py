"""Every instalment of a book beside ours, under the rounding that explains the book best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tongtu.checkup.model import Book, Flags, Ints
from tongtu.terms.api import RoundingMode, last_instalments, level_costs, level_instalments

# Loans a step of the progress; the columns of a block stay in the processor's cache.
BLOCK = 50_000
# In the order in which a tie is decided: ours first.
ROUNDINGS = (
    RoundingMode.HALF_UP, RoundingMode.CEILING, RoundingMode.FLOOR, RoundingMode.HALF_EVEN,
)  # fmt: skip
# A book of which less agrees is not of level instalments, and no rounding explains it.
EXPLAINED_MIN = 0.5


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What each loan's instalment should be, and what its cost is."""

    ours: Ints  # rounded half up, as our schedules are
    rounding: RoundingMode  # by which most of the book's figures come out
    equal_by: dict[RoundingMode, int]
    is_equal: Flags  # by the book's rounding
    as_booked: Ints  # by the book's rounding
    last: Ints  # of the booked instalments; the instalment itself where it does not recompute
    irr12_ppm: Ints  # -1 where less is paid back than was received
    compound_ppm: Ints


def recompute(book: Book, advance: Callable[[int], None]) -> Recomputed:
    """Return every loan's instalment and yearly costs; `advance` hears how many loans are done."""
    levels = {mode: np.zeros(len(book), np.int64) for mode in ROUNDINGS}
    for part in _blocks(len(book)):
        three = book.principal[part], book.rate_ppm[part], book.months[part]
        for mode, column in levels.items():
            column[part] = level_instalments(*three, mode)
        advance((part.stop - part.start) // 2)
    equal_by = {mode: int((column == book.instalment).sum()) for mode, column in levels.items()}
    rounding = max(ROUNDINGS, key=lambda mode: equal_by[mode])
    is_equal = levels[rounding] == book.instalment
    last, costs = book.instalment.copy(), (np.zeros(len(book), np.int64),) * 2
    irr12, compound = (column.copy() for column in costs)
    for part in _blocks(len(book)):
        three = book.principal[part], book.rate_ppm[part], book.months[part]
        walked = last_instalments(*three, book.instalment[part])
        last[part] = np.where(is_equal[part], walked, book.instalment[part])
        fee = book.fee_monthly[part]
        irr12[part], compound[part] = level_costs(
            book.principal[part] - book.fee_upfront[part],
            book.instalment[part] + fee, last[part] + fee, book.months[part],
        )  # fmt: skip
        advance(part.stop - part.start - (part.stop - part.start) // 2)
    return Recomputed(
        levels[RoundingMode.HALF_UP], rounding, equal_by, is_equal, levels[rounding], last,
        irr12, compound,
    )  # fmt: skip


def _blocks(count: int) -> Iterator[slice]:
    for start in range(0, count, BLOCK):
        yield slice(start, min(start + BLOCK, count))
