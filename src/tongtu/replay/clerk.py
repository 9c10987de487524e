"""A simulated clerk decides what the machine left to a person, and a second person allows it.

The rule is stated and imperfect on purpose: approve up to a band, decline beyond it, and one case
in ten the other way round, as the row's hash falls. It never sees what became of the applicant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tongtu.replay.borrower import Case
from tongtu.replay.client import Platform, Unexpected

# Bands run from 0 (safest) to 7.
APPROVED_TO_BAND = 4
SLIP_ONE_IN = 10
PAGE = 100
PAGES_MAX = 1_000
CODES_MAX = 4
IMPOSSIBLE = "ruling_impossible"
RULE = (
    f"simulated clerk: approves up to band {APPROVED_TO_BAND}, one in {SLIP_ONE_IN} the other way"
)


@dataclass(frozen=True, slots=True)
class Staff:
    """Tokens of the clerk and of the second person."""

    clerk: str
    second: str


@dataclass(slots=True)
class DeskWork:
    """What became of the cases the machine left to a person."""

    cases: list[Case] = field(default_factory=list)
    approved: int = 0
    by_two: int = 0  # of the approved
    declined: int = 0
    impossible: int = 0  # of the declined: the law or every lender said no to an approval


def says(row: int, band: int) -> str:
    """Return what the clerk says of a row of the table in a band: approve or decline."""
    digest = hashlib.sha256(f"clerk {row}".encode()).digest()
    is_slip = int.from_bytes(digest[:4], "big") % SLIP_ONE_IN == 0
    return "approve" if (band <= APPROVED_TO_BAND) is not is_slip else "decline"


async def find_waiting(
    platform: Platform, staff: Staff, cases: Sequence[Case]
) -> dict[str, dict[str, Any]]:
    """Read the clerk's queue to its end; return what the clerk sees of this replay's cases.

    They are named by `Case.key("")`.
    """
    own = {case.answer.get("application"): case for case in cases}
    found: dict[str, dict[str, Any]] = {}
    after = ""
    for _ in range(PAGES_MAX):
        page = await platform.ask(
            "GET", f"/v1/reviews?queue=rules&limit={PAGE}{after}", token=staff.clerk
        )
        for one in page["items"]:
            if one["application"] in own:
                found[own[one["application"]].key("")] = one
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"
    raise Unexpected("the queue of the desk does not end", code="no_end")


async def decide(
    platform: Platform, staff: Staff, waits: tuple[Case, dict[str, Any] | None], work: DeskWork
) -> None:
    """Decide one case, by two persons where the desk wants it; read what the borrower is told."""
    case, seen = waits
    if seen is None:
        raise Unexpected("a case left to a person is in no queue", code="no_queue")
    said = says(case.applicant.row, seen["band"])
    if said == "approve":
        try:
            by_two = await _approve(platform, staff, case)
        except Unexpected as refusal:
            if refusal.code != IMPOSSIBLE:
                raise
            platform.counters.errors.pop(IMPOSSIBLE, None)
            work.impossible += 1
            said = "decline"
        else:
            work.approved += 1
            work.by_two += by_two
    if said == "decline":
        await _rule(platform, staff, case, ("decline", seen["reasons"][:CODES_MAX]))
        work.declined += 1
    path = f"/v1/applications/{case.answer['application']}"
    case.answer = await platform.ask("GET", path, token=case.token)
    case.step = case.answer["step"]


async def _approve(platform: Platform, staff: Staff, case: Case) -> bool:
    """Approve; return whether a second person was needed."""
    ruled = await _rule(platform, staff, case, ("approve", ["facts_complete"]))
    if ruled["approval"] is None:
        return False
    await platform.ask(
        "POST", f"/v1/operations/rulings/{ruled['approval']}/approval",
        token=staff.second, key=case.key("second"),
    )  # fmt: skip
    return True


async def _rule(
    platform: Platform, staff: Staff, case: Case, opinion: tuple[str, list[str]]
) -> dict[str, Any]:
    said, codes = opinion
    ruled: dict[str, Any] = await platform.ask(
        "POST", f"/v1/reviews/{case.answer['application']}/ruling",
        body={"said": said, "codes": codes}, token=staff.clerk, key=case.key(said),
    )  # fmt: skip
    return ruled
