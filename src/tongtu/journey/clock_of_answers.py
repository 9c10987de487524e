"""Whether an answer comes within its legal time (case.answer). A late one is given all the same."""

from __future__ import annotations

from datetime import date, datetime

from tongtu.kernel.clock import business_date_of
from tongtu.policy.api import Pack
from tongtu.runtime.api import Runtime, get_logger

POINT = "case.answer"
log = get_logger("journey")


def rules_missed(
    runtime: Runtime, pack: Pack, kind: str, opened_at: datetime, *, is_marked: bool = False
) -> tuple[str, ...]:
    """Return the rules an answer of now comes too late for; each is logged for a person.

    `kind` is human_review, privacy_request, bureau_dispute or aml_objection; `is_marked`: who
    reads the disputed record sees that it is disputed.
    """
    zone = runtime.settings.zone
    opened, today = business_date_of(opened_at, zone), business_date_of(runtime.clock.now(), zone)
    missed = tuple(one.rule for one in pack.evaluate(POINT, facts_of(pack, kind, opened, today)
                   | {"is_marked_disputed": is_marked}, today))  # fmt: skip
    for rule in missed:
        log.error("answer_overdue", kind=kind, rule=rule, opened=opened.isoformat())
    return missed


def facts_of(pack: Pack, kind: str, opened: date, today: date) -> dict[str, object]:
    """Return what rules may read of an open case: its kind and the days since, of both kinds."""
    return {
        "case_kind": kind,
        "calendar_days": (today - opened).days,
        "working_days": pack.working_days(opened, today),
    }
