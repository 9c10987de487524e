"""The card-fraud bench on a stream of its own: no look ahead, honest counting."""

from dataclasses import replace

import numpy as np
import pytest
from bench.fraud.features import DELAY_DAYS, Windows, handbook, ours
from bench.fraud.protocol import TEST_DAYS, auc, judge
from bench.fraud.stream import DAY_S, generate
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score


@pytest.fixture(scope="module")
def stream():
    return generate(7, days=24, customers=120, terminals=90)


def test_a_window_is_what_counting_by_hand_gives(stream):
    windows = Windows(stream.terminal, stream.at_s)
    found = windows.total(stream.amount, 3 * DAY_S, 2 * DAY_S)

    for row in range(0, len(stream.at_s), 97):
        at_s = stream.at_s[row]
        inside = (
            (stream.terminal == stream.terminal[row])
            & (stream.at_s > at_s - 5 * DAY_S)
            & (stream.at_s <= at_s - 2 * DAY_S)
        )
        assert found[row] == pytest.approx(stream.amount[inside].sum(), abs=1e-6)


@pytest.mark.parametrize("features", [handbook, ours])
def test_no_feature_looks_ahead_nor_at_a_label_younger_than_the_delay(stream, features):
    today = 15
    told = features(stream)
    young = stream.at_s >= (today + 1 - DELAY_DAYS) * DAY_S
    later = stream.day > today
    changed = replace(
        stream,
        is_fraud=np.where(young, 1 - stream.is_fraud, stream.is_fraud),
        amount=np.where(later, stream.amount * 9 + 1, stream.amount),
    )

    again = features(changed)

    of_today = stream.day == today
    assert np.allclose(told[of_today], again[of_today], rtol=1e-9, atol=1e-6)
    assert not np.allclose(told, again)


def test_auc_is_the_librarys(stream):
    random = np.random.default_rng(3)
    scores = np.round(random.random(len(stream.at_s)), 2)  # with ties

    assert auc(stream.is_fraud, scores) == pytest.approx(roc_auc_score(stream.is_fraud, scores))


def test_a_perfect_way_finds_every_card_once_and_chance_finds_few(stream):
    def perfect(known, labels, asked):
        return asked[:, 0]

    def nothing(known, labels, asked):
        return np.zeros(len(asked))

    truth = stream.is_fraud[:, None].astype(float)
    best = judge(stream, truth, perfect, train_days=None, top=10)
    blind = judge(stream, truth, nothing, train_days=None, top=10)

    assert (best.auc, blind.auc) == (1.0, 0.5)
    assert best.precision == best.attainable
    assert len(best.precision) == TEST_DAYS
    assert np.mean(blind.precision) < np.mean(best.precision) / 2


def test_cards_known_to_be_compromised_are_not_scored(stream):
    seen = {}

    def remembers(known, labels, asked):
        seen["rows"] = len(asked)
        return asked[:, 0]

    judge(stream, stream.amount[:, None], remembers, train_days=None)

    expected = 0
    for today in range(stream.days - TEST_DAYS, stream.days):
        known = (stream.day < today - DELAY_DAYS) & (stream.is_fraud == 1)
        blocked = set(stream.customer[known])
        expected += sum(c not in blocked for c in stream.customer[stream.day == today])
    assert seen["rows"] == expected < (stream.day >= stream.days - TEST_DAYS).sum()


def test_the_handbooks_way_learns_on_the_made_stream(stream):
    def logistic(known, labels, asked):
        scale = known.std(axis=0) + 1e-9
        model = LogisticRegression(max_iter=500).fit(known / scale, labels)
        return model.predict_proba(asked / scale)[:, 1]

    found = judge(stream, handbook(stream), logistic, train_days=None, top=10)

    assert found.auc > 0.6
    assert np.mean(found.precision) > 0.1
