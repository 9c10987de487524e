"""The law of the day over money: what may accrue (accrue), and which ways it never goes.

Both are asked once a day and product or kind of account, never once a loan or a posting: the ledger
refuses by its own table, which the pack's answers are written into (ledger.post).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tongtu.funding.api import Book
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import LenderId
from tongtu.ledger.api import ANY_CODE, Code, Flow, KindName, chart, forbid_by_law
from tongtu.policy.api import Finding, Pack, Severity
from tongtu.runtime.api import Runtime, get_logger
from tongtu.servicing.api import overdue_rates

ACCRUE, POST = "accrue", "ledger.post"
BORROWER = "borrower"
# A lender that left the book keeps its loans; the tables of the law have a value for any other.
KIND_UNKNOWN = "other"
# A charge by its name in the pack's catalogue. Whatever else moves is principal, or all in one.
FEES = {Code.PLATFORM_SERVICE_FEE: "service_fee", Code.MERCHANT_CHARGE: "merchant_fee"}
_PPM_PER_BPS = 100
log = get_logger("journey")


async def check_accrual(runtime: Runtime, pack: Pack, book: Book, day: date) -> None:
    """Ask the law of the day for each lender and product whether its dearest loan may accrue.

    Raises:
        Refused: `accrual_refused`: what was agreed passes the cap of the day; nothing was accrued.
    """
    kinds = {lender.number: lender.kind.value for lender in book.everybody()}
    check = pack.compile(ACCRUE, day)
    for cell in range(runtime.settings.cells):
        async with runtime.database.reading() as connection:
            rates = await overdue_rates(connection, cell)
        for lender, product, rate_bps in rates:
            kind = kinds.get(LenderId(lender), KIND_UNKNOWN)
            facts = {"lender_kind": kind, "overdue_rate_ppm": rate_bps * _PPM_PER_BPS}
            for finding in check(facts):
                _judge(finding, lender, product)


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


def _judge(finding: Finding, lender: int, product: str) -> None:
    said = {"lender": lender, "product": product, "rule": finding.rule}
    if finding.severity is Severity.WARN:
        log.warning("accrual_warned", **said)
        return
    log.error("accrual_refused", **said)
    raise Refused(
        f"the law of the day ({finding.rule}) does not let {product} of lender {lender} accrue what"
        " was agreed; the day stays open",
        code="accrual_refused",
    )
