"""What the law's rules read of a report of a decision: a part that had no say need not be named."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tongtu.channels.rest.decisions import POINT, report_facts
from tongtu.policy.api import Pack

HASHES = {"pack": "a", "model": "b", "rules": "c", "book": "d", "challenger": ""}


def replayed(hashes, *, rules_only=False, challenger=None):
    decided = SimpleNamespace(offers=(), reasons=("dsr_high",), findings=(), challenger=challenger)
    case = SimpleNamespace(
        request=SimpleNamespace(declared=("said",)), known=SimpleNamespace(rules_only=rules_only)
    )
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    record = SimpleNamespace(case=case, decided=decided, decided_at=at)
    return SimpleNamespace(hashes=hashes, record=record)


def missed(found):
    pack = Pack.load("cn/2026.08")
    return [one.rule for one in pack.about(POINT, report_facts(pack, found), date(2026, 11, 24))]


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (replayed(HASHES), []),
        (replayed(HASHES | {"model": ""}, rules_only=True), []),
        (replayed(HASHES | {"model": ""}), ["LOG-01"]),
        (replayed(HASHES | {"book": ""}), ["LOG-01"]),
        (replayed(HASHES, challenger="another said so"), ["LOG-01"]),
        (replayed(HASHES | {"challenger": "e"}, challenger="another said so"), []),
        (replayed({}), ["LOG-01"]),
    ],
)
def test_a_decision_can_be_replayed_when_every_part_that_had_a_say_is_named(found, rules):
    assert missed(found) == rules
