"""Risk-based price: cost of funds + expected loss + margin, on steps, rising with risk, capped."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.pricing.model import PPM, BadGrid, Cost, Grid, Steps

_PPM_PER_BPS = PPM // BPS_PER_ONE


def floor_ppm(cost: Cost, pd_ppm: int) -> int:
    """Return what a loan of this risk costs a year: nothing is lent below it."""
    loss = divide_half_up(pd_ppm * cost.loss_given_default_ppm, PPM)
    return cost.funding_ppm + loss + cost.operating_ppm


def price(
    name: str, cost: Cost, pd_by_band_ppm: Sequence[int], margin_ppm: int, steps: Steps
) -> Grid:
    """Return a grid of the cost of each band and a margin, each rounded up to the next step.

    A band whose cost alone is above the highest step has no price there is: the grid ends before it
    (a shorter `rate_bps`), nobody is lent to at a loss and nobody above the cap.

    Raises:
        BadGrid: the risk does not rise from band to band.
    """
    if list(pd_by_band_ppm) != sorted(pd_by_band_ppm):
        raise BadGrid("the bands do not rise in risk")
    rates: list[int] = []
    for pd_ppm in pd_by_band_ppm:
        least = on_step(floor_ppm(cost, pd_ppm), steps)
        if least > steps.highest_bps:
            break
        wished = on_step(floor_ppm(cost, pd_ppm) + margin_ppm, steps)
        rates.append(max(min(wished, steps.highest_bps), rates[-1] if rates else 0))
    return Grid(name, tuple(rates))


def on_step(rate_ppm: int, steps: Steps) -> int:
    """Return the least step that is not below a yearly rate; it may lie above the highest."""
    over = max(0, -(-rate_ppm // _PPM_PER_BPS) - steps.lowest_bps)
    return steps.lowest_bps + -(-over // steps.step_bps) * steps.step_bps


def check_grid(grid: Grid, steps: Steps, floors_ppm: Sequence[int]) -> None:
    """Refuse a grid that falls with risk, leaves its steps, passes the cap or lends at a loss.

    Raises:
        BadGrid.
    """
    rates = list(grid.rate_bps)
    is_sound = (
        rates == sorted(rates)
        and len(rates) <= len(floors_ppm)
        and all(steps.lowest_bps <= one <= steps.highest_bps for one in rates)
        and all((one - steps.lowest_bps) % steps.step_bps == 0 for one in rates)
        and all(one * _PPM_PER_BPS >= floor for one, floor in zip(rates, floors_ppm, strict=False))
    )
    if not is_sound:
        raise BadGrid(f"grid {grid.name} falls with risk, is off its steps, or below its cost")
