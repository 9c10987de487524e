"""What the engine remembers of a day is never another day's, though threads ask beside the loop."""

import itertools
from datetime import date
from operator import attrgetter

import pytest

DAY, OTHER = date(2026, 11, 24), date(2026, 11, 25)
NOT_ITS_OWN = (OTHER, "the law of another day")


@pytest.mark.parametrize(
    ("part", "remembered", "method"),
    [
        (attrgetter("_pricing"), "_checks", "checks_on"),
        (attrgetter("_pricing"), "_screens", "screens_on"),
        (lambda engine: engine, "_affordability", "_affordability_on"),
    ],
)
def test_a_day_is_judged_by_its_own_law_though_a_thread_asks_about_another_between_two_looks(
    engine, monkeypatch, part, remembered, method
):
    asked = part(engine)
    own = getattr(asked, method)(DAY)
    held, looks = [vars(asked)[remembered]], itertools.count(1)

    def look(_):
        return held[-1] if next(looks) <= 2 else NOT_ITS_OWN

    between = property(look, lambda _, made: held.append(made))
    monkeypatch.setattr(type(asked), remembered, between, raising=False)

    assert getattr(asked, method)(DAY) is own
