"""What an offer is worth, in whole fen: the same figure in the lane, in its record, in a report.

A borrower's saving is counted from what the same loan may cost at most by law. A lender's yes
stands in its offer, so the chance that it is funded is one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.model import PPM, Program
from tongtu.funding.rules.grid import TENOR_MONTHS_MAX
from tongtu.funding.rules.router import WORTH, Worth
from tongtu.kernel.ids import ProgramId
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, level_instalment

Ints = NDArray[np.int64]


class Worths:
    """Knows what a loan costs at the cap, and what a program's funders pay for the service."""

    def __init__(self, programs: Iterable[Program], cap_ppm: int, weights: Worth = WORTH) -> None:
        cap_bps = cap_ppm * BPS_PER_ONE // PPM
        self._dearest_ppm = [0] + [
            (level_instalment(PRINCIPAL_MINOR_MAX, cap_bps, months) * months - PRINCIPAL_MINOR_MAX)
            * PPM
            // PRINCIPAL_MINOR_MAX
            for months in range(1, TENOR_MONTHS_MAX + 1)
        ]
        self._dearest = np.array(self._dearest_ppm, np.int64)
        self._weights = weights
        joint = [(one.id, one.joint) for one in programs]
        self._service_ppm = {
            program: 0 if found is None else found.service_fee_ppm for program, found in joint
        }

    def of(
        self, program: ProgramId, terms: tuple[int, int], cost_minor: int, fees_minor: int
    ) -> int:
        """Return the worth of one offer; `terms` are its amount and months, `fees_minor` in all."""
        amount_minor, months = terms
        saving = amount_minor * self._dearest_ppm[months] // PPM - cost_minor
        commission = (cost_minor - fees_minor) * self._service_ppm[program] // PPM
        weights = self._weights
        return (saving * weights.saving_ppm + commission * weights.commission_ppm) // PPM

    def of_columns(
        self, service_ppm: Ints, terms: tuple[Ints, Ints], cost_minor: Ints, fees_minor: Ints
    ) -> Ints:
        """Return `of` each offer of programs whose `service_ppm` is `service_of` them."""
        amount_minor, months = terms
        saving = amount_minor * self._dearest[months] // PPM - cost_minor
        commission = (cost_minor - fees_minor) * service_ppm // PPM
        weights = self._weights
        found: Ints = (saving * weights.saving_ppm + commission * weights.commission_ppm) // PPM
        return found

    def service_of(self, program: ProgramId) -> int:
        """Return what the funders of a program pay of the interest, in ppm."""
        return self._service_ppm[program]
