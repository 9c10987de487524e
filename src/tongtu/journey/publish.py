"""Before a program is offered to anybody, the pack is asked about it as a whole (product.publish).

An offer is judged again when it is built; here a charge nobody disclosed, a share that is too small
or a dearest price above the cap stops the start, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import Book, Program
from tongtu.kernel.errors import Broken
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.policy.api import Finding, Laws, Severity
from tongtu.terms.api import quote_batch

# What the price grid of every lender looks at, and nothing else (PRICE-07).
PRICE_INPUTS = ("band", "tenor_months")
BANDS = 8
# The monthly fee of the grid; whoever else receives it, it is this charge.
MONTHLY_FEE = "guarantee_fee"
_PPM = 1_000_000
# Of many faults the first are named.
SAID_MAX = 1_000


def check_published(
    laws: Laws, catalogue: Catalogue, book: Book, at: date
) -> tuple[tuple[str, Finding], ...]:
    """Ask each lender's law about its programs; return what it only warns of, by program.

    Raises:
        Broken: `not_publishable`: a program breaks a rule, named.
    """
    found = [
        (program.code, finding)
        for lender in book.everybody()
        for program in lender.programs
        for finding in laws.of(lender.id).evaluate(
            "product.publish", facts_of(catalogue, book, program), at
        )
    ]
    broken = [
        f"{code}: {finding.rule} ({laws.reason(finding.code, 'en')})"
        for code, finding in found
        if finding.severity is not Severity.WARN
    ]
    if broken:
        said = "; ".join(broken)[:SAID_MAX]
        raise Broken(f"not offered by the rules of {laws.base.id}: {said}", code="not_publishable")
    return tuple(found)


def facts_of(catalogue: Catalogue, book: Book, program: Program) -> Mapping[str, object]:
    """Return what rules may read of a program: its dearest cell, its charges, its shares.

    What a remote lender will ask is known with its offer, and judged then; until then it is 0.
    """
    fees = () if program.fee_payee is None else (f"{MONTHLY_FEE}>{program.fee_payee}",)
    shares = [funder.share_ppm for funder in program.joint.funders] if program.joint else [_PPM]
    methods = {catalogue.find(name).method.value for name in program.products}
    return {
        "irr12_ppm": _dearest_ppm(book, program),
        "lender_kind": book.lender(program.lender).kind.value,
        "fee_payees": () if program.fee_payee is None else (program.fee_payee,),
        "fee_lines": ("interest>lender", *fees),
        "price_inputs": PRICE_INPUTS,
        "repayment": "bullet" if "bullet" in methods else "level",
        "tenor_months": program.tenor_max_months,
        "is_joint": program.joint is not None,
        "share_min_ppm": min(shares),
    }


def _dearest_ppm(book: Book, program: Program) -> int:
    """Return the highest yearly cost at the least amount, where rounding weighs most."""
    amount = program.amount_min_minor
    rows = [
        (
            amount,
            price.rate_bps,
            months,
            divide_half_up(amount * price.fee_bps_monthly, BPS_PER_ONE),
        )
        for band in range(BANDS)
        for months in range(program.tenor_min_months, program.tenor_max_months + 1)
        if (price := book.price(program.id, band, months)) is not None
    ]
    if not rows:
        return 0
    return int(quote_batch(*np.ascontiguousarray(np.array(rows, np.int64).T)).irr12_ppm.max())
