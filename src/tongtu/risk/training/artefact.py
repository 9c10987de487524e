"""A trained model as files: points table, manifest, card.

The same rows give the same bytes, so the hash of its table names it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from tongtu.risk.model import BANDS, bands
from tongtu.risk.rules.features import columns
from tongtu.risk.rules.scorecard import KIND, Scorecard
from tongtu.risk.training.binning import Binned
from tongtu.risk.training.card import card
from tongtu.risk.training.fit import PPM, Learnt, Sample, learn
from tongtu.risk.training.metrics import Metrics, measure

SCHEMA = 1
# What a model depends on beside its rows; another text of these is another code version.
_CODE = (
    ("rules", "features.py"),
    ("training", "binning.py"),
    ("training", "fit.py"),
    ("training", "logistic.py"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows are from."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Trained:
    """A model ready to be written: `hash` is sha256 of `table`."""

    hash: str
    table: bytes
    manifest: dict[str, Any]
    card: str


def train(seen: Sample, held_out: Sample, source: Source) -> Trained:
    """Return the model `seen` teaches, measured on rows it did not see.

    Raises:
        BadInput: too few rows, or a malformed fact.
    """
    learnt = learn(seen)
    table = canonical(learnt.table)
    scorecard = Scorecard.read(table)
    manifest = {
        "schema": SCHEMA,
        "kind": KIND,
        "hash": scorecard.hash,
        "code_sha256": code_version(),
        "data": {
            "name": source.name,
            "sha256": source.sha256,
            "rows_seen": len(seen.facts),
            "rows_held_out": len(held_out.facts),
        },
        "bad_share_ppm": round(PPM * sum(seen.is_bad) / len(seen.is_bad)),
        "metrics": {
            "across_folds": learnt.across_folds.rounded(),
            "held_out": _held_out(scorecard, held_out).rounded(),
        },
        "bands": _bands(scorecard, seen),
        "features": [_described(one, learnt) for one in learnt.binned],
    }
    return Trained(scorecard.hash, table, manifest, card(manifest))


def code_version() -> str:
    """Return sha256 over the modules a model is made by."""
    root = resources.files("tongtu.risk")
    texts = [root.joinpath(*path).read_bytes() for path in _CODE]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def canonical(value: dict[str, Any]) -> bytes:
    """Return the JSON bytes of a value, the same on every machine."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _held_out(scorecard: Scorecard, sample: Sample) -> Metrics:
    scores = scorecard.score_batch(columns(sample.facts))
    return measure(scores.pd_ppm / PPM, np.array(sample.is_bad, np.bool_))


def _bands(scorecard: Scorecard, sample: Sample) -> list[int]:
    """Return how many of the rows it learnt from lie in each band: what drift is measured by."""
    pd_ppm = scorecard.score_batch(columns(sample.facts)).pd_ppm
    counts = np.bincount(bands(pd_ppm), minlength=BANDS)
    return [int(count) for count in counts]


def _described(one: Binned, learnt: Learnt) -> dict[str, Any]:
    feature = one.feature
    points = {part["name"]: part["bins"] for part in learnt.table["features"]}.get(feature.name)
    return {
        "name": feature.name,
        "direction": feature.direction.value,
        "why": feature.why,
        "information_value": round(one.value, 6),
        "weight": learnt.weights.get(feature.name),
        "bins": [
            {
                "from": None if n == 0 else each.low,
                "good": each.good,
                "bad": each.bad,
                "weight_of_evidence": round(each.woe, 6),
                "points": None if points is None else points[n]["points"],
            }
            for n, each in enumerate(one.bins)
        ],
    }
