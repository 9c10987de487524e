"""The only door of catalog: loan products and what fits them."""

from tongtu.catalog.catalogue import Catalogue
from tongtu.catalog.model import BadCatalogue, LoanProduct, Worked
from tongtu.catalog.rules import fits

__all__ = ["BadCatalogue", "Catalogue", "LoanProduct", "Worked", "fits"]
