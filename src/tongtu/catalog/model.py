"""A loan product: what may be asked for, for what, from whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongtu.kernel.errors import Broken
from tongtu.terms.api import Method, PaymentOrder, Quote


class BadCatalogue(Broken):
    """The product file cannot be published as it is."""

    default_code = "bad_catalogue"


@dataclass(frozen=True, slots=True)
class Worked:
    """The worked example a page shows beside a product; its figures are computed."""

    amount_minor: int
    tenor_months: int
    rate_bps: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class LoanProduct:
    """One product of the catalogue. Names and texts by language."""

    id: str
    name: Mapping[str, str]
    about: Mapping[str, str]
    amount_min_minor: int
    amount_max_minor: int
    tenors_months: tuple[int, ...]
    purposes: tuple[str, ...]
    lender_kinds: tuple[str, ...]
    method: Method
    example: Worked
    payment_order: PaymentOrder = PaymentOrder.OLDEST_FIRST  # of loans made from now on
    bureau_days: int = 0  # how old a bureau report may be; 0: none is needed
    # The most that is decided by machine, by how surely it is known who asks (level 0, 1, 2 …;
    # beyond the last there is no bound); empty: the product does not ask.
    verified_caps_minor: tuple[int, ...] = ()
    # A revolving product grants a line; its draws run for one of these.
    draw_tenors_months: tuple[int, ...] = ()

    def is_sure_enough(self, level: int, amount_minor: int) -> bool:
        """Tell whether a person verified to `level` may be decided this amount by machine."""
        caps = self.verified_caps_minor
        return level >= len(caps) or amount_minor <= caps[level]

    @property
    def is_revolving(self) -> bool:
        """Whether the product is a line to draw on."""
        return bool(self.draw_tenors_months)
