"""What runs beside the applications: credit lines that are looked at again, and a campaign."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from tongtu.replay.borrower import Case, sign
from tongtu.replay.campaign import (
    Pushing,
    begin,
    is_willing,
    judge,
    respond,
    switch_on,
    wait_for_pushes,
)
from tongtu.replay.client import Platform, Unexpected
from tongtu.replay.crowd import Progress, each
from tongtu.replay.lines import Holder, ask_line, draw, find_line, review, see_draw
from tongtu.replay.plan import Plan


async def open_lines(
    platform: Platform, lines: Sequence[Holder], plan: Plan, progress: Progress
) -> None:
    """Let the holders ask for a line, sign what they are offered, and draw from it."""
    ready = [one for one in lines if not one.case.error]
    many = plan.concurrency, progress
    await _each_holder("lines", ready, many, lambda one: ask_line(platform, one))
    offered = [one for one in ready if one.case.answer.get("outcome") == "offers"]

    async def open_one(one: Holder) -> None:
        await sign(platform, one.case)
        await find_line(platform, one)
        await draw(platform, one)

    # As all who sign, they read at the same time.
    await _each_holder("sign lines", offered, (len(offered), progress), open_one)


async def _each_holder(
    name: str,
    lines: Sequence[Holder],
    many: tuple[int, Progress],
    step: Callable[[Holder], Awaitable[None]],
) -> None:
    """Run one step for all holders, so many at once; whose is refused keeps it in their case."""
    at_once, progress = many
    of = {id(one.case): one for one in lines}
    cases = [one.case for one in lines]
    await each(name, cases, at_once, progress, lambda case: step(of[id(case)]))


async def begin_campaign(
    platform: Platform, cases: Sequence[Case], plan: Plan, to: tuple[Pushing, Progress]
) -> None:
    (pushing, progress), staff = to, plan.staff
    if staff is None:
        return
    version = (await platform.ask("GET", "/v1/consent-texts"))["version"]
    willing = [one for one in cases if not one.error and is_willing(one.applicant.row)]
    await each(
        "pushes", willing, plan.concurrency, progress,
        lambda case: switch_on(platform, case, version, pushing),
    )  # fmt: skip
    people = plan.operator_token, staff.second
    try:
        await begin(platform, people, plan.run, (pushing, cases))
    except Unexpected as no:  # the report says so; everything else goes on
        pushing.refused = no.detail


async def end_campaign(platform: Platform, plan: Plan, to: tuple[Pushing, Progress]) -> None:
    pushing, progress = to
    if not pushing.campaign:
        return
    await wait_for_pushes(platform, pushing, plan.operator_token)
    await each(
        "responses", pushing.willing, plan.concurrency, progress,
        lambda case: respond(platform, case, pushing),
    )  # fmt: skip
    await judge(platform, pushing, plan.operator_token, plan.run)


async def see_draws(
    platform: Platform, lines: Sequence[Holder], plan: Plan, progress: Progress
) -> list[Case]:
    """Look whether the draws' money has arrived; return the cases it arrived for."""
    drawn = [one for one in lines if one.facility and not one.case.error]
    many = plan.concurrency, progress
    await _each_holder("draws", drawn, many, lambda one: see_draw(platform, one))
    return [one.case for one in drawn if one.case.loan]


async def review_lines(
    platform: Platform, lines: Sequence[Holder], plan: Plan, progress: Progress
) -> None:
    """Have every line looked at."""
    opened, token = [one for one in lines if one.facility], plan.operator_token
    many = plan.concurrency, progress
    await _each_holder("line reviews", opened, many, lambda one: review(platform, one, token))
