"""An entry of the bank is matched with its instruction, or it has a name that says why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.payments.debit import DebitState, after_refusal, is_legal
from tongtu.payments.matching import OWNERS, BreakKind, Entry, Verdict, by_reference, judge
from tongtu.payments.model import Instruction, PaymentKind, PaymentState
from tongtu.policy.api import Pack

DAY = date(2026, 11, 24)
S, V, B = PaymentState, Verdict, BreakKind


def payout(state):
    return Instruction(0, 7, PaymentKind.PAYOUT, 1, 2, 3, 500, DAY, state=state)


def entry(amount_minor=-500, *, is_return=False):
    return Entry("bk1", "pi_7", amount_minor, DAY, is_return)


@pytest.mark.parametrize(
    ("found", "state", "expected"),
    [
        (entry(), S.SETTLED, (V.MATCHED, None)),
        (entry(), S.RETURNED, (V.MATCHED, None)),
        (entry(), S.SENT, (V.SETTLES, None)),
        (entry(), S.ACCEPTED, (V.SETTLES, None)),
        (entry(), S.UNKNOWN, (V.SETTLES, None)),
        (entry(), S.INTENDED, (V.BREAKS, B.UNKNOWN_ENTRY)),
        (entry(), S.REJECTED, (V.DISPUTES, B.SETTLED_AFTER_NO)),
        (entry(), S.DISPUTED, (V.DISPUTES, B.SETTLED_AFTER_NO)),
        (entry(-499), S.INTENDED, (V.BREAKS, B.UNKNOWN_ENTRY)),
        (entry(-499), S.UNKNOWN, (V.DISPUTES, B.OTHER_AMOUNT)),
        (entry(-501), S.SETTLED, (V.BREAKS, B.OTHER_AMOUNT)),
        (entry(500), S.SETTLED, (V.BREAKS, B.OTHER_AMOUNT)),
        (entry(500, is_return=True), S.RETURNED, (V.MATCHED, None)),
        (entry(500, is_return=True), S.SETTLED, (V.RETURNS, None)),
        (entry(500, is_return=True), S.UNKNOWN, (V.RETURNS, None)),
        (entry(499, is_return=True), S.SETTLED, (V.BREAKS, B.UNKNOWN_RETURN)),
        (replace(entry(499, is_return=True), charge_minor=1), S.SETTLED, (V.RETURNS, None)),
        (replace(entry(499, is_return=True), charge_minor=1), S.RETURNED, (V.MATCHED, None)),
        (
            replace(entry(499, is_return=True), charge_minor=2),
            S.SETTLED,
            (V.BREAKS, B.UNKNOWN_RETURN),
        ),
        (entry(-500, is_return=True), S.SETTLED, (V.BREAKS, B.UNKNOWN_RETURN)),
        (entry(500, is_return=True), S.REJECTED, (V.BREAKS, B.UNKNOWN_RETURN)),
        (entry(500, is_return=True), S.DISPUTED, (V.BREAKS, B.UNKNOWN_RETURN)),
    ],
)
def test_an_entry_beside_a_payout_of_500_is(found, state, expected):
    assert judge(found, payout(state), is_on_account=True, is_taken=False) == expected


def test_what_stands_elsewhere_or_twice_or_for_nobody_breaks():
    settled = payout(S.SETTLED)

    assert judge(entry(), None, is_on_account=False, is_taken=False) == (V.BREAKS, B.UNKNOWN_ENTRY)
    assert judge(entry(), settled, is_on_account=False, is_taken=False) == (
        V.BREAKS, B.OTHER_ACCOUNT
    )  # fmt: skip
    assert judge(entry(), settled, is_on_account=True, is_taken=True) == (V.BREAKS, B.DOUBLE_ENTRY)


@pytest.mark.parametrize(
    ("found", "expected"),
    [(entry(), (V.BREAKS, B.DOUBLE_ENTRY)), (entry(-499), (V.DISPUTES, B.OTHER_AMOUNT))],
)
def test_what_moves_after_a_movement_that_stands_in_a_break_is_no_yes_after_a_no(found, expected):
    judged = judge(found, payout(S.DISPUTED), is_on_account=True, is_taken=False, is_named=True)

    assert judged == expected


def test_every_break_has_an_owner():
    assert set(OWNERS) == set(BreakKind)


def test_a_debit_is_tried_from_eight_until_before_ten_in_the_evening_of_the_borrowers_day():
    hours = Pack.load("cn/2026.08").content.hours["contact"]
    eight = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # 08:00:00 in Shanghai
    second = timedelta(seconds=1)

    for at, expected in (
        (eight - second, False),
        (eight, True),
        (eight + timedelta(hours=14) - second, True),
        (eight + timedelta(hours=14), False),
    ):
        assert is_legal(at, hours, "Asia/Shanghai") is expected


def test_a_debit_is_given_up_at_its_third_refusal():
    assert [after_refusal(n) for n in (1, 2, 3, 4)] == [
        DebitState.PLANNED, DebitState.PLANNED, DebitState.GIVEN_UP, DebitState.GIVEN_UP,
    ]  # fmt: skip


def test_an_entry_without_a_name_is_known_where_reference_amount_and_day_agree():
    paid = replace(payout(S.SETTLED), bank_reference="bk1")

    def known(found, *candidates):
        return by_reference([found], candidates or [paid], 10).get("bk1")

    assert known(entry()) is paid
    late, latest = timedelta(days=10), timedelta(days=11)
    assert known(replace(entry(), day=DAY + late)) is paid
    assert known(replace(entry(), day=DAY + latest)) is None
    assert known(replace(entry(), day=DAY - timedelta(days=1))) is None
    assert known(entry(-499)) is None
    assert known(replace(entry(), reference="bk2")) is None
    assert known(entry(-500, is_return=True)) is None
    assert known(entry(), paid, replace(paid, id=8)) is None
