"""What the router says in the lane: which of the offers shown is recommended. It hides none.

The list a person sees stays the cheapest first. Among offers within the guard of the cheapest that
one is recommended whose worth less toll is largest; prices of scarcity are given, never made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.ids import ProgramId

Ints = NDArray[np.int64]
# Nobody is recommended an offer that costs more than this above the cheapest of the list, a year.
STEER_GUARD_PPM = 2_500
_PPM = 1_000_000
# Less than any offer is worth.
_NEVER = np.iinfo(np.int64).min


class Steering(NamedTuple):
    """The router's prices in force: ppm of a fen of worth for each fen lent, of scarce programs."""

    guard_ppm: int
    tolls: tuple[tuple[ProgramId, int], ...] = ()

    def toll_minor(self, program: ProgramId, amount_minor: int) -> int:
        """Return what lending an amount takes from those who come later."""
        for scarce, toll_ppm in self.tolls:
            if scarce == program:
                return amount_minor * toll_ppm // _PPM
        return 0


def recommend(yearly_ppm: Sequence[int], nets: Sequence[int], guard_ppm: int) -> int:
    """Return the place (from 1) of the offer to recommend of one list; the first among equals."""
    most = min(yearly_ppm) + guard_ppm
    best, place = None, 0
    for n, (cost, net) in enumerate(zip(yearly_ppm, nets, strict=True), start=1):
        if cost <= most and (best is None or net > best):
            best, place = net, n
    return place


def recommend_each(yearly_ppm: Ints, nets: Ints, starts: Ints, guard_ppm: int) -> Ints:
    """Return `recommend` of many lists that stand one after the other; none of them is empty."""
    sizes = np.diff(np.append(starts, len(nets)))
    least = np.repeat(np.minimum.reduceat(yearly_ppm, starts), sizes)
    net = np.where(yearly_ppm <= least + guard_ppm, nets, _NEVER)
    best = np.repeat(np.maximum.reduceat(net, starts), sizes)
    places = np.where(net == best, np.arange(len(net)), len(net))
    found: Ints = np.minimum.reduceat(places, starts) - starts + 1
    return found
