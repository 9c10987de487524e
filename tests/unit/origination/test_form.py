"""Two who write one form at once: what they disagree about is asked, nothing is lost silently."""

from datetime import UTC, datetime

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.origination.rules.form import Form, check_value, disputed, rewritten

AT = datetime(2026, 11, 24, 6, 2, tzinfo=UTC)
FIRST = rewritten(Form(), [("income_minor", 900_000), ("home", "rent")], AT, "phone")
SECOND = rewritten(FIRST, [("income_minor", 1_200_000)], AT, "branch")


def test_a_field_says_where_and_with_which_version_it_was_written():
    income, home = SECOND.fields["income_minor"], SECOND.fields["home"]

    assert (SECOND.version, income.value, income.version, income.channel) == (
        2,
        1_200_000,
        2,
        "branch",
    )
    assert (home.version, home.channel) == (1, "phone")


def test_who_wrote_something_else_without_having_seen_the_other_is_asked():
    assert disputed(SECOND, 1, {"income_minor": 1_000_000}) == ["income_minor"]


def test_other_fields_the_same_value_and_what_was_seen_are_no_dispute():
    assert disputed(SECOND, 1, {"home": "owner"}) == []
    assert disputed(SECOND, 1, {"income_minor": 1_200_000}) == []
    assert disputed(SECOND, 2, {"income_minor": 1_000_000}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("income_minor", -1),
        ("income_minor", True),
        ("expenses_minor", None),
        ("home", ""),
        ("records", 1),
    ],
)
def test_a_field_refuses_what_it_cannot_be(name, value):
    with pytest.raises(BadInput):
        check_value(name, value)
