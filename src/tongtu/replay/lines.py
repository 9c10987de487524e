"""Holders of credit lines: they open one, draw, pay as their row did, and are looked at again.

Applicants of the same table, beyond those whose risk is told. The review is the platform's own:
what the lender's rules say of how loans were paid, today's score and what the person can bear.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tongtu.replay.applicants import Applicant
from tongtu.replay.borrower import Case, read_costs, sign_paper
from tongtu.replay.client import Platform, Unexpected

# One holder for so many applicants: some two dozen beside the usual replay.
APPLICANTS_A_HOLDER = 50
PRODUCT, PURPOSE, TENOR_MONTHS = "credit_line", "daily_consumption", 12
# The product's bounds; a limit in whole thousands of yuan.
LIMIT_MIN_MINOR, LIMIT_MAX_MINOR, THOUSAND = 500_000, 20_000_000, 100_000
DRAWN_PERCENT, DRAW_MONTHS = 50, 6
LOOKS_MAX, LOOK_EVERY_S = 120, 0.5
OPEN = "review_open"
NO_RAISE_YET = "a raise takes six instalments paid on time and a line of six months"


@dataclass(slots=True)
class Holder:
    """What became of one line."""

    case: Case
    facility: str = ""
    limit_minor: int = 0
    reviews: list[dict[str, Any]] = field(default_factory=list)  # newest first


def holders(applicants: Sequence[Applicant], run: str) -> list[Holder]:
    """Return a holder for each applicant."""
    return [Holder(Case(one, f"{run}-line")) for one in applicants]


def body(applicant: Applicant) -> dict[str, Any]:
    """Return the application for a line of about what the table's row asked for."""
    limit_minor = applicant.amount_minor // THOUSAND * THOUSAND
    return {
        **applicant.body(),
        "product": PRODUCT,
        "purpose": PURPOSE,
        "amount_minor": min(max(limit_minor, LIMIT_MIN_MINOR), LIMIT_MAX_MINOR),
        "tenor_months": TENOR_MONTHS,
    }


async def ask_line(platform: Platform, holder: Holder) -> None:
    """Apply for a line."""
    case = holder.case
    case.answer = await platform.ask(
        "POST", "/v1/applications", body=body(case.applicant), token=case.token,
        key=case.key("apply"),
    )  # fmt: skip
    case.step = case.answer["step"]


async def find_line(platform: Platform, holder: Holder) -> None:
    """Read the line once it is signed."""
    case = holder.case
    for _ in range(LOOKS_MAX):
        found = await platform.ask("GET", "/v1/facilities", token=case.token)
        if found["items"]:
            holder.facility = found["items"][0]["facility"]
            holder.limit_minor = found["items"][0]["standing"]["limit_minor"]
            return
        await asyncio.sleep(LOOK_EVERY_S)
    raise Unexpected("the line was signed and does not stand", code="no_line")


async def draw(platform: Platform, holder: Holder) -> None:
    """Draw a part of the line: its cost is read and its paper signed as those of any loan."""
    case = holder.case
    begun = await platform.ask(
        "POST", f"/v1/facilities/{holder.facility}/draws",
        body={
            "amount_minor": holder.limit_minor * DRAWN_PERCENT // 100,
            "tenor_months": DRAW_MONTHS,
        },
        token=case.token, key=case.key("draw"),
    )  # fmt: skip
    await read_costs(platform, case, begun["offer"], "draw-")
    await sign_paper(platform, case, begun["offer"], "draw-")


async def see_draw(platform: Platform, holder: Holder) -> None:
    """Look whether the draw's money has arrived. Raises Unexpected: it has not."""
    case = holder.case
    seen = await platform.ask("GET", f"/v1/facilities/{holder.facility}", token=case.token)
    case.loan = next((one["loan"] for one in seen["draws"]), None)
    if case.loan is None:
        raise Unexpected("the draw's money has not arrived", code="not_funded")


async def review(platform: Platform, holder: Holder, token: str) -> None:
    """Have the rules look at the line now, and read every review it has had."""
    case = holder.case
    try:
        await platform.ask(
            "POST", f"/v1/operations/facilities/{holder.facility}/reviews", token=token,
            key=case.key("review"),
        )  # fmt: skip
    except Unexpected as no:
        if no.code != OPEN:
            raise
        platform.counters.errors.pop(no.code, None)  # an event brought one that is not over yet
    found = await platform.ask("GET", f"/v1/facilities/{holder.facility}/reviews", token=case.token)
    holder.reviews = found["items"]


def summarise_lines(holders_: Sequence[Holder]) -> dict[str, Any]:
    """Return what all reviews of the lines said, why, and how far they have come."""
    opened = [one for one in holders_ if one.facility]
    reviews = [said for one in opened for said in one.reviews]
    return {
        "asked": len(holders_),
        "opened": len(opened),
        "limit_minor": sum(one.limit_minor for one in opened),
        "drawn": sum(1 for one in opened if one.case.loan),
        "reviews": len(reviews),
        "reviewed": sum(1 for one in opened if one.reviews),
        "outcomes": dict(Counter(one["outcome"] for one in reviews).most_common()),
        "reasons": dict(Counter(f"{one['outcome']}: {one['reason']}" for one in reviews)),
        "states": dict(Counter(one["state"] for one in reviews)),
    }


def line_rows(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (section, name, value) lines; none where nobody asked for a line."""
    if not told["asked"]:
        return []
    section = "credit lines looked at again"
    outcomes = told["outcomes"]
    said = {"raised": "raise", "kept": "keep", "lowered": "lower"}
    counts = ", ".join(f"{outcomes.get(one, 0)} {name}" for name, one in said.items())
    other = ", ".join(f"{n} {one}" for one, n in outcomes.items() if one not in said.values())
    rows = [
        (section, "opened, of those who asked", f"{told['opened']} of {told['asked']}"),
        (section, "raised, kept, lowered", f"{counts}{', ' if other else ''}{other}"),
        (section, "drawn from; looked at, how often in all",
         f"{told['drawn']}; {told['reviewed']}, {told['reviews']}"),
        *[(section, why, f"{n}") for why, n in sorted(told["reasons"].items())],
        (section, "how far they have come",
         ", ".join(f"{n} {state}" for state, n in sorted(told["states"].items())) or "none"),
    ]  # fmt: skip
    if not outcomes.get("raise"):
        rows.append((section, "why none is raised", NO_RAISE_YET))
    return rows
