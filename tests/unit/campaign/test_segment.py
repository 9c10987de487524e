"""Segments: JDM conditions over what people did here, and over nothing else."""

import pytest

from tongtu.campaign.api import BadSegment
from tongtu.campaign.rules.draw import group_of
from tongtu.campaign.rules.segment import FEATURES, is_in, segment_of

NOBODY = dict.fromkeys(FEATURES, 0)


def test_whoever_one_row_holds_for_is_in_the_segment():
    segment = segment_of(
        [{"settled_loans": ">= 1", "live_loans": "== 0"}, {"live_loans": "[2..3]"}]
    )

    found = [
        is_in(segment, NOBODY | facts)
        for facts in (
            {},
            {"settled_loans": 1},
            {"settled_loans": 1, "live_loans": 1},
            {"live_loans": 2},
            {"live_loans": 4},
        )
    ]

    assert found == [False, True, False, True, False]
    assert segment.evaluate_by_engine(NOBODY | {"live_loans": 3})[0]["is_in"] is True


@pytest.mark.parametrize("feature", ["age", "gender", "device", "income_minor", "city", "browsing"])
def test_no_campaign_looks_at_what_a_person_is_or_where_or_by_what(feature):
    with pytest.raises(BadSegment, match=feature) as refused:
        segment_of([{"settled_loans": ">= 1", feature: ">= 1"}])
    assert refused.value.code == "forbidden_feature"


@pytest.mark.parametrize(
    "rows",
    [[], [{}], [{"live_loans": "import os"}], [{"live_loans": "1 +"}], [{"live_loans": "x"}]],
)
def test_a_segment_of_everybody_or_of_odd_words_is_refused(rows):
    with pytest.raises(BadSegment):
        segment_of(rows)


def test_chance_draws_the_groups_each_person_once_and_each_campaign_anew():
    first = [group_of(7, party, 200_000).value for party in range(20_000)]

    assert 0.19 < first.count("hold_out") / 20_000 < 0.21
    assert [group_of(7, party, 200_000).value for party in range(20_000)] == first
    other = [group_of(8, party, 200_000).value for party in range(20_000)]
    both = sum(a == b == "hold_out" for a, b in zip(first, other, strict=True))
    assert 0.03 < both / 20_000 < 0.05  # a fifth of a fifth: nobody is always held out
