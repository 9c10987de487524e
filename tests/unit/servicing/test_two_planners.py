"""The schedule of `terms` and the replay's plan of the same terms are the same rows, cell by cell.

Known to differ and left out: a flat loan of the cumulative kind with a later payout or with grace,
and money paid out on the last due date (one more row here, refused there).
"""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tongtu.servicing.model.event import EventKind, LoanEvent
from tongtu.servicing.model.policy import ORDERS, AllocationTable, Engine, ServicingTerms
from tongtu.servicing.rules.replay import replay
from tongtu.terms.api import (
    Accrual,
    DayCount,
    Disbursement,
    Every,
    Grace,
    LastRule,
    LoanTerms,
    Method,
    MonthEnd,
    Rounding,
    RoundingMode,
    Unit,
    schedule,
)

FEW = settings.default.max_examples
TABLE = AllocationTable(ORDERS["PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"])


@st.composite
def agreed(draw):
    """Return servicing terms, and what is paid out when."""
    progressive = draw(st.booleans())
    multiple = draw(st.sampled_from([1, 100, 1_000]))
    if progressive:
        rounding = Rounding(RoundingMode.HALF_EVEN, 12, multiple, LastRule.EVENED_OUT)
        accrual = Accrual(is_day_end=True)
    else:
        rounding = Rounding(RoundingMode.HALF_EVEN, None, multiple, LastRule.TAKES_ALL)
        accrual = Accrual(by_period=draw(st.booleans()), is_level_nominal=True)
    method = draw(st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.FLAT]))
    count = draw(st.integers(1, 12))
    grace = draw(st.integers(0, min(2, count - 1)))
    is_plain = method is Method.FLAT and not progressive
    start = date(2023, 1, 1) + timedelta(days=draw(st.integers(0, 900)))
    principal = draw(st.integers(1_000, 5_000_000))
    plan = LoanTerms(
        principal,
        draw(st.sampled_from([0, 700, Decimal("948.22"), 2_400, 3_600])),
        count,
        start,
        method,
        draw(
            st.sampled_from(
                [DayCount.MONTHLY, DayCount.ACT_ACT, DayCount.ACT_360, DayCount.ACT_365F]
            )
        ),
        every=draw(
            st.sampled_from([Every(1), Every(2), Every(15, Unit.DAYS), Every(2, Unit.WEEKS)])
        ),
        accrual=accrual,
        rounding=rounding,
        grace=Grace(principal=0 if is_plain else grace),
        month_end=draw(st.sampled_from(MonthEnd)),
        down_payment_percent=draw(st.sampled_from([Decimal(0), Decimal(25)])),
    )
    first = principal if is_plain or draw(st.booleans()) else principal // 3
    paid_out = [Disbursement(start, first)]
    if first < principal:
        later = start + timedelta(days=draw(st.integers(0, 12)))
        paid_out.append(Disbursement(later, principal - first))
    engine = Engine.PROGRESSIVE if progressive else Engine.CUMULATIVE
    return ServicingTerms(plan, TABLE, engine, is_start_fixed=True), paid_out


# Once found: the half fen of a flat loan's agreed sum was rounded away twice.
HALF_A_FEN = ServicingTerms(
    LoanTerms(
        750,
        700,
        2,
        date(2023, 1, 1),
        Method.FLAT,
        every=Every(2),
        accrual=Accrual(is_level_nominal=True),
        rounding=Rounding(RoundingMode.HALF_EVEN, None, 1, LastRule.TAKES_ALL),
    ),
    TABLE,
    Engine.CUMULATIVE,
    is_start_fixed=True,
)


@settings(max_examples=3 * FEW, deadline=None)
@given(agreed())
@example((HALF_A_FEN, [Disbursement(date(2023, 1, 1), 750)]))
def test_the_replay_of_a_loan_paid_out_is_its_schedule(given_terms):
    terms, paid_out = given_terms
    made = schedule(terms.plan, paid_out).rows
    assume(all(one.date < made[-1].due_date for one in paid_out))
    events = [
        LoanEvent(seq, EventKind.DISBURSED, one.date, one.date, one.amount_minor)
        for seq, one in enumerate(paid_out, 1)
    ]

    life = replay(terms, events, paid_out[-1].date)

    found = [(row.due, row.owed[3], row.owed[2], row.is_down_payment) for row in life.rows]
    assert sorted(found) == sorted(
        (row.due_date, row.principal_minor, row.interest_minor, row.is_down_payment) for row in made
    )
