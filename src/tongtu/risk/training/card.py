"""The model card: what a model is for, what it is worth and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ROWS = (
    ("AUC", "auc", "a bad case is ranked above a good one this often"),
    ("Gini", "gini", "2 x AUC - 1"),
    ("KS", "ks", "largest gap between the two distributions"),
    ("Brier", "brier", "mean squared error of the probability; smaller is better"),
    ("Calibration error", "calibration_error", "mean gap of ten equal groups"),
    ("Accuracy at 0.5", "accuracy", "means nothing without the next line"),
    ("Majority rate", "majority", "accuracy of calling everybody good"),
)

_CARD = """# Scorecard {short}

A points table for applications for consumer loans: more points, less risk. 20 points more halve
the odds of going bad; 600 points are 20 good cases for each bad one.

**Use.** Advice to lenders, who decide by their own policies. It explains itself by at most four
reasons. **Not for** prices by person, marketing, or persons unlike those it learnt from.

**Data.** {name} (sha256 `{data}`).
It learnt from {seen} applications and was measured on {held} others; a fixed rule on the row number
keeps them apart. {bad} % of the learnt ones went bad, far more than in a usual portfolio: the
probabilities hold for such a mix only. For another share of bad cases, add
ln(new odds / these odds) to the log-odds.

**Never read:** age, sex, marital state, name, address, device. They are no inputs of the code.

**Measured**

| figure | not seen at all | across folds | what it is |
|---|---|---|---|
{metrics}

**Inputs** (risk may only move this way, whatever the rows say)

| input | when it rises, risk | because | evidence (IV) | weight |
|---|---|---|---|---|
{features}

**Limits.** One bank, one country, one period. An outcome is known only of loans that were made, so
nothing was learnt of persons whom that bank refused. Money was scaled by one fixed factor and its
level is not claimed to fit another market. Amounts and words are the applicant's own statements. A
rare word and a rarely unknown fact count as the average. There is no outcome window and no later
period in the data, so drift cannot be judged from it.

Table sha256 `{hash}`; code sha256 `{code}`.
"""


def card(manifest: Mapping[str, Any]) -> str:
    """Return the card of a manifest as Markdown."""
    held, folds = manifest["metrics"]["held_out"], manifest["metrics"]["across_folds"]
    data = manifest["data"]
    return _CARD.format(
        short=manifest["hash"][:12],
        name=data["name"],
        data=data["sha256"],
        seen=data["rows_seen"],
        held=data["rows_held_out"],
        bad=f"{manifest['bad_share_ppm'] / 10_000:.1f}",
        metrics="\n".join(
            f"| {name} | {held[key]:.4f} | {folds[key]:.4f} | {text} |" for name, key, text in _ROWS
        ),
        features="\n".join(_feature(one) for one in manifest["features"]),
        hash=manifest["hash"],
        code=manifest["code_sha256"],
    )


def _feature(one: Mapping[str, Any]) -> str:
    weight = "not used" if one["weight"] is None else f"{one['weight']:.2f}"
    return (
        f"| {one['name']} | {one['direction']} | {one['why']} | "
        f"{one['information_value']:.3f} | {weight} |"
    )
