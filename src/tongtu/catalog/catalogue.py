"""The catalogue in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tongtu.catalog.model import BadCatalogue, LoanProduct
from tongtu.catalog.rules import check
from tongtu.catalog.store import read_products
from tongtu.kernel.errors import NotFound
from tongtu.tables.api import rules_root


class Catalogue:
    """Every product on offer, in the order a page shows them."""

    def __init__(self, version: str, content_hash: str, products: Sequence[LoanProduct]) -> None:
        self.version = version
        self.hash = content_hash
        self._products: Mapping[str, LoanProduct] = {one.id: one for one in products}
        if not products or len(self._products) != len(products):
            raise BadCatalogue("a catalogue has products, each with an id of its own")
        for product in products:
            check(product)

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """Return the catalogue of `rules/products.toml`, or of another file.

        Raises:
            BadCatalogue: it cannot be read, or a product could not be quoted.
        """
        return cls(*read_products(path or rules_root() / "products.toml"))

    def all(self) -> tuple[LoanProduct, ...]:
        """Return every product."""
        return tuple(self._products.values())

    def get(self, product: str) -> LoanProduct | None:
        """Return a product by id, or None."""
        return self._products.get(product)

    def find(self, product: str) -> LoanProduct:
        """Return a product by id. Raises NotFound."""
        found = self._products.get(product)
        if found is None:
            raise NotFound("no such product", code="no_such_product")
        return found
