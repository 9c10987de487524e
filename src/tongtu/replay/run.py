"""The replay itself: real applicants apply, sign and repay over simulated months.

Their repayment paths are simulated from a real yes/no outcome: a good borrower pays each instalment
when it is due; a bad one stops after a few, by a rule that depends on the row alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tongtu.replay.applicants import Applicant
from tongtu.replay.beside import (
    begin_campaign,
    end_campaign,
    open_lines,
    review_lines,
    see_draws,
)
from tongtu.replay.borrower import (
    Case,
    apply,
    onboard,
    read_statement,
    repay,
    see_money,
    see_payout_begin,
    sign,
)
from tongtu.replay.campaign import Pushing
from tongtu.replay.clerk import DeskWork, decide, find_waiting
from tongtu.replay.client import Platform, Unexpected
from tongtu.replay.crowd import Progress, each
from tongtu.replay.goods import buy, buyers, count_files, give_back, see_goods, settle_returns
from tongtu.replay.lines import Holder, holders
from tongtu.replay.outside import OutsideLooks, look, read_sources, reasons
from tongtu.replay.plan import Plan

# A bad borrower pays row % 4 instalments and then no more.
PAID_BEFORE_DEFAULT = 4
# Refusals of a day end that time mends: a bank that is silent is asked again after up to a minute.
NOT_YET = ("payments_open", "day_closing")
DAY_LOOK_S = 1.0
DAY_LOOKS_MAX = 30


# So many decisions, spread over all, are made again from their records.
DECIDED_AGAIN = 20


@dataclass(slots=True)
class Outcome:
    """Everything the report is made from."""

    cases: list[Case]
    months: int = 0
    decided_s: float = 0.0
    desk: DeskWork = field(default_factory=DeskWork)
    days_closed: list[dict[str, Any]] = field(default_factory=list)
    day_end_refused: str = ""
    log_key: str = ""  # taken before the first application, so that later proofs are held to it
    decided_again: list[dict[str, Any]] = field(default_factory=list)
    day: date | None = None  # on which they applied
    market: dict[str, Any] = field(default_factory=dict)  # as the platform counts that day
    # Of the decisions made again: what the applicant was told, and what the platform says of each
    # lender.
    routes: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    outside: OutsideLooks = field(default_factory=OutsideLooks)
    live: dict[str, Any] = field(default_factory=dict)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    joint: dict[str, Any] = field(default_factory=dict)  # loans of several funders, and their parts
    lender_requests: dict[str, Any] = field(default_factory=dict)  # of lenders that answer later
    goods: list[Case] = field(default_factory=list)  # purchases over merchants' checkouts
    merchant_files: int = 0  # days' files of merchants, each equal to the ledger
    lines: list[Holder] = field(default_factory=list)
    pushing: Pushing = field(default_factory=Pushing)
    requests: int = 0
    retries: int = 0
    errors: dict[str, int] = field(default_factory=dict)


async def replay(
    url: str, applicants: Sequence[Applicant], plan: Plan, progress: Progress
) -> Outcome:
    """Send every applicant through the platform at `url` and return what happened."""
    platform = Platform(url, plan.concurrency)
    cases = [Case(applicant, plan.run) for applicant in applicants]
    goods = buyers(plan.buyers, plan.sellers, plan.run)
    lines = holders(plan.holders, plan.run)
    outcome = Outcome(cases, plan.months, goods=goods, lines=lines)
    try:
        outcome.log_key = (await platform.ask("GET", "/v1/evidence/checkpoint"))["log_key"]
        outcome.day = await _today(platform, plan)
        looks, token = outcome.outside, plan.operator_token
        looks.sources, looks.before = await read_sources(platform), await look(platform, token)
        everybody = cases + goods + [one.case for one in lines]
        await _onboard_all(platform, everybody, plan, (looks, progress))
        outcome.decided_s = await _apply_all(platform, cases, plan, progress)
        await begin_campaign(platform, cases, plan, (outcome.pushing, progress))
        looks.after, looks.reasons = await look(platform, token), reasons(cases)
        await _review_all(platform, cases, plan, (outcome.desk, progress))
        buying = [case for case in goods if not case.error]
        await each("buy", buying, plan.concurrency, progress, lambda c: buy(platform, c))
        signing = [case for case in cases + goods if case.answer.get("outcome") == "offers"]
        # Signing waits for the forced reading: all of them read at the same time.
        await each("sign", signing, len(signing), progress, lambda case: sign(platform, case))
        await open_lines(platform, lines, plan, progress)
        signed = [case for case in signing if not case.error]
        await each(
            "pay out", signed, plan.concurrency, progress, lambda c: see_payout_begin(platform, c)
        )
        await _live_through(platform, signed, plan, outcome, progress)
        funded = [case for case in cases if case.loan]
        await each(
            "statements", funded, plan.concurrency, progress, lambda c: read_statement(platform, c)
        )
        bought = [case for case in goods if case.loan]
        await each("goods", bought, plan.concurrency, progress, lambda c: see_goods(platform, c))
        outcome.merchant_files = await count_files(platform, bought, outcome.days_closed)
        await review_lines(platform, lines, plan, progress)
        await end_campaign(platform, plan, (outcome.pushing, progress))
        await _prove(platform, plan, outcome)
    finally:
        await platform.close()
    outcome.requests = platform.counters.requests
    outcome.retries = platform.counters.retries
    outcome.errors = platform.counters.errors
    return outcome


async def _onboard_all(
    platform: Platform, cases: list[Case], plan: Plan, to: tuple[OutsideLooks, Progress]
) -> None:
    looks, progress = to
    version = (await platform.ask("GET", "/v1/consent-texts"))["version"]
    lenders = [lender["id"] for lender in (await platform.ask("GET", "/v1/lenders"))["items"]]
    await each(
        "sign in", cases, plan.concurrency, progress,
        lambda case: onboard(platform, case, version, (lenders, looks.scopes(case.applicant))),
    )  # fmt: skip


async def _apply_all(
    platform: Platform, cases: list[Case], plan: Plan, progress: Progress
) -> float:
    ready = [case for case in cases if not case.error]
    began_s = time.perf_counter()  # house: seam - the client's own stopwatch

    async def paced(case: Case) -> None:
        if plan.rate:
            due_s = began_s + case.applicant.position / plan.rate
            now_s = time.perf_counter()  # house: seam - the client's own stopwatch
            await asyncio.sleep(max(0.0, due_s - now_s))
        await apply(platform, case)

    await each("apply", ready, plan.concurrency, progress, paced)
    return time.perf_counter() - began_s  # house: seam - the client's own stopwatch


async def _review_all(
    platform: Platform, cases: list[Case], plan: Plan, to: tuple[DeskWork, Progress]
) -> None:
    """Let the simulated clerk decide what the machine left to a person."""
    (work, progress), staff = to, plan.staff
    if staff is None:
        return
    seen = await find_waiting(platform, staff, cases)
    work.cases = [case for case in cases if case.answer.get("outcome") == "review"]
    await each(
        "review", work.cases, plan.concurrency, progress,
        lambda case: decide(platform, staff, (case, seen.get(case.key(""))), work),
    )  # fmt: skip


async def _live_through(
    platform: Platform, cases: list[Case], plan: Plan, outcome: Outcome, progress: Progress
) -> None:
    """Close business days month by month; who pays, pays when the instalment is due.

    The end of a day waits for the bank, so nobody has to look again and again until it answered.
    """
    first = await _today(platform, plan)
    lived = 1
    if not await _close_days(platform, plan, outcome, (first, 0, lived), progress):
        return
    begun = [case for case in cases if not case.error]
    await each("money", begun, plan.concurrency, progress, lambda c: see_money(platform, c))
    drawn = await see_draws(platform, outcome.lines, plan, progress)
    funded = [case for case in begun if case.loan] + drawn
    bought = [case for case in funded if case.purchase is not None]
    settle_returns(bought)
    await each("returns", bought, plan.concurrency, progress, lambda c: give_back(platform, c))
    for month in range(1, plan.months + 1):
        # The day before the instalments of this month fall due is the last to be closed first.
        until = _days_until(first, month)
        if not await _close_days(platform, plan, outcome, (first, lived, until), progress):
            return
        lived = until
        paying = [case for case in funded if pays(case.applicant, month)]
        await each(
            f"month {month}", paying, plan.concurrency, progress,
            lambda case, month=month: repay(platform, case, month),  # type: ignore[misc]
        )  # fmt: skip
    if plan.months:
        await _close_days(platform, plan, outcome, (first, lived, lived + 1), progress)


async def _close_days(
    platform: Platform,
    plan: Plan,
    outcome: Outcome,
    days: tuple[date, int, int],
    progress: Progress,
) -> bool:
    """Close the days from..to (counted from the first day) one by one; False when one is refused.

    Loans and ledger disagree, or payments stay open: the day stays open, and the report says so.
    """
    first, start, stop = days
    for nr in range(start, stop):
        try:
            answer = await _close(platform, plan, first + timedelta(days=nr))
        except Unexpected as refusal:
            outcome.day_end_refused = refusal.detail
            return False
        outcome.days_closed += answer["closed"]
        progress("days", nr + 1, _days_until(first, plan.months) + 1)
    return True


async def _close(platform: Platform, plan: Plan, day: date) -> dict[str, Any]:
    """Close one day; while the bank owes an answer, or the day is being closed, ask again."""
    for looks_left in reversed(range(DAY_LOOKS_MAX)):
        try:
            answer: dict[str, Any] = await platform.ask(
                "POST", "/v1/operations/day-ends", body={"through": day.isoformat()},
                token=plan.operator_token, key=f"{plan.run}-day-end-{day}",
            )  # fmt: skip
        except Unexpected as refusal:
            if refusal.code not in NOT_YET or not looks_left:
                raise
            platform.counters.errors.pop(refusal.code, None)
            await asyncio.sleep(DAY_LOOK_S)
        else:
            return answer
    raise AssertionError("the last look returns or raises")


async def _today(platform: Platform, plan: Plan) -> date:
    path = "/v1/operations/business-date"
    told = await platform.ask("GET", path, token=plan.operator_token)
    return date.fromisoformat(told["business_date"])


async def _see_market(
    platform: Platform, plan: Plan, outcome: Outcome, made: Sequence[Case]
) -> None:
    """Ask how the platform counts the market, and what each lender said to some applicants."""
    token, day = plan.operator_token, outcome.day
    assert day is not None
    # Who applied over the end of the day stands in the next one.
    days = f"first={day}&last={day + timedelta(days=1)}"
    outcome.market = await platform.ask("GET", f"/v1/insight/market?{days}", token=token)
    for case in made:
        path = f"/v1/decisions/{case.answer['decision']}/lenders"
        outcome.routes.append((case.answer, await platform.ask("GET", path, token=token)))


async def _prove(platform: Platform, plan: Plan, outcome: Outcome) -> None:
    """Fetch the ledger's and the log's own state and one proof of each kind we can name."""
    token = plan.operator_token
    outcome.live = await platform.ask("GET", "/v1/insight/live", token=token)
    outcome.joint = await platform.ask("GET", "/v1/operations/joint-loans", token=token)
    outcome.lender_requests = await platform.ask(
        "GET", "/v1/operations/lender-requests", token=token
    )
    made = [case for case in outcome.cases if case.answer.get("decision")]
    if not made:
        return
    chosen = made[:: max(1, len(made) // DECIDED_AGAIN)][:DECIDED_AGAIN]
    await _see_market(platform, plan, outcome, chosen)
    for case in chosen:
        decision = case.answer["decision"]
        again = await platform.ask("GET", f"/v1/decisions/{decision}/replay", token=token)
        outcome.decided_again.append(again)
    decided = made[0]
    for _ in range(60):
        proof = await platform.ask(
            "GET", f"/v1/evidence/proofs/decision/{decided.answer['decision']}",
            token=decided.token,
        )  # fmt: skip
        if proof.get("state") != "pending":
            outcome.proofs.append(proof)
            return
        await asyncio.sleep(0.5)


def pays(applicant: Applicant, month: int) -> bool:
    """Return whether this borrower pays the instalment of this month (1 = first)."""
    return not applicant.is_bad or month <= applicant.row % PAID_BEFORE_DEFAULT


def _days_until(start: date, month: int) -> int:
    """Return the days from `start` to the due date `month` months later (month end clamps)."""
    year, index = divmod(start.year * 12 + start.month - 1 + month, 12)
    for day in range(start.day, start.day - 4, -1):
        try:
            return (date(year, index + 1, day) - start).days
        except ValueError:
            continue
    raise AssertionError("every month has a 28th day")
