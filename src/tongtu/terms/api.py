"""The only door of terms: loan arithmetic that quote, contract and loan share."""

from tongtu.terms.model.calendar import HolidayCalendar, Shift
from tongtu.terms.model.convention import (
    Accrual,
    DayCount,
    Every,
    Grace,
    LastRule,
    LeapRule,
    Method,
    MonthEnd,
    PaymentOrder,
    Rounding,
    RoundingMode,
    Unit,
)
from tongtu.terms.model.fault import BadFlows, BadTerms, ManyRoots, NoRoot, UnknownMethod
from tongtu.terms.model.fee import Actor, Charge, Fee, FeeBasis, FeeTiming, monthly_fee
from tongtu.terms.model.flow import Days, Flow, UnitPeriods, Years
from tongtu.terms.model.loan_terms import (
    INSTALMENTS_MAX,
    PRINCIPAL_MINOR_MAX,
    RATE_BPS_MAX,
    LoanTerms,
)
from tongtu.terms.model.prepaid import Prepaid, PrepaidInterest, PrepaidWhen
from tongtu.terms.model.schedule import Disbursement, Instalment, Period, Schedule, Span
from tongtu.terms.rules.calendar import due_date, periods
from tongtu.terms.rules.day_count import part_of_year
from tongtu.terms.rules.figures import is_above
from tongtu.terms.rules.interest import (
    accrued,
    growth,
    interest_minor,
    level_minor,
    rate_factor,
)
from tongtu.terms.rules.level import level_instalment
from tongtu.terms.rules.level_column import (
    RATE_PPM_MAX,
    exact_instalment,
    last_instalments,
    level_costs,
    level_instalments,
)
from tongtu.terms.rules.quote import (
    QUOTE_MONTHS_MAX,
    Quote,
    QuoteBatch,
    quote,
    quote_batch,
)
from tongtu.terms.rules.rounding import to_minor, to_multiple
from tongtu.terms.rules.schedule import down_payment_minor, schedule
from tongtu.terms.rules.words.case import Case, case_of
from tongtu.terms.rules.yearly_cost import METHODS, yearly_cost

TENOR_MONTHS_MAX = INSTALMENTS_MAX

__all__ = [
    "INSTALMENTS_MAX",
    "METHODS",
    "PRINCIPAL_MINOR_MAX",
    "QUOTE_MONTHS_MAX",
    "RATE_BPS_MAX",
    "RATE_PPM_MAX",
    "TENOR_MONTHS_MAX",
    "Accrual",
    "Actor",
    "BadFlows",
    "BadTerms",
    "Case",
    "Charge",
    "DayCount",
    "Days",
    "Disbursement",
    "Every",
    "Fee",
    "FeeBasis",
    "FeeTiming",
    "Flow",
    "Grace",
    "HolidayCalendar",
    "Instalment",
    "LastRule",
    "LeapRule",
    "LoanTerms",
    "ManyRoots",
    "Method",
    "MonthEnd",
    "NoRoot",
    "PaymentOrder",
    "Period",
    "Prepaid",
    "PrepaidInterest",
    "PrepaidWhen",
    "Quote",
    "QuoteBatch",
    "Rounding",
    "RoundingMode",
    "Schedule",
    "Shift",
    "Span",
    "Unit",
    "UnitPeriods",
    "UnknownMethod",
    "Years",
    "accrued",
    "case_of",
    "down_payment_minor",
    "due_date",
    "exact_instalment",
    "growth",
    "interest_minor",
    "is_above",
    "last_instalments",
    "level_costs",
    "level_instalment",
    "level_instalments",
    "level_minor",
    "monthly_fee",
    "part_of_year",
    "periods",
    "quote",
    "quote_batch",
    "rate_factor",
    "schedule",
    "to_minor",
    "to_multiple",
    "yearly_cost",
]
