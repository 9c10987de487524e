"""Money and rates are exact, bounded, and never a float."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.money import (
    AMOUNT_MINOR_MAX,
    Money,
    divide_half_even,
    divide_half_up,
    parse_minor,
)
from tongtu.kernel.rate import Rate


def test_money_adds_and_subtracts_to_the_fen():
    assert Money(1999) + Money(1) - Money(2500) == Money(-500)
    assert -Money(5) == Money(-5)
    assert str(Money(-123456)) == "-1234.56 CNY"
    assert str(Money(5)) == "0.05 CNY"


def test_money_of_two_currencies_does_not_mix():
    with pytest.raises(ValueError, match="cannot mix CNY and USD"):
        Money(1) + Money(1, "USD")


@pytest.mark.parametrize("minor", [1.0, "1", True, Decimal(1), None])
def test_money_takes_whole_minor_units_only(minor):
    with pytest.raises(TypeError):
        Money(minor)


@pytest.mark.parametrize("currency", ["cny", "CN", "CNYY", "人民币", ""])
def test_a_currency_is_three_capital_letters(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


def test_an_amount_has_a_largest_value():
    assert Money(AMOUNT_MINOR_MAX).minor == 10**15
    for minor in (AMOUNT_MINOR_MAX + 1, -AMOUNT_MINOR_MAX - 1):
        with pytest.raises(ValueError, match="beyond the largest"):
            Money(minor)


@pytest.mark.parametrize(
    ("numerator", "half_up", "half_even"),
    [(5, 3, 2), (7, 4, 4), (-5, -3, -2), (-7, -4, -4), (4, 2, 2), (0, 0, 0)],
)
def test_halves_go_away_from_zero_or_to_even(numerator, half_up, half_even):
    assert divide_half_up(numerator, 2) == half_up
    assert divide_half_even(numerator, 2) == half_even


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_a_quotient_is_never_further_than_half_a_unit_from_the_truth(numerator, denominator):
    truth = Fraction(numerator, denominator)

    assert abs(divide_half_up(numerator, denominator) - truth) <= Fraction(1, 2)
    assert divide_half_even(numerator, denominator) == round(truth)
    assert divide_half_up(-numerator, denominator) == -divide_half_up(numerator, denominator)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0),
        ("1234.56", 123456),
        ("1234.5", 123450),
        ("-0.05", -5),
        ("9999999999999", 10**15 - 100),
    ],
)
def test_an_amount_is_read_from_plain_digits(text, minor):
    assert parse_minor(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".5",
        "5.",
        "1.234",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1,000",
        "--1",
        "١٢",
        "１２",
        "1.２",
        "²",
        "0x1",
        "nan",
        "99999999999999",
    ],
)
def test_an_amount_in_any_other_form_is_refused(text):
    with pytest.raises(ValueError, match="an amount"):
        parse_minor(text)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_an_amount_that_was_written_is_read_back(minor):
    assert parse_minor(str(Money(minor)).removesuffix(" CNY")) == minor


def test_a_rate_is_exact_and_bounded():
    assert Rate(1480).percent == Decimal("14.80")
    assert str(Rate(1480)) == "14.80%"
    assert Rate(100_000).percent == 1000
    for bps in (-1, 100_001):
        with pytest.raises(ValueError, match="between 0 and 1000"):
            Rate(bps)
    for bps in (14.8, True, "1480"):
        with pytest.raises(TypeError):
            Rate(bps)
