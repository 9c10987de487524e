"""The model card of a study: what it was made of, what it is worth, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FIGURES = (
    ("AUC", "auc"),
    ("its deviation over folds", "auc_deviation"),
    ("Gini", "gini"),
    ("KS", "ks"),
    ("H", "h"),
    ("Brier", "brier"),
    ("calibration error (ECE)", "calibration_error"),
    ("accuracy at 0.5", "accuracy"),
    ("majority rate", "majority"),
)
_ENGINES = ("pd_champion", "pd_challenger", "pd")

_CARD = """# Model of a study

A points table (champion), {trees} trees of depth 3 (challenger) and the answer `pd` made of them:
{mix}.

**Data.** {rows} rows, {bad} of them bad ({share:.2f} %); table sha256 `{data}`.
Left out: {left_out}.
{prior}

**Use.** Advice on cases like these rows; at most four reasons each. **Not for** persons unlike
them, prices by person, or marketing. An outcome is known only of cases that were once accepted.

{judged}

{across}
{later}
**Decided with 95 % right.** Lines drawn out of fold, judged on untouched rows; the rest goes to a
person. The majority rate is {majority:.2f} %: calling everybody the same is right as often.

{coverage}

**What if outcomes had been hidden?** A stress, no part of the model: the riskiest tenth, by a
champion of half of the rows, is taken as once refused.

{stress}

**Columns**

| column | evidence (IV) | shape | challenger | weight |
|---|---|---|---|---|
{columns}

Unknown values: a value training never saw counts as the riskiest it saw of that column.
Seed {seed}; code sha256 `{code}`; LightGBM {lightgbm} (training only).
"""


_FOLDS = """**Measured on five untouched folds.** Binning, ranks of words, settings, rounds, blend,
calibration and lines are learnt anew on the other four each time."""
_HELD = "**Measured on {rows} rows held out.** Nothing of the model was learnt from them."


def card(summary: Mapping[str, Any]) -> str:
    """Return the card of a study's summary as Markdown."""
    data, mix = summary["data"], summary["mix"]
    left_out = "; ".join(f"{name} ({why})" for name, why in data["left_out"].items())
    later = ""
    if summary["out_of_time"]:
        later = f"\n**Measured on later rows, untouched too**\n\n{_table(summary['out_of_time'])}\n"
        later += f"\n{_coverage(summary['coverage_out_of_time'])}\n"
    prior = "Probabilities hold for this share of bad cases."
    if data["prior"] is not None:
        prior = f"Log-odds are moved by {mix['offset']:+.4f}: the true share is {data['prior']}."
    return _CARD.format(
        trees=summary["settings"]["trees"],
        mix=_mix(mix),
        rows=data["rows"],
        bad=data["bad"],
        share=100 * data["bad"] / data["rows"],
        data=data["sha256"],
        left_out=left_out or "nothing",
        prior=prior,
        judged=_HELD.format(rows=data["held_out"]) if data["held_out"] else _FOLDS,
        across=_table(summary["cross_validated"]),
        later=later,
        majority=100 * summary["cross_validated"]["pd"]["majority"],
        coverage=_coverage(summary["coverage"]),
        stress=_stress(summary["reject_stress"]),
        columns="\n".join(_column(one, summary["weights"]) for one in summary["columns"]),
        seed=summary["seed"],
        code=summary["code_sha256"],
        lightgbm=summary["lightgbm"],
    )


def _mix(mix: Mapping[str, float]) -> str:
    if not mix["champion"]:
        return "the challenger alone, calibrated (a blend did not pay out of fold)"
    if not mix["challenger"]:
        return "the champion alone (the challenger did not pay out of fold)"
    return (
        f"log-odds = {mix['shift']:.4f} + {mix['champion']:.4f} x champion"
        f" + {mix['challenger']:.4f} x trees"
    )


def _table(worths: Mapping[str, Mapping[str, float]]) -> str:
    lines = [f"| figure | {' | '.join(_ENGINES)} |", "|---|---|---|---|"]
    for name, key in _FIGURES:
        cells = " | ".join(f"{worths[engine][key]:.4f}" for engine in _ENGINES)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def _coverage(coverage: Mapping[str, Mapping[str, float]]) -> str:
    lines = [
        "| decision | cases | share of all | right | at least (Wilson) |",
        "|---|---|---|---|---|",
    ]
    for name, one in coverage.items():
        lines.append(
            f"| {name} | {one['decided']} | {100 * one['coverage']:.1f} % | "
            f"{100 * one['right']:.2f} % | {100 * one['right_at_least']:.2f} % |"
        )
    return "\n".join(lines)


def _stress(rows: list[Mapping[str, Any]]) -> str:
    lines = ["| champion learnt from | AUC | calibration error |", "|---|---|---|"]
    lines += [
        f"| {one['name']} | {one['auc']:.4f} | {one['calibration_error']:.4f} |" for one in rows
    ]
    return "\n".join(lines)


def _column(one: Mapping[str, Any], weights: Mapping[str, float]) -> str:
    weight = weights.get(one["name"])
    shown = "not used" if weight is None else f"{weight:.2f}"
    return (
        f"| {one['name']} | {one['information_value']:.3f} | {one['shape']} | "
        f"{one['challenger_direction']} | {shown} |"
    )
