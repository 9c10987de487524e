"""The only door of catalog: loan products, what fits them, what suits a person."""

from tongtu.catalog.catalogue import Catalogue
from tongtu.catalog.model import BadCatalogue, LoanProduct, Worked
from tongtu.catalog.recommendation import (
    WORDS,
    Advice,
    Profile,
    Recommendation,
    affordable_minor,
    recommend,
)
from tongtu.catalog.rules import fits

__all__ = [
    "WORDS",
    "Advice",
    "BadCatalogue",
    "Catalogue",
    "LoanProduct",
    "Profile",
    "Recommendation",
    "Worked",
    "affordable_minor",
    "fits",
    "recommend",
]
