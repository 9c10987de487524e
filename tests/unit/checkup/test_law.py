"""The caps of a pack over a book: by day, by kind of lender, by both conventions."""

from datetime import date

import pytest
from tests.unit.checkup.books import level, rows_of, write

from tongtu.checkup.api import Asking, Columns, Role, audit, guess_columns, summarise
from tongtu.policy.api import Pack

CN = Pack.load("cn/2026.08")


def law_of(path, kind, as_of=date(2026, 11, 28)):
    guessed = guess_columns(path)
    columns = Columns(
        guessed.columns, guessed.money, guessed.rate, constants={Role.LENDER_KIND: kind}
    )
    found = audit(path, columns, Asking(CN, as_of, is_learning=False), lambda *_: None)
    return summarise(found)["law"]


@pytest.fixture
def book(tmp_path):
    rows = [[*row, "0"] for row in rows_of(60)]
    # 12 % and a guarantee fee of 50 a month: 22.53 % simple, 25.01 % compounded (notes of the law).
    odd = [1_000_000, 120_000, 12, level(1_000_000, 120_000, 12)]
    rows[5] = ["fee", *odd, "2026-02-01", "B", "50.00"]
    rows[6] = [
        "dear",
        1_000_000,
        250_000,
        12,
        level(1_000_000, 250_000, 12),
        "2026-02-01",
        "B",
        "0",
    ]
    rows[7] = [
        "early",
        1_000_000,
        250_000,
        12,
        level(1_000_000, 250_000, 12),
        "2025-09-30",
        "B",
        "0",
    ]
    return write(tmp_path / "book.csv", rows, ("月担保费",))


def asked(view):
    return {one["rule"]: one for one in view["asked"]}


def test_a_loan_above_24_percent_is_found_on_its_own_day_with_what_it_costs_above_it(book):
    law = law_of(book, "bank")
    on_day = law["on_their_days"]
    rule = asked(on_day)["PRICE-01"]

    assert on_day["not_in_force"] == 1  # the last day before the pack
    assert (rule["loans"], rule["broken"], rule["caps_ppm"]) == (59, 1, [240_000])
    [dear] = rule["named"]
    above = (level(1_000_000, 250_000, 12) - level(1_000_000, 240_000, 12)) * 12
    assert (dear["loan"], dear["excess_minor"]) == ("dear", above)
    assert rule["by_other_convention"] == 1  # the loan of 22.53 and 25.01 %


def test_as_if_granted_now_the_early_loan_is_judged_too(book):
    rule = asked(law_of(book, "bank")["as_if_granted_now"])["PRICE-01"]

    assert (rule["loans"], rule["broken"]) == (60, 2)


def test_four_times_the_lpr_is_asked_of_microloans_alone_and_binds_from_2028(book):
    bank = asked(law_of(book, "bank", date(2028, 1, 1))["as_if_granted_now"])["PRICE-02"]
    micro = asked(law_of(book, "microloan", date(2028, 1, 1))["as_if_granted_now"])["PRICE-02"]

    assert bank["broken"] == 0
    assert (micro["broken"], micro["caps_ppm"]) == (3, [120_000])
    assert "PRICE-02" not in asked(law_of(book, "microloan")["as_if_granted_now"])


def test_a_rule_the_book_cannot_answer_is_not_asked_and_says_what_it_lacks(book):
    unasked = law_of(book, "bank")["as_if_granted_now"]["unasked"]

    assert {"rule": "PART-01", "lacks": "listed_from, listed_to"} in unasked


def test_without_the_kind_of_lender_no_cap_that_depends_on_it_is_guessed(book):
    found = audit(
        book,
        guess_columns(book),
        Asking(CN, date(2026, 11, 28), is_learning=False),
        lambda *_: None,
    )
    view = summarise(found)["law"]["as_if_granted_now"]

    assert "PRICE-01" not in asked(view)
    assert {"rule": "PRICE-01", "lacks": "lender_kind"} in view["unasked"]
