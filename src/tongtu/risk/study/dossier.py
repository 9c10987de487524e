"""What a study leaves behind: the model's files, a card, plots, and the manifest of all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from tongtu.risk.bundle import save_model, seal, written
from tongtu.risk.model import BANDS, bands
from tongtu.risk.rules.scorer import Mix
from tongtu.risk.rules.studied import PPM
from tongtu.risk.study.binning import Cut
from tongtu.risk.study.card import card
from tongtu.risk.study.challenger import library_version
from tongtu.risk.study.plots import plots
from tongtu.risk.study.run import Study
from tongtu.risk.study.spec import Spec
from tongtu.risk.study.stress import reject_stress
from tongtu.risk.study.table import Cases

# What a model depends on beside its rows; another text of these is another code version.
_CODE = ("rules", "study")
BOOSTER = "challenger.txt"
CARD = "card.md"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A model's files, ready to be written; `hash` is that of the manifest."""

    hash: str
    files: dict[str, bytes]
    manifest: bytes
    summary: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write the files."""
        save_model(folder, self.files, self.manifest)


def dossier(cases: Cases, found: Study, spec: Spec, seed: int) -> Dossier:
    """Return a study's files; the same study gives the same bytes."""
    summary = _summary(cases, found, spec, seed)
    files = written(found.fitted.scorer)
    files[BOOSTER] = found.fitted.booster.encode()
    files |= plots(cases, found)
    files[CARD] = card(summary).encode()
    model_hash, manifest = seal(files, summary)
    return Dossier(model_hash, files, manifest, summary)


def code_version() -> str:
    """Return sha256 over the modules a studied model is made by."""
    root = resources.files("tongtu.risk")
    texts = [
        (f"{folder}/{one.name}", one.read_bytes())
        for folder in _CODE
        for one in root.joinpath(folder).iterdir()
        if one.name.endswith(".py")
    ]
    return hashlib.sha256(
        b"\0".join(name.encode() + text for name, text in sorted(texts))
    ).hexdigest()


def _summary(cases: Cases, found: Study, spec: Spec, seed: int) -> dict[str, Any]:
    fitted = found.fitted
    bad = int(cases.is_bad.sum())
    return {
        "seed": seed,
        "code_sha256": code_version(),
        "lightgbm": library_version(),
        "data": {
            "sha256": cases.sheet.sha256,
            "rows": cases.sheet.rows,
            "bad": bad,
            "prior": spec.prior,
            "held_out": found.held_out,
            "left_out": dict(sorted(cases.sheet.left_out.items())),
        },
        "cross_validated": {name: one.rounded() for name, one in found.across.items()},
        "out_of_time": {name: one.rounded() for name, one in found.later.items()},
        "coverage": found.coverage,
        "coverage_out_of_time": found.coverage_later,
        "reject_stress": reject_stress(cases, spec, seed),
        "lines": {"approve": found.lines.approve, "decline": found.lines.decline},
        # What drift is measured by: how the rows it learnt from lie in the bands, out of fold.
        "bands": np.bincount(
            bands(np.round(fitted.out_of_fold * PPM).astype(np.int64)), minlength=BANDS
        ).tolist(),
        "settings": {
            "chosen": fitted.settings,
            "trees": fitted.rounds,
            "in_folds": [one.settings for one in found.folds],
        },
        "mix": {name: getattr(fitted.scorer.mix, name) for name in Mix.__slots__},
        "weights": dict(fitted.weights),
        "columns": [_column(one.name, cut, way) for one, cut, way in _described(found)],
    }


def _described(found: Study) -> list[tuple[Any, Cut, int]]:
    prepared = found.fitted.prepared
    bound = found.fitted.bound
    ways = {
        one.place: way for one, way in zip(prepared.inputs, bound, strict=True) if not one.is_kind
    }
    return [
        (column, cut, ways[place])
        for place, (column, cut) in enumerate(zip(prepared.columns, prepared.cuts, strict=True))
    ]


def _column(name: str, cut: Cut, way: int) -> dict[str, Any]:
    return {
        "name": name,
        "information_value": round(cut.value, 6),
        "shape": cut.shape,
        "challenger_direction": {1: "rises", -1: "falls", 0: "free"}[way],
        "bins": [
            {
                "from": one.low if abs(one.low) != float("inf") else None,
                "good": one.good,
                "bad": one.bad,
                "weight_of_evidence": round(one.woe, 6),
            }
            for one in cut.bins
        ],
    }
