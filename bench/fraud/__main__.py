"""`PYTHONPATH=src python -m bench.fraud FILE`: card fraud beside the handbook's baseline.

FILE is a parquet or csv with ts, customer_id, terminal_id, amount, y; nothing of it is kept.
Without one a small stream is made. Deterministic: fixed seeds, one order.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from bench.fraud.features import DELAY_DAYS, handbook, ours
from bench.fraud.protocol import TEST_DAYS, TOP_CARDS, Judged, judge
from bench.fraud.stream import Floats, Ints, generate, read
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 20180720
HANDBOOK_TRAIN_DAYS = 7


def logistic(known: Floats, labels: Ints, asked: Floats) -> Floats:
    """The handbook's plainest model."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    return np.asarray(model.fit(known, labels).predict_proba(asked)[:, 1])


def forest(known: Floats, labels: Ints, asked: Floats) -> Floats:
    """The handbook's random forest."""
    model = RandomForestClassifier(100, min_samples_leaf=2, random_state=SEED, n_jobs=1)
    return np.asarray(model.fit(known, labels).predict_proba(asked)[:, 1])


def boosted(known: Floats, labels: Ints, asked: Floats) -> Floats:
    """Shallow boosted trees, slowly learnt."""
    model = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=40,
        l2_regularization=5.0, early_stopping=False, random_state=SEED,
    )  # fmt: skip
    return np.asarray(model.fit(known, labels).predict_proba(asked)[:, 1])


def main() -> int:
    """Print AUC and card precision per day for each way."""
    parser = argparse.ArgumentParser(prog="bench.fraud", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="transactions; without: a made stream")
    file = parser.parse_args().file
    stream = generate(1) if file is None else read(file)
    plain, rich = handbook(stream), ours(stream)
    print(
        f"{len(stream.at_s):,} transactions, {stream.days} days,"
        f" {stream.is_fraud.mean():.3%} fraud; the last {TEST_DAYS} days are scored,"
        f" labels {DELAY_DAYS} days late, cards known to be compromised are blocked"
    )
    ways = (
        ("handbook, logistic, 7 days", plain, logistic, HANDBOOK_TRAIN_DAYS),
        ("handbook, boosted, all known", plain, boosted, None),
        ("ours, boosted, all known", rich, boosted, None),
        ("handbook, forest, 7 days", plain, forest, HANDBOOK_TRAIN_DAYS),
    )
    print(f"{'':30}{'AUC':>8} {'CP@' + str(TOP_CARDS):>8}  by day")
    for name, features, fit, train_days in ways:
        began_s = time.process_time()
        found = judge(stream, features, fit, train_days=train_days)
        print(_line(name, found, time.process_time() - began_s))
    most = " ".join(f"{one:.2f}" for one in found.attainable)
    print(f"{'at most':30}{'':8} {np.mean(found.attainable):8.3f}  {most}")
    print(f"{found.rows:,} transactions scored, {found.frauds:,} frauds")
    return 0


def _line(name: str, found: Judged, cpu_s: float) -> str:
    days = " ".join(f"{one:.2f}" for one in found.precision)
    return f"{name:30}{found.auc:8.4f} {np.mean(found.precision):8.3f}  {days}  ({cpu_s:.0f} s CPU)"


if __name__ == "__main__":
    raise SystemExit(main())
