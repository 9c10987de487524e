"""Whether an answer comes in its legal time: the last day is in time, the next is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tongtu.journey.clock_of_answers import rules_missed
from tongtu.kernel.clock import FixedClock
from tongtu.policy.api import Pack

PACK = Pack.load("cn/2026.08")
OPENED = datetime(2026, 11, 24, 4, tzinfo=UTC)  # a Tuesday at noon in Shanghai
MIDNIGHT = datetime(2026, 11, 27, 16, tzinfo=UTC)  # the end of Friday, the third working day


def missed(kind, now, **facts):
    zone = SimpleNamespace(zone="Asia/Shanghai")
    return rules_missed(SimpleNamespace(clock=FixedClock(now), settings=zone), PACK, kind, OPENED,
                        **facts)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "rules"),
    [
        (MIDNIGHT - timedelta(seconds=1), ()),
        (MIDNIGHT, ()),  # Saturday is no working day
        (MIDNIGHT + timedelta(days=2), ("PRIV-03.review",)),  # Monday's first second
    ],
)
def test_a_person_looks_again_within_three_working_days(now, rules):
    assert missed("human_review", now) == rules


@pytest.mark.parametrize(
    ("days", "is_marked", "rules"),
    [(20, True, ()), (21, True, ("BUR-02",)), (20, False, ("BUR-02",))],
)
def test_a_dispute_is_answered_in_twenty_days_and_marked_meanwhile(days, is_marked, rules):
    now = OPENED + timedelta(days=days)

    assert missed("bureau_dispute", now, is_marked=is_marked) == rules
