import csv
import dataclasses
import json
import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from tongtu.kernel.errors import BadInput, NotFound
from tongtu.replay.api import is_training, read_applicants
from tongtu.risk.api import BadModel, Direction, NoModel, Sample, measure, train
from tongtu.risk.files import find_trained, load_manifest, load_scorecard, save, trained_last
from tongtu.risk.rules.features import STATED_FEATURES, UNKNOWN, assemble_batch, columns
from tongtu.risk.training.binning import SHARE_MIN, cut
from tongtu.risk.training.logistic import regress


def test_no_row_of_the_replay_is_learnt_from(table):
    seen = {one.row for one in read_applicants(table.path, training=True)}
    replayed = [one.row for one in read_applicants(table.path, training=False)]

    assert (len(seen), len(replayed)) == (2_649, 1_805)
    assert seen.isdisjoint(replayed)
    assert seen | set(replayed) == set(range(1, 4_455))
    assert all(is_training(row) for row in seen)


def test_age_and_marital_state_change_nothing(table, tmp_path):
    with table.path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    other = tmp_path / "credit_data.csv"
    with other.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"Age": "99", "Marital": "widow"} for row in rows)

    assert read_applicants(other, training=True) == read_applicants(table.path, training=True)


def test_a_real_row_is_mapped_as_written_down(table):
    first = next(
        one for one in read_applicants(table.path, training=is_training(2)) if one.row == 2
    )

    assert not first.is_bad
    assert first.body() == {
        "product": "goods_instalment",
        "amount_minor": 4_000_000,
        "tenor_months": 60,
        "purpose": "goods",
        "device": "table-2",
        "facts": {
            "income_minor": 524_000,
            "expenses_minor": 192_000,
            "assets_minor": 0,
            "debt_minor": 0,
            "price_minor": 6_632_000,
            "seniority_years": 17,
            "home": "rent",
            "job": "fixed",
            "records": False,
        },
    }


def test_a_file_that_is_not_the_table_is_refused(tmp_path):
    with pytest.raises(NotFound, match="tongtu data"):
        read_applicants(tmp_path / "credit_data.csv", training=True)
    (tmp_path / "credit_data.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="columns"):
        read_applicants(tmp_path / "credit_data.csv", training=True)


def test_the_model_ranks_unseen_rows_as_measured_when_it_was_built(model):
    metrics = model.trained.manifest["metrics"]

    # Another processor may round a point otherwise, and move a case or two.
    assert metrics["held_out"] == pytest.approx(
        {
            "rows": 1_805,
            "bad": 502,
            "auc": 0.847,
            "gini": 0.695,
            "ks": 0.539,
            "brier": 0.138,
            "calibration_error": 0.025,
            "accuracy": 0.799,
            "majority": 0.7219,
        },
        abs=0.003,
    )
    assert metrics["across_folds"]["auc"] == pytest.approx(0.842, abs=0.003)


def test_the_same_rows_give_the_same_bytes(table, model):
    again = train(table.seen, table.unseen, table.source)

    assert again == model.trained


def test_another_row_gives_another_model(table, model):
    facts = [*table.seen.facts[:-1], table.seen.facts[0]]

    other = train(Sample(facts, table.seen.is_bad), table.unseen, table.source)

    assert other.hash != model.trained.hash


def test_metrics_are_those_of_scikit_learn(table, model):
    scores = model.scorecard.score_batch(columns(table.unseen.facts))
    pd, is_bad = scores.pd_ppm / 1e6, np.array(table.unseen.is_bad)

    metrics = measure(pd, is_bad)

    false_alarms, hits, _ = roc_curve(is_bad, pd)
    assert metrics.auc == pytest.approx(roc_auc_score(is_bad, pd), abs=1e-12)
    assert metrics.ks == pytest.approx((hits - false_alarms).max(), abs=1e-12)
    assert metrics.brier == pytest.approx(brier_score_loss(is_bad, pd), abs=1e-12)


def test_the_regression_is_that_of_scikit_learn(table):
    features = assemble_batch(columns(table.seen.facts))
    is_bad = np.array(table.seen.is_bad)
    evidence = np.column_stack(
        [
            cut(one, row, is_bad).encode(row)
            for one, row in zip(STATED_FEATURES, features, strict=False)
        ]
    )

    constant, *weights = regress(evidence, ~is_bad, ridge=2.0)

    oracle = LogisticRegression(C=0.5, tol=1e-10, max_iter=1_000).fit(evidence, ~is_bad)
    assert weights == pytest.approx(oracle.coef_[0], abs=1e-5)
    assert constant == pytest.approx(oracle.intercept_[0], abs=1e-5)


def test_risk_in_the_bins_moves_only_the_stated_way(table):
    features = assemble_batch(columns(table.seen.facts))
    is_bad = np.array(table.seen.is_bad)
    for one, row in zip(STATED_FEATURES, features, strict=False):
        binned = cut(one, row, is_bad)

        assert sum(each.good + each.bad for each in binned.bins) == len(is_bad)
        assert binned.bins[0].low == UNKNOWN
        if one.direction is Direction.FREE:
            continue
        risks = [each.bad / (each.good + each.bad) for each in binned.bins[1:]]
        assert risks == sorted(risks, reverse=one.direction is Direction.FALLS)
        known = int((row != UNKNOWN).sum())
        assert min(each.good + each.bad for each in binned.bins[1:]) >= math.floor(
            SHARE_MIN * known
        )


def test_too_few_rows_teach_nothing(table):
    few = Sample(table.seen.facts[:499], table.seen.is_bad[:499])
    one_sided = Sample(table.seen.facts[:600], [False] * 600)

    for sample in (few, one_sided):
        with pytest.raises(BadInput, match="training needs"):
            train(sample, table.unseen, table.source)


def test_a_saved_model_is_found_again_and_a_changed_one_is_not_used(model, table, tmp_path):
    assert trained_last(tmp_path) is None
    folder = save(tmp_path, model.trained)

    assert sorted(path.name for path in folder.iterdir()) == [
        "card.md", "manifest.json", "scorecard.json",
    ]  # fmt: skip
    assert find_trained(tmp_path, table.source) == model.trained.manifest
    assert find_trained(tmp_path, dataclasses.replace(table.source, sha256="0" * 64)) is None
    assert load_scorecard(tmp_path, model.trained.hash).hash == model.trained.hash

    changed = json.loads(model.trained.table) | {"base_points": 900}
    (folder / "scorecard.json").write_text(json.dumps(changed))

    with pytest.raises(BadModel, match="was changed"):
        load_scorecard(tmp_path, model.trained.hash)
    assert find_trained(tmp_path, table.source) is None
    with pytest.raises(NoModel):
        load_manifest(tmp_path, "f" * 64)
