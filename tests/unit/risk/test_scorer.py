import dataclasses
import math
import subprocess
import sys

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.errors import BadInput
from tongtu.risk import bundle
from tongtu.risk.api import REASONS_MAX
from tongtu.risk.rules.forest import Forest, Tree
from tongtu.risk.rules.scorer import feature_of, probability
from tongtu.risk.rules.steps import PER_POINT, points_of


def features(studied):
    return np.array([feature_of(one, studied.cells[one.place]) for one in studied.scorer.inputs])


def reloaded(scorer):
    return bundle.read(bundle.written(scorer))


def shares_by_column(scorer, contributions):
    shares = np.zeros((len(scorer.columns), len(contributions)))
    for feature, owner in enumerate(scorer.forest.owners):
        shares[owner] += contributions[:, feature]
    return shares


def test_the_tables_of_patterns_are_the_booster_on_every_row(studied):
    booster = lightgbm.Booster(model_str=studied.fitted.booster)
    rows = features(studied)

    margins, shares = studied.scorer.forest.explain_all(rows)

    contributions = booster.predict(rows.T, pred_contrib=True)
    assert len(margins) == 4_454
    assert np.abs(margins - booster.predict(rows.T, raw_score=True)).max() < 1e-9
    assert np.abs(shares - shares_by_column(studied.scorer, contributions)).max() < 1e-9
    assert studied.scorer.forest.expected == pytest.approx(contributions[0, -1], abs=1e-9)


def test_missing_values_go_where_the_booster_sends_them(studied):
    booster = lightgbm.Booster(model_str=studied.fitted.booster)
    rows = features(studied)[:, :400].copy()
    learnt = np.isnan(features(studied)).any(axis=1)
    rows[learnt] = math.nan

    margins = studied.scorer.forest.margins(rows)

    assert learnt.any()
    assert np.abs(margins - booster.predict(rows.T, raw_score=True)).max() < 1e-9


def test_one_row_a_batch_and_the_reloaded_files_agree_to_the_bit(studied, records):
    scorer, again = studied.scorer, reloaded(studied.scorer)
    batch = again.score_all(studied.cells, reasons=True)
    names = [one.name for one in scorer.columns]

    for n in range(0, 4_454, 3):
        one = scorer.score(records[n])

        assert again.score(records[n]) == one
        assert one.pd == batch.pd[n]
        assert one.pd_champion == batch.pd_champion[n]
        assert one.pd_challenger == batch.pd_challenger[n]
        assert (one.score, one.log_odds) == (batch.score[n], batch.log_odds[n])
        assert [reason.column for reason in one.reasons] == [
            names[place] for place in batch.reasons[n] if place >= 0
        ]


def test_a_batch_is_not_changed_by_what_it_is_scored_with(studied):
    whole = studied.scorer.score_all(studied.cells, reasons=True)

    part = studied.scorer.score_all(
        np.ascontiguousarray(studied.cells[:, 1_000:1_037]), reasons=True
    )

    for field in dataclasses.fields(whole):
        taken = getattr(whole, field.name)[1_000:1_037]
        assert np.array_equal(getattr(part, field.name), taken)


def test_the_answer_is_the_constant_and_every_columns_part(studied):
    answers = studied.scorer.score_all(studied.cells)

    parts = studied.scorer.contributions(studied.cells)

    assert np.abs(studied.scorer.constant + parts.sum(axis=0) - answers.log_odds).max() < 1e-9


@given(st.integers(0, 4_453))
def test_taking_the_top_reason_away_moves_the_score_as_stated(studied, records, n):
    scorer = studied.scorer
    answer = scorer.score(records[n])
    if not answer.reasons:
        assert scorer.contributions(studied.cells[:, n : n + 1]).max() <= 1e-6
        return
    top = answer.reasons[0]
    parts = scorer.contributions(studied.cells[:, n : n + 1])[:, 0]
    place = [one.name for one in scorer.columns].index(top.column)

    without = scorer.constant + float(np.delete(parts, place).sum())

    # The stated points are what the answer's log-odds lose, and what the score gains.
    assert parts.max() == parts[place]
    assert (answer.log_odds - without) / PER_POINT == pytest.approx(top.points, abs=1e-6)
    assert points_of(without) - answer.score == pytest.approx(top.points, abs=1.0)
    assert probability(without) < answer.pd


def test_reasons_are_at_most_four_dearest_first_and_cost_points(studied, records):
    for record in records[:500]:
        points = [one.points for one in studied.scorer.score(record).reasons]

        assert len(points) <= REASONS_MAX
        assert points == sorted(points, reverse=True)
        assert all(one > 0 for one in points)


