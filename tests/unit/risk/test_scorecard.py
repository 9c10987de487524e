import copy
import json
from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.risk.api import (
    NAMES,
    REASONS_MAX,
    UNKNOWN,
    BadModel,
    Score,
    Scorecard,
    assemble,
    band,
    bands,
    columns,
)

# Points by hand: base 500; records cost 40; a job of 2 years or more gives 10, else -5.
TINY = {
    "schema": 1,
    "kind": "points_table",
    "base_points": 500,
    "features": [
        {
            "name": "seniority_years",
            "reason": "short_employment",
            "reason_unknown": "missing_fact",
            "average_points": 4,
            "bins": [{"from": None, "points": 0}, {"from": 0, "points": -5}, {"from": 2, "points": 10}],
        },
        {
            "name": "records",
            "reason": "negative_records",
            "reason_unknown": "missing_fact",
            "average_points": 2,
            "bins": [{"from": None, "points": 0}, {"from": 0, "points": 10}, {"from": 1, "points": -40}],
        },
        {
            "name": "income_minor",
            "reason": "income_low",
            "reason_unknown": "income_missing",
            "average_points": 0,
            "bins": [{"from": None, "points": -20}, {"from": 400_000, "points": 3}],
        },
    ],
    "pd_ppm": {"from_points": 430, "table": [900_000 - 1_000 * n for n in range(101)]},
}  # fmt: skip


def scorecard(table=TINY):
    return Scorecard.read(json.dumps(table).encode())


def changed(**changes):
    return copy.deepcopy(TINY) | changes


def with_feature(**changes):
    table = copy.deepcopy(TINY)
    table["features"][0] |= changes
    return table


def test_points_pd_and_reasons_follow_the_table(plain):
    tiny = scorecard()

    assert tiny.score(plain) == Score(523, 807_000, ())
    worst = plain | {"records": True, "seniority_years": 1, "income_minor": None}
    assert tiny.score(worst) == Score(
        435, 895_000, ("negative_records", "income_missing", "short_employment")
    )


def test_reasons_of_equal_weight_come_in_the_order_of_the_table(plain):
    table = copy.deepcopy(TINY)
    table["features"][0]["bins"][1]["points"] = -38  # loses 42, as records do
    table["pd_ppm"] = {"from_points": 402, "table": [1] * 130}

    score = scorecard(table).score(plain | {"records": True, "seniority_years": 0})

    assert score.reasons == ("short_employment", "negative_records")


@pytest.mark.parametrize("rows", [0, 1, 7, 64, 5_000])
def test_a_batch_scores_every_real_row_as_one_by_one(table, model, rows):
    several = (table.unseen.facts * 3)[:rows]

    batch = model.scorecard.score_batch(columns(several))

    assert batch.points.shape == (rows,)
    assert batch.reasons.shape == (rows, REASONS_MAX)
    one_by_one = [model.scorecard.score(row) for row in several]
    assert [
        Score(points, pd_ppm, model.scorecard.words(batch, n))
        for n, (points, pd_ppm) in enumerate(
            zip(batch.points.tolist(), batch.pd_ppm.tolist(), strict=True)
        )
    ] == one_by_one


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_batch_a_row_and_the_reloaded_file_agree_on_any_facts(model, facts, data):
    rows = data.draw(st.lists(facts, min_size=1, max_size=30))
    reloaded = Scorecard.read(json.dumps(json.loads(model.trained.table)).encode())
    batch = model.scorecard.score_batch(columns(rows))

    for n, row in enumerate(rows):
        score = model.scorecard.score(row)
        assert score == reloaded.score(row)
        assert score == Score(
            int(batch.points[n]), int(batch.pd_ppm[n]), model.scorecard.words(batch, n)
        )


def test_a_reason_is_told_only_when_its_inputs_gave_less_than_the_average(table, model):
    features = json.loads(model.trained.table)["features"]
    for row in table.unseen.facts:
        values = dict(zip(NAMES, assemble(row), strict=True))
        lost = {}
        for one in features:
            lows = [UNKNOWN if b["from"] is None else b["from"] for b in one["bins"]]
            place = bisect_right(lows, values[one["name"]]) - 1
            code = one["reason"] if place else one["reason_unknown"]
            loss = one["average_points"] - one["bins"][place]["points"]
            lost[code] = lost.get(code, 0) + loss
        below = sorted((code for code in lost if lost[code] > 0), key=lambda c: -lost[c])

        reasons = model.scorecard.score(row).reasons

        assert set(reasons) <= set(below)
        assert len(reasons) == min(len(below), REASONS_MAX)
        assert [lost[code] for code in reasons] == [lost[code] for code in below[:REASONS_MAX]]


def test_a_known_value_below_all_learnt_ones_is_never_taken_as_unknown(model, plain):
    poorest = plain | {"income_minor": 0, "expenses_minor": 10**9, "assets_minor": 0}

    reasons = model.scorecard.score(poorest).reasons

    assert "savings_low" in reasons
    assert not {"income_missing", "assets_missing", "missing_fact"} & set(reasons)


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    more=st.integers(1, 10**8),
    fact=st.sampled_from(
        ["amount_minor", "expenses_minor", "income_minor", "assets_minor", "seniority_years"]
    ),
)
def test_risk_moves_one_way_with_each_fact(model, facts, data, more, fact):
    row = data.draw(facts)
    if row[fact] is None:
        row |= {fact: 0}
    least, most = row, row | {fact: row[fact] + more}
    if fact in ("amount_minor", "expenses_minor"):
        least, most = most, least

    assert model.scorecard.score(least).points <= model.scorecard.score(most).points


def test_twenty_points_more_double_the_odds_of_being_good(model):
    pd = json.loads(model.trained.table)["pd_ppm"]
    first = pd["from_points"]

    assert pd["table"][600 - first] == round(1_000_000 / 21)
    assert pd["table"][580 - first] == round(1_000_000 / 11)
    assert pd["table"][620 - first] == round(1_000_000 / 41)


def test_a_band_ends_just_below_its_line():
    lines = (39_999, 40_000, 79_999, 80_000, 279_999, 280_000, 519_999, 520_000, 999_999)

    assert [band(pd) for pd in lines] == [0, 1, 1, 2, 4, 5, 6, 7, 7]
    assert bands(np.array(lines)).tolist() == [0, 1, 1, 2, 4, 5, 6, 7, 7]


@pytest.mark.parametrize(
    "table",
    [
        [],
        {},
        changed(schema=2),
        changed(kind="forest"),
        changed(base_points=500.0),
        changed(features=[]),
        changed(features=[TINY["features"][0]] * 2),
        changed(pd_ppm={"from_points": 436, "table": [1] * 101}),
        changed(pd_ppm={"from_points": 435, "table": [1] * 88}),
        with_feature(name="age"),
        with_feature(average_points=4.5),
        with_feature(bins=[]),
        with_feature(bins=[{"from": 0, "points": 1}]),
        with_feature(bins=[{"from": None, "points": 1}, {"from": 5, "points": 1}, {"from": 2, "points": 1}]),
        with_feature(bins=[{"from": None, "points": True}]),
    ],
)  # fmt: skip
def test_a_table_that_could_score_wrongly_is_refused(table):
    with pytest.raises(BadModel):
        scorecard(table)


def test_bytes_that_are_no_json_are_refused():
    with pytest.raises(BadModel):
        Scorecard.read(b"\x00not json")
