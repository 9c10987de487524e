"""Values of pricing. A price belongs to a risk and a term, never to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tongtu.kernel.errors import Broken, Refused

# PRICE-07: what may make no price. Nobody pays more for being in a hurry, loyal or on a new phone.
FORBIDDEN = frozenset(
    {
        "age", "brand", "browsing", "city", "device", "gender", "hour", "income_shown", "ip",
        "loyalty", "marital", "nationality", "propensity", "urgency", "willingness",
    }
)  # fmt: skip
ALLOWED = frozenset({"band", "pd_ppm", "tenor_months", "amount_minor", "product", "lender"})
PPM = 1_000_000


class ForbiddenFeature(Refused):
    """A price was to follow from something that may make no price (PRICE-07)."""

    default_code = "forbidden_feature"


class BadGrid(Broken):
    """A grid that falls with risk, leaves its steps or passes a cap is not used."""

    default_code = "bad_price_grid"


@dataclass(frozen=True, slots=True)
class Steps:
    """The discrete prices there are: yearly rates in basis points, both ends included."""

    lowest_bps: int
    highest_bps: int
    step_bps: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a loan costs whoever lends it, a year, in ppm of the balance."""

    funding_ppm: int
    loss_given_default_ppm: int
    operating_ppm: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A rate for each band, from the safest; the same for everybody of the band."""

    name: str
    rate_bps: tuple[int, ...]


class Turn(NamedTuple):
    """From which block on the arms are drawn with which chances; they sum to one."""

    first_block: int
    weights_ppm: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When which arm is in force: blocks of minutes since 1970, both ends included."""

    name: str
    block_minutes: int
    first_block: int
    last_block: int
    turns: tuple[Turn, ...]  # in order; the first begins with the first block


class Drawn(NamedTuple):
    """The arm of a block, and the chance it had."""

    arm: int
    propensity_ppm: int


class Row(NamedTuple):
    """A cell of a price grid as its file has it."""

    program: int
    band: int
    tenor_to_months: int
    rate_bps: int
    fee_bps_monthly: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What two persons approved: how far a rate may fall, and what a band costs at least."""

    band_bps: int
    floor_bps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """Grids tried by time block. `weights_ppm` is how often each is drawn; they sum to one.

    Approved by two persons; ends by itself; `is_killed` puts the first grid back at once.
    """

    id: str
    grids: tuple[Grid, ...]
    weights_ppm: tuple[int, ...]
    block_minutes: int
    first_block: int
    last_block: int
    is_killed: bool = False


class Shown(NamedTuple):
    """A logged price: when, for which band, which grid, with which chance it was drawn."""

    block: int
    band: int
    grid: int
    rate_bps: int
    propensity_ppm: int


def check_features(features: Mapping[str, object] | frozenset[str]) -> None:
    """Refuse whatever may make no price, and whatever nobody said may. Raises ForbiddenFeature."""
    named = frozenset(features)
    if off := sorted(named & FORBIDDEN) or sorted(named - ALLOWED):
        raise ForbiddenFeature(f"no price may follow from {', '.join(off)}")
