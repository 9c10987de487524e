"""The only door of terms: loan arithmetic that quote, contract and loan share."""

from tongtu.terms.model import (
    PRINCIPAL_MINOR_MAX,
    RATE_BPS_MAX,
    TENOR_MONTHS_MAX,
    BadFlows,
    BadTerms,
    DayCount,
    Flow,
    Instalment,
    LoanTerms,
    ManyRoots,
    Method,
    NoRoot,
    Schedule,
    UnknownMethod,
)
from tongtu.terms.rules.calendar import due_date, part_of_year
from tongtu.terms.rules.figures import is_above
from tongtu.terms.rules.quote import (
    QUOTE_MONTHS_MAX,
    Quote,
    QuoteBatch,
    quote,
    quote_batch,
)
from tongtu.terms.rules.schedule import level_instalment, schedule
from tongtu.terms.rules.yearly_cost import METHODS, periodic_rate, yearly_cost

__all__ = [
    "METHODS",
    "PRINCIPAL_MINOR_MAX",
    "QUOTE_MONTHS_MAX",
    "RATE_BPS_MAX",
    "TENOR_MONTHS_MAX",
    "BadFlows",
    "BadTerms",
    "DayCount",
    "Flow",
    "Instalment",
    "LoanTerms",
    "ManyRoots",
    "Method",
    "NoRoot",
    "Quote",
    "QuoteBatch",
    "Schedule",
    "UnknownMethod",
    "due_date",
    "is_above",
    "level_instalment",
    "part_of_year",
    "periodic_rate",
    "quote",
    "quote_batch",
    "schedule",
    "yearly_cost",
]
