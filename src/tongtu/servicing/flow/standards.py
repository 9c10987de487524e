"""What overdue days mean on a day, read from the policy pack (rule CLASS-01)."""

from __future__ import annotations

from datetime import date

from tongtu.policy.api import Pack
from tongtu.servicing.rules.delinquency import Standards


def standards_of(pack: Pack, at: date) -> Standards:
    """Return the standards in force on a day. Raises UnknownParameter."""

    def days(name: str, key: str) -> int:
        return int(pack.param(name, at, key=key))

    return Standards(
        bucket_from=tuple(sorted(int(bound) for bound in pack.members("dpd_bucket_from", at))),
        grade_from=(
            days("grade_from_dpd", "special_mention"),
            days("grade_from_dpd", "substandard"),
            days("grade_from_dpd", "doubtful"),
            days("grade_from_dpd", "loss"),
        ),
        stage_from=(days("stage_from_dpd", "2"), days("stage_from_dpd", "3")),
        cure_non_performing_days=days("cure_days", "non_performing"),
        cure_stage_2_days=days("cure_days", "stage_2"),
        cure_stage_3_days=days("cure_days", "stage_3"),
    )
