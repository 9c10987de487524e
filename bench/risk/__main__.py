"""`PYTHONPATH=src python -m bench.risk`: one score with its reasons, beside the libraries.

The model is a study's fit of the public demo table, made here. Every side scores the same rows,
one at a time and in a batch, one thread, in interleaved rounds; ratios are made within a round.
`--trees N` bounds the trees; at the end stands the whole decision in process (`whole`).
onnxruntime and shap are measured where they are installed, and named where they are not.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from bench.risk.whole import told, whole

from tongtu.risk.api import Spec, extract_data, read_cases
from tongtu.risk.rules.scorer import feature_of
from tongtu.risk.study.fit import fit
from tongtu.risk.study.preparation import take_rows

ROUNDS, ROWS, BATCH = 7, 400, 200_000
PROTECTED = ("rownames", "Age", "Marital", "Status")
Side = Callable[[], object]


def model(trees: int | None = None):
    """Return a fit of the public table with so many trees at most, its cells and features."""
    with tempfile.TemporaryDirectory() as folder:
        frame = pl.read_csv(extract_data(Path(folder)), null_values=["", "NA"])
        path = Path(folder) / "cases.parquet"
        outcome = (pl.col("Status") == "bad").cast(pl.Int8).alias("y")
        frame.with_columns(outcome).drop(*PROTECTED).write_parquet(path)
        cases = read_cases(path, "y", Spec(), None)
    rows = np.arange(len(cases.is_bad))
    fitted = fit(cases.sheet, rows, cases.is_bad, (Spec(trees=trees), 0), lambda _: None)
    cells = take_rows(fitted.scorer.columns, cases.sheet.columns, rows)
    features = np.array([feature_of(one, cells[one.place]) for one in fitted.scorer.inputs])
    return fitted, cells, features


def sides(fitted, cells, features) -> dict[str, Side]:
    """Return what scores ROWS rows one at a time."""
    scorer, forest = fitted.scorer, fitted.scorer.forest
    booster = lightgbm.Booster(model_str=fitted.booster)
    row_cells = [cells[:, n].tolist() for n in range(ROWS)]
    row_features = [features[:, n].tolist() for n in range(ROWS)]
    arrays = [features[:, n : n + 1].T.copy() for n in range(ROWS)]
    one = {"num_threads": 1}
    found: dict[str, Side] = {
        "scorecard + 4 reasons": lambda: [scorer.champion(row) for row in row_cells],
        "trees, score": lambda: [forest.margin(row) for row in row_features],
        "trees + exact shares": lambda: [forest.explain(row) for row in row_features],
        "both + blend + 4 reasons": lambda: [scorer.score_cells(row) for row in row_cells],
        "LightGBM predict": lambda: [booster.predict(row, **one) for row in arrays],
        "LightGBM pred_contrib": lambda: [
            booster.predict(row, pred_contrib=True, **one) for row in arrays
        ],
    }
    try:
        import shap  # noqa: PLC0415 - no dependency: measured where it is installed

        explainer = shap.TreeExplainer(booster)
        found["shap TreeExplainer"] = lambda: [explainer.shap_values(row) for row in arrays[:100]]
    except ImportError:
        print("not installed, not measured: shap")
    try:
        import onnxmltools  # noqa: PLC0415 - same
        import onnxruntime  # noqa: PLC0415 - same
        from onnxmltools.convert.common.data_types import FloatTensorType  # noqa: PLC0415

        shape = [("x", FloatTensorType([None, len(features)]))]
        graph = onnxmltools.convert_lightgbm(booster, initial_types=shape, zipmap=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
        floats = [row.astype(np.float32) for row in arrays]
        found["onnxruntime run"] = lambda: [session.run(None, {"x": row}) for row in floats]
    except ImportError:
        print("not installed, not measured: onnxruntime with onnxmltools")
    return found


def cpu_us(work: Side) -> float:
    """Return CPU microseconds a row."""
    begun = time.process_time()
    count = len(work())  # type: ignore[arg-type]
    return (time.process_time() - begun) / count * 1e6


def batch_rates(fitted, cells, features) -> dict[str, float]:
    """Return rows a second of CPU in a batch, one thread."""
    times = -(-BATCH // cells.shape[1])
    many = np.ascontiguousarray(np.tile(cells, times)[:, :BATCH])
    part = np.ascontiguousarray(np.tile(features, times)[:, : BATCH // 20])
    booster = lightgbm.Booster(model_str=fitted.booster)
    plain = np.ascontiguousarray(part.T)
    rates = {}
    for name, work, rows in (
        ("scorecard, numpy", lambda: fitted.scorer.table.totals(many), BATCH),
        ("trees, numpy", lambda: fitted.scorer.forest.margins(part), part.shape[1]),
        ("LightGBM predict", lambda: booster.predict(plain, num_threads=1), part.shape[1]),
    ):
        begun = time.process_time()
        work()
        rates[name] = rows / (time.process_time() - begun)
    return rates


def main() -> int:
    """Measure every side in interleaved rounds and print the table."""
    rounds = 1 if "--quick" in sys.argv else ROUNDS
    bound = int(sys.argv[sys.argv.index("--trees") + 1]) if "--trees" in sys.argv else None
    made = model(bound)
    trees = len(made[0].scorer.forest.trees)
    compared = sides(*made)
    single: dict[str, list[float]] = {name: [] for name in compared}
    batch: dict[str, list[float]] = {}
    for work in compared.values():
        cpu_us(work)
    for _ in range(rounds):
        for name, work in compared.items():
            single[name].append(cpu_us(work))
        for name, rate in batch_rates(*made).items():
            batch.setdefault(name, []).append(rate)
    print(f"load average {os.getloadavg()[0]:.1f}, {trees} trees, {rounds} rounds, CPU")
    ours = single["trees + exact shares"]
    for name, times in single.items():
        ratio = statistics.median(one / own for one, own in zip(times, ours, strict=True))
        median, best = statistics.median(times), min(times)
        print(f"{name:28} {median:8.1f} us a row (best {best:.1f}), {ratio:6.2f} x trees + shares")
    for name, rates in batch.items():
        print(f"{name:28} {statistics.median(rates):12,.0f} rows/s a core (best {max(rates):,.0f})")
    print("the whole decision in process, CPU:")
    decided = whole()
    for line in told(decided):
        print(f"  {line}")
    if "--json" in sys.argv:
        target = Path(sys.argv[sys.argv.index("--json") + 1])
        target.write_text(
            json.dumps({"trees": trees, "us": single, "rows_a_second": batch, "whole_us": decided})
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
