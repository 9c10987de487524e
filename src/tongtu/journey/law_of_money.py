"""The law of the day over money: what may accrue (accrue), and which ways it never goes.

Both are asked once a day and product or kind of account, never once a loan or a posting: the ledger
refuses by its own table, which the pack's answers are written into (ledger.post).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tongtu.funding.api import Book
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import LenderId
from tongtu.ledger.api import ANY_CODE, Code, Flow, KindName, chart, forbid_by_law
from tongtu.payments.api import STATEMENT_CELL, Break, BreakKind, name_break
from tongtu.policy.api import Finding, Pack, Severity
from tongtu.runtime.api import Runtime, get_logger
from tongtu.servicing.api import Cap, bears_more, cap_overdue, overdue_rates

ACCRUE, POST = "accrue", "ledger.post"
BORROWER = "borrower"
# A lender that left the book keeps its loans; the tables of the law have a value for any other.
KIND_UNKNOWN = "other"
# A charge by its name in the pack's catalogue. Whatever else moves is principal, or all in one.
FEES = {Code.PLATFORM_SERVICE_FEE: "service_fee", Code.MERCHANT_CHARGE: "merchant_fee"}
_PPM_PER_BPS = 100
ONE_DAY = timedelta(days=1)
# A law that is known more than a little over a year late is looked at by a person.
LATE_DAYS_MAX = 400
log = get_logger("journey")


async def check_accrual(runtime: Runtime, pack: Pack, book: Book, day: date) -> None:
    """Ask the law of the day for each lender and product whether its dearest loan may accrue.

    What passes the cap of the day is capped: the loans that bear more bear the highest lawful rate
    from the law's first day on, and the books go on. An event, the log and a break tell of it; a
    person closes the break once the lender knows.

    Raises:
        Refused: `accrual_refused`: the law lets nothing accrue, whatever the rate; the day stays
            open.
    """
    kinds = {lender.number: lender.kind.value for lender in book.everybody()}
    check = pack.compile(ACCRUE, day)
    for cell in range(runtime.settings.cells):
        async with runtime.database.reading() as connection:
            rates = await overdue_rates(connection, cell)
        for lender, product, rate_bps in rates:
            asked = _Asked(check, kinds.get(LenderId(lender), KIND_UNKNOWN), lender, product)
            lawful = asked.highest(rate_bps)
            if lawful < rate_bps:
                cap = Cap(lawful, _since(pack, asked, lawful, day))
                await _tell(runtime, cell, (lender, product), (cap, day))
                capped = await cap_overdue(runtime, cell, (lender, product), cap)
                log.error("overdue_capped", lender=lender, product=product, loans=capped,
                          rate_bps=lawful, since=cap.since.isoformat())  # fmt: skip


def _since(pack: Pack, asked: _Asked, lawful: int, day: date) -> date:
    """Return the first of the days up to `day` on which the law let run just so much.

    A law may be known later than it holds. Days that the pack says nothing of count as before.
    """
    for _ in range(LATE_DAYS_MAX):
        before = replace(asked, check=pack.compile(ACCRUE, day - ONE_DAY))
        if before.refusal(lawful + 1) is None or before.refusal(lawful) is not None:
            break
        day -= ONE_DAY
    return day


async def _tell(runtime: Runtime, cell: int, of: tuple[int, str], capped: tuple[Cap, date]) -> None:
    """Name in a break that live loans bear more than the law lets run, before they are capped.

    No money is missing: what the paper says and what the loan asks for differ from now on.
    """
    (lender, product), (cap, day) = of, capped
    async with runtime.database.transaction() as connection:
        if await bears_more(connection, cell, of, cap.rate_bps):
            reference = f"{cap.since.isoformat()}/{cap.rate_bps}"
            kind = BreakKind.OVERDUE_ABOVE_CAP
            new = Break(STATEMENT_CELL, kind, lender, day, product, 0, reference)
            await name_break(connection, runtime, new)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The law of a day, asked about overdue rates of one lender and product."""

    check: Callable[[Mapping[str, object]], Iterable[Finding]]
    kind: str
    lender: int
    product: str

    def refusal(self, rate_bps: int) -> Finding | None:
        """Return what forbids a rate; what the law only warns of is logged."""
        facts = {"lender_kind": self.kind, "overdue_rate_ppm": rate_bps * _PPM_PER_BPS}
        for finding in self.check(facts):
            if finding.severity is not Severity.WARN:
                return finding
            said = {"lender": self.lender, "product": self.product, "rule": finding.rule}
            log.warning("accrual_warned", **said)
        return None

    def highest(self, rate_bps: int) -> int:
        """Return the highest lawful rate up to one, by halves. Raises Refused when none is."""
        if self.refusal(rate_bps) is None:
            return rate_bps
        if (none := self.refusal(0)) is not None:
            raise Refused(
                f"the law of the day ({none.rule}) does not let {self.product} of lender"
                f" {self.lender} accrue anything; the day stays open",
                code="accrual_refused",
            )
        lawful, refused = 0, rate_bps
        while refused - lawful > 1:
            middle = (lawful + refused) // 2
            if self.refusal(middle) is None:
                lawful = middle
            else:
                refused = middle
        return lawful


async def forbid_flows(runtime: Runtime, pack: Pack, day: date) -> int:
    """Write what the law of a day forbids into the ledger's table; return how many flows it is.

    What the law of an earlier day forbade alone is allowed again. Safe to repeat.
    """
    async with runtime.database.transaction() as connection:
        flows = flows_forbidden(pack, day, await chart(connection))
        await forbid_by_law(connection, pack.id, flows)
    return len(flows)


def flows_forbidden(pack: Pack, day: date, kinds: Iterable[KindName]) -> list[Flow]:
    """Return the ways between kinds of accounts that the pack forbids, each with the rule.

    The holder of an account is who pays or is paid. What is forbidden whatever it is for stands
    once, under any code; a charge that has its own rule under that charge's code.
    """
    known, check = list(kinds), pack.compile(POST, day)
    flows = []
    for debit in known:
        for credit in known:
            movement = {"payer": debit.holder, "payee": credit.holder}
            plain = movement | {"is_fee": False, "fee_line": ""}
            if rule := _against(check(plain)):
                flows.append(Flow(ANY_CODE, credit.kind, debit.kind, rule))
                continue
            for code, fee in FEES.items():
                charge = movement | {"is_fee": True, "fee_line": f"{fee}>{credit.holder}"}
                if rule := _against(check(charge)):
                    flows.append(Flow(int(code), credit.kind, debit.kind, rule))
    return flows


def _against(found: Iterable[Finding]) -> str:
    return next((one.rule for one in found if one.severity is not Severity.WARN), "")