def test_the_champion_alone_needs_no_other_library(studied):
    batch = studied.scorer.score_all(studied.cells[:, :300])

    for n in range(300):
        points, pd, reasons = studied.scorer.champion(studied.cells[:, n].tolist())

        assert pd == batch.pd_champion[n]
        assert studied.scorer.table.total(studied.cells[:, n].tolist()) == points
        assert len(reasons) <= REASONS_MAX


def test_a_score_is_made_without_lightgbm_in_the_process(studied, records, tmp_path):
    model_hash, manifest = bundle.seal(bundle.written(studied.scorer), {})
    bundle.save_model(tmp_path, bundle.written(studied.scorer), manifest)
    record = records[0]

    program = f"""
import pathlib, sys
from tongtu.risk.api import load_model
scorer, _ = load_model(pathlib.Path({str(tmp_path)!r}))
print(scorer.hash, repr(scorer.score({record!r}).pd), "lightgbm" in sys.modules)
"""

    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"},
    )  # fmt: skip

    found = told.stdout.split()
    assert found == [model_hash, repr(studied.scorer.score(record).pd), "False"]


def test_an_unseen_word_counts_as_the_riskiest_one_seen(studied, records):
    job = next(one for one in studied.scorer.columns if one.name == "Job")
    known = [studied.scorer.score(records[0] | {"Job": words[0]}) for words in job.ranks]

    unseen = studied.scorer.score(records[0] | {"Job": "astronaut"})

    assert unseen == known[-1]
    assert unseen.pd_champion == max(one.pd_champion for one in known)


def test_infinity_is_a_value_never_seen_and_counts_as_the_riskiest(studied, records):
    amount = next(one for one in studied.scorer.columns if one.name == "Amount")

    infinite = studied.scorer.score(records[0] | {"Amount": math.inf})

    assert infinite == studied.scorer.score(records[0] | {"Amount": amount.fallback})
    assert infinite.pd_champion >= studied.scorer.score(records[0]).pd_champion


def test_a_missing_column_and_a_wrong_type_are_refused_by_name(studied, records):
    lacking = {name: value for name, value in records[0].items() if name != "Income"}

    with pytest.raises(BadInput) as absent:
        studied.scorer.score(lacking)
    with pytest.raises(BadInput) as worded:
        studied.scorer.score(records[0] | {"Amount": "1000"})
    with pytest.raises(BadInput) as counted:
        studied.scorer.score(records[0] | {"Job": 3})

    assert (absent.value.code, list(absent.value.fields)) == ("missing_column", ["Income"])
    assert (worded.value.code, list(worded.value.fields)) == ("wrong_type", ["Amount"])
    assert (counted.value.code, list(counted.value.fields)) == ("wrong_type", ["Job"])


TREE = Tree(
    features=(0, 0, 1, 1, 2, 2, 0),
    thresholds=(5.0, 2.0, 1.0, 0.0, math.inf, 3.0, 7.0),
    missing_left=(True, False, True, False, True, True, False),
    leaves=(1.0, -2.0, 0.5, 0.0, 3.0, -1.0, 0.25, 4.0),
    covers=(10, 20, 30, 0, 5, 15, 25, 35),
)


@given(st.lists(st.sampled_from([math.nan, -1.0, 0.5, 2.5, 4.0, 6.0, 8.0]), min_size=3, max_size=3))
def test_shapley_values_are_those_of_every_order_of_the_features(row):
    forest = Forest([TREE], (0, 1, 2), 3)

    margin, shares = forest.explain(row)

    assert shares == pytest.approx(shapley(row), abs=1e-9)
    assert margin == pytest.approx(forest.expected + sum(shares), abs=1e-9)


def shapley(row):
    """Each feature's mean gain over all orders in which the three may become known."""
    gains = [0.0] * 3
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        known = set()
        for feature in order:
            before = walk(row, known, 0)
            known.add(feature)
            gains[feature] += (walk(row, known, 0) - before) / 6
    return gains


def walk(row, known, node):
    if node >= 7:
        return TREE.leaves[node - 7]
    left, right = 2 * node + 1, 2 * node + 2
    feature, value = TREE.features[node], row[TREE.features[node]]
    is_left = TREE.missing_left[node] if math.isnan(value) else value <= TREE.thresholds[node]
    if math.isinf(TREE.thresholds[node]):
        is_left = True
    if feature in known:
        return walk(row, known, left if is_left else right)
    return (cover(left) * walk(row, known, left) + cover(right) * walk(row, known, right)) / cover(
        node
    )


def cover(node):
    return TREE.covers[node - 7] if node >= 7 else cover(2 * node + 1) + cover(2 * node + 2)
