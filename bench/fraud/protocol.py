"""Judges a way of scoring as it would have been used: with the labels known when its days begin.

Labels come DELAY_DAYS late. Cards known to be compromised are blocked, so they are scored no more;
nor are those that were found on an earlier day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bench.fraud.features import DELAY_DAYS
from bench.fraud.stream import Floats, Ints, Stream

TOP_CARDS = 100
TEST_DAYS = 7
Fit = Callable[[Floats, Ints, Floats], Floats]  # training features, labels, features -> scores


@dataclass(frozen=True, slots=True)
class Judged:
    """AUC over the test days; by day the share of true cards among the top, and at most."""

    auc: float
    precision: tuple[float, ...]
    attainable: tuple[float, ...]
    rows: int
    frauds: int


def judge(
    stream: Stream, features: Floats, fit: Fit, *, train_days: int | None, top: int = TOP_CARDS
) -> Judged:
    """Score the last TEST_DAYS by a model of the labels known when the first of them begins.

    `train_days` limits training to the newest known days; None takes all of them.
    """
    day, scores = stream.day, np.full(len(stream.at_s), np.nan)
    first = stream.days - TEST_DAYS
    known_before = first - DELAY_DAYS
    oldest = 0 if train_days is None else known_before - train_days
    learnt = (day < known_before) & (day >= oldest)
    scored = day >= first
    for today in range(first, stream.days):
        known = (day < today - DELAY_DAYS) & (stream.is_fraud == 1)
        scored &= ~((day == today) & np.isin(stream.customer, stream.customer[known]))
    scores[scored] = fit(features[learnt], stream.is_fraud[learnt], features[scored])
    seen = ~np.isnan(scores)
    precision, attainable, found = [], [], np.array([], np.int64)
    for today in range(first, stream.days):
        of_day = seen & (day == today) & ~np.isin(stream.customer, found)
        hit, possible = _cards(stream, scores, of_day, top)
        precision.append(len(hit) / top)
        attainable.append(min(possible, top) / top)
        found = np.union1d(found, hit)
    labels = stream.is_fraud[seen]
    return Judged(
        auc(labels, scores[seen]), tuple(precision), tuple(attainable), len(labels), labels.sum()
    )


def auc(labels: Ints, scores: Floats) -> float:
    """Return the probability that a fraud scores above a genuine one; ties count half."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    low = np.searchsorted(ordered, ordered, side="left")
    high = np.searchsorted(ordered, ordered, side="right")
    ranks = np.empty(len(scores))
    ranks[order] = (low + high + 1) / 2
    bad = labels.sum()
    good = len(labels) - bad
    return float((ranks[labels == 1].sum() - bad * (bad + 1) / 2) / (bad * good))


def _cards(stream: Stream, scores: Floats, rows: Ints, top: int) -> tuple[Ints, int]:
    """Return the compromised cards among the day's top, and how many there were."""
    cards, place = np.unique(stream.customer[rows], return_inverse=True)
    best = np.full(len(cards), -np.inf)
    np.maximum.at(best, place, scores[rows])
    is_bad = np.zeros(len(cards), bool)
    np.logical_or.at(is_bad, place, stream.is_fraud[rows] == 1)
    chosen = np.argsort(-best, kind="stable")[:top]
    return cards[chosen[is_bad[chosen]]], int(is_bad.sum())
