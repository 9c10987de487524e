"""A planted fault is found by the arithmetic that explains it, and by no other."""

from datetime import date

import pytest
from tests.unit.checkup.books import level, rows_of, write

from tongtu.checkup.api import Asking, audit, guess_columns, summarise
from tongtu.policy.api import Pack
from tongtu.terms.api import RoundingMode, exact_instalment

ASKING = Asking(Pack.load("cn/2026.08"), date(2026, 11, 28), is_learning=False)
PRINCIPAL, PPM, MONTHS = 12_345_000, 90_000, 24


def found_in(tmp_path, rows, extra=()):
    path = write(tmp_path / "book.csv", rows, extra)
    return summarise(audit(path, guess_columns(path), ASKING, lambda *_: None))["instalments"]


def anew(before, paid):
    monthly = exact_instalment(PRINCIPAL, before, MONTHS, RoundingMode.CEILING)
    left = PRINCIPAL
    for _ in range(paid):
        left += round(left * before / 12_000_000) - monthly
    return exact_instalment(left, 60_000, MONTHS - paid, RoundingMode.CEILING)


@pytest.mark.parametrize(
    ("loan", "cause", "is_proved"),
    [
        ((PPM, level(PRINCIPAL, PPM, MONTHS) + 1), "other_rounding", True),
        ((PPM, level(PRINCIPAL, PPM, MONTHS) - 1), "one_cent", False),
        ((PPM, round(PRINCIPAL / MONTHS + PRINCIPAL * PPM / 12e6)), "flat", True),
        ((PPM, round(PRINCIPAL * PPM / 12e6)), "interest_only", True),
        ((PPM, level(PRINCIPAL, PPM * 365 // 360, MONTHS)), "year_of_360", True),
        ((PPM, level(PRINCIPAL, PPM, MONTHS - 6)), "other_months", True),
        ((60_000, anew(90_000, 3)), "rate_changed", True),
        ((60_000, level(PRINCIPAL, 60_000, MONTHS) + 333), "rate_apart", False),
        ((90_100, level(PRINCIPAL, 90_100, MONTHS) + 777), "unknown", False),
    ],
)
def test_a_planted_fault_is_named(loan, cause, is_proved, tmp_path):
    rows = rows_of(120)
    rows[40] = ["odd", PRINCIPAL, loan[0], MONTHS, loan[1], "2026-03-15", "B"]

    found = found_in(tmp_path, rows)

    assert found["equal"] == 119
    [one] = found["named"]
    assert (one["line"], one["loan"], one["cause"], one["is_proved"]) == (
        42, "odd", cause, is_proved,
    )  # fmt: skip
    assert one["difference_minor"] == loan[1] - level(PRINCIPAL, loan[0], MONTHS)


def test_a_fee_inside_the_instalment_and_one_in_the_principal_are_found(tmp_path):
    rows = [[*row, "20.00", "0.00"] for row in rows_of(120)]
    with_fee = level(PRINCIPAL, PPM, MONTHS) + 2_000
    rows[10] = ["inside", PRINCIPAL, PPM, MONTHS, with_fee, "2026-03-15", "B", "20.00", "0.00"]
    financed = level(PRINCIPAL + 50_000, PPM, MONTHS)
    rows[11] = ["in", PRINCIPAL, PPM, MONTHS, financed, "2026-03-15", "B", "20.00", "500.00"]

    found = found_in(tmp_path, rows, ("月担保费", "前期费用"))

    assert [(one["loan"], one["cause"]) for one in found["named"]] == [
        ("inside", "fee_inside"), ("in", "fee_financed"),
    ]  # fmt: skip


def test_a_book_in_fen_and_fractions_under_unknown_heads_is_read_by_its_arithmetic(tmp_path):
    path = tmp_path / "book.csv"
    lines = ["甲,乙,丙,丁"]
    lines += [f"{row[1]},{row[2] / 1e6},{row[3]},{row[4]}" for row in rows_of(60)]
    path.write_text("\n".join(lines), encoding="gb18030")

    columns = guess_columns(path)
    found = summarise(audit(path, columns, ASKING, lambda *_: None))

    assert {role.value: name for role, name in columns.columns.items()} == {
        "principal": "甲", "rate": "乙", "months": "丙", "instalment": "丁",
    }  # fmt: skip
    assert (columns.money.value, columns.rate.value) == ("minor", "fraction")
    assert (found["instalments"]["equal"], found["unread"]["lines"]) == (60, 0)
