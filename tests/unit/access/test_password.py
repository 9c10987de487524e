"""What a password of staff may be (ASVS 6.2.1, 6.2.5, 6.2.9, 6.2.11)."""

from datetime import UTC, datetime, timedelta

import pytest

from tongtu.access.rules.password import HANDED_OUT_LIFE, WORDS, check_password, is_over
from tongtu.kernel.errors import BadInput

AT = datetime(2026, 11, 24, 6, 2, tzinfo=UTC)


@pytest.mark.parametrize("password", [
    "twelve signs", "只有汉字的口令也可以用吗", "all small letters", "\u0000\t spaces kept  ", "ab" * 62 + "cde4",
])  # fmt: skip
def test_a_password_of_any_composition_is_taken_from_twelve_to_128_characters(password):
    check_password(password, "wang.li")


@pytest.mark.parametrize("password", [
    "eleven sign", "a" * 20, "abcdabcdabcdabcd", "a" * 125 + "bcde", "it is WANG.LI here",
    *(f"so {word.upper()} it is, then" for word in WORDS),
])  # fmt: skip
def test_a_short_poor_or_guessable_password_is_refused_and_not_repeated(password):
    with pytest.raises(BadInput) as refused:
        check_password(password, "wang.li")

    assert refused.value.code == "weak_password"
    assert password not in refused.value.detail


def test_what_was_handed_out_is_void_after_its_life_and_what_was_changed_never():
    def over(is_handed_out, age):
        return is_over(is_handed_out=is_handed_out, set_at=AT - age, at=AT)

    second = timedelta(seconds=1)
    assert [over(True, HANDED_OUT_LIFE), over(True, HANDED_OUT_LIFE + second)] == [False, True]
    assert not over(False, timedelta(days=4_000))
