from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tongtu.insight.overrides import override_reading, tell_overrides
from tongtu.origination.api import Outcome, RulingRow, Said, load_desk
from tongtu.origination.rules.desk import is_override, read_desk
from tongtu.risk.api import Level
from tongtu.tables.api import BadTable, rules_root

DESK = load_desk(rules_root())
RULING = RulingRow(
    id=1,
    application=11,
    machine=2,
    machine_said=Outcome.REVIEW,
    lines_said="",
    said=Said.APPROVE,
    codes=("income_proved",),
    cleared=(),
    is_override=False,
    staff=7,
    business_date=date(2026, 11, 24),
    decided_at=datetime(2026, 11, 24, tzinfo=UTC),
)
AGAINST = replace(RULING, machine_said=Outcome.DECLINED, is_override=True, staff=8)


def named(staff):
    return f"s{staff}"


@pytest.mark.parametrize(
    ("machine", "lines", "said", "is_against"),
    [
        (Outcome.DECLINED, "", Said.APPROVE, True),
        (Outcome.DECLINED, "approve", Said.DECLINE, False),
        (Outcome.OFFERS, "", Said.DECLINE, True),
        (Outcome.OFFERS, "", Said.APPROVE, False),
        (Outcome.REVIEW, "", Said.APPROVE, False),
        (Outcome.REVIEW, "person", Said.DECLINE, False),
        (Outcome.REVIEW, "decline", Said.APPROVE, True),
        (Outcome.REVIEW, "approve", Said.DECLINE, True),
    ],
)
def test_a_ruling_is_an_override_where_it_says_otherwise_than_the_machine(
    machine, lines, said, is_against
):
    assert is_override(machine, lines, said) is is_against


def test_overrides_are_counted_by_staff_and_by_month_of_approval():
    rulings = [
        RULING,
        AGAINST,
        replace(AGAINST, application=12, codes=("income_proved", "records_explained")),
        replace(AGAINST, application=13, said=Said.DECLINE, machine_said=Outcome.OFFERS),
    ]

    told = tell_overrides(rulings, {11: False, 12: True, 13: True}, named)

    assert (told["rulings"], told["overrides"], told["rate"]) == (4, 3, 0.75)
    assert told["codes"] == {"income_proved": 3, "records_explained": 1}
    assert told["staff"] == [
        {"staff": "s8", "rulings": 3, "overrides": 3, "rate": 1.0},
        {"staff": "s7", "rulings": 1, "overrides": 0, "rate": 0.0},
    ]
    assert told["vintages"] == [
        {"month": "2026-11", "is_override": False, "loans": 1, "late_so_far": 0},
        {"month": "2026-11", "is_override": True, "loans": 2, "late_so_far": 1},
    ]


@pytest.mark.parametrize(
    ("rulings", "overrides", "level"),
    [(19, 19, Level.FEW), (20, 4, Level.QUIET), (20, 5, Level.ALARM), (0, 0, Level.FEW)],
)
def test_too_many_overrides_are_an_alarm_and_of_few_rulings_nothing_is_said(
    rulings, overrides, level
):
    made = [AGAINST] * overrides + [RULING] * (rulings - overrides)

    reading = override_reading(tell_overrides(made, {}, named), DESK)

    assert (reading.kind, reading.line, reading.level) == ("override_rate", 0.2, level)


def test_an_approval_needs_a_second_person_from_its_line_on_and_against_the_machine():
    line = DESK.second_from_minor

    def needs(amount, said=Said.APPROVE, *, against=False):
        return DESK.needs_second(amount, said, is_override=against)

    assert [needs(line - 1), needs(line), needs(1, against=True)] == [False, True, True]
    assert not needs(line, Said.DECLINE, against=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"second_from_minor = 5_000_000", b"second_from_minor = 0"),
        (b"second_from_minor = 5_000_000", b"second_from_minor = 1.5"),
        (b"override_alarm_ppm = 200_000", b"override_alarm_ppm = 1_000_001"),
        (b"override_alarm_from = 20", b"another_word = 1"),
        (b"[document.income_proof]\nzh", b"[document.income_proof]\nde"),
    ],
)
def test_a_desk_that_cannot_be_meant_is_not_read(before, after):
    content = (rules_root() / "desk.toml").read_bytes()
    assert content.count(before) == 1

    with pytest.raises(BadTable):
        read_desk(content.replace(before, after))
