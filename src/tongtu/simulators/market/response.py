"""The simulated truth of who responds, with a push and without. No campaign may import it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ResponseTruth:
    """By stratum: how many respond unasked, and what a push adds (below 0: it puts them off)."""

    names: tuple[str, ...]
    share: tuple[float, ...]  # of all people
    unasked: tuple[float, ...]
    added: tuple[float, ...]

    def draw(self, seed: int, people: int) -> tuple[Ints, NDArray[np.float64]]:
        """Return each person's stratum and luck: they respond when it is below their chance."""
        draw = np.random.default_rng(seed)  # house: seam - a simulator's draws follow from its seed
        stratum = draw.choice(len(self.names), people, p=self.share)
        return stratum.astype(np.int64), draw.random(people)

    def responds(self, stratum: int, luck: float, *, is_pushed: bool) -> bool:
        """Return whether a person responds."""
        return luck < self.unasked[stratum] + (self.added[stratum] if is_pushed else 0.0)

    @property
    def uplift(self) -> float:
        """What a push adds over everybody."""
        return sum(part * more for part, more in zip(self.share, self.added, strict=True))
