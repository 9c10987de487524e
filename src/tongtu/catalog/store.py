"""Reads the product file that a product owner edits."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from tongtu.catalog.model import BadCatalogue, LoanProduct, Worked
from tongtu.kernel.errors import BadInput
from tongtu.terms.api import Method, PaymentOrder, quote

_LANGUAGES = ("zh", "en")


def read_products(path: Path) -> tuple[str, str, list[LoanProduct]]:
    """Return the version, the content hash and the products of a file. Raises BadCatalogue."""
    try:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        file = tomllib.loads(content.decode())
        products = [_product(row) for row in file["product"]]
        return str(file["version"]), hashlib.sha256(content).hexdigest(), products
    except (OSError, KeyError, TypeError, ValueError, BadInput) as error:
        raise BadCatalogue(f"the product file cannot be read: {error!r}") from error


def _product(row: dict[str, Any]) -> LoanProduct:
    example = row["example"]
    return LoanProduct(
        id=row["id"],
        name={lang: str(row[lang]) for lang in _LANGUAGES},
        about={lang: str(row[f"about_{lang}"]) for lang in _LANGUAGES},
        amount_min_minor=row["amount_min_minor"],
        amount_max_minor=row["amount_max_minor"],
        tenors_months=tuple(row["tenors_months"]),
        purposes=tuple(row["purposes"]),
        lender_kinds=tuple(row["lender_kinds"]),
        method=Method(row["method"]),
        payment_order=PaymentOrder(row.get("payment_order", PaymentOrder.OLDEST_FIRST)),
        draw_tenors_months=tuple(row.get("draw_tenors_months", ())),
        bureau_days=row.get("bureau_days", 0),
        verified_caps_minor=tuple(row.get("verified_caps_minor", ())),
        example=Worked(
            **example,
            quote=quote(example["amount_minor"], example["rate_bps"], example["tenor_months"]),
        ),
    )
