"""What a product allows. Reasons are codes of the policy pack."""

from __future__ import annotations

from tongtu.catalog.model import BadCatalogue, LoanProduct
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, QUOTE_MONTHS_MAX

# A report older than a year says nothing of today.
BUREAU_DAYS_MAX = 365
# As many as verification knows.
VERIFIED_LEVELS_MAX = 3
LENDER_KINDS = frozenset({"bank", "consumer_finance", "microloan", "trust"})


def fits(product: LoanProduct, amount_minor: int, tenor_months: int, purpose: str) -> list[str]:
    """Return the codes of what does not fit the product; empty means that all does."""
    reasons: list[str] = []
    if not product.amount_min_minor <= amount_minor <= product.amount_max_minor:
        reasons.append("amount_out_of_range")
    if tenor_months not in product.tenors_months:
        reasons.append("tenor_not_offered")
    if purpose not in product.purposes:
        reasons.append("purpose_not_allowed")
    return reasons


def check(product: LoanProduct) -> None:
    """Refuse a product that could not be quoted. Raises BadCatalogue."""
    tenors = product.tenors_months
    sound = (
        0 < product.amount_min_minor <= product.amount_max_minor <= PRINCIPAL_MINOR_MAX
        and tenors
        and list(tenors) == sorted(set(tenors))
        and tenors[0] >= 1
        and tenors[-1] <= QUOTE_MONTHS_MAX
        and all(1 <= one <= tenors[-1] for one in product.draw_tenors_months)
        and product.purposes
        and product.lender_kinds
        and set(product.lender_kinds) <= LENDER_KINDS
    )
    example = product.example
    whole = (*tenors, example.rate_bps, product.amount_min_minor, product.bureau_days)
    exact = all(type(one) is int for one in whole) and 0 <= product.bureau_days <= BUREAU_DAYS_MAX
    caps = product.verified_caps_minor
    exact = exact and all(type(one) is int and one >= 0 for one in caps)
    # Whoever is known more surely may not be worse off for it.
    exact = exact and list(caps) == sorted(caps) and len(caps) <= VERIFIED_LEVELS_MAX
    if not (sound and exact) or fits(
        product, example.amount_minor, example.tenor_months, product.purposes[0]
    ):
        raise BadCatalogue(f"product {product.id} has a range, a kind or an example that is wrong")
