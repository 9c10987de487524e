import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_bench_runs_both_sides_on_its_own_server_and_leaves_whole_books(tmp_path):
    figures = tmp_path / "figures.json"

    ended = subprocess.run(
        [sys.executable, "-m", "bench.ledger", "--quick", "--json", str(figures)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "books: every balance equals its replay, sum 0" in ended.stdout
    told = json.loads(figures.read_text())
    ours = {"hot", "uniform", "repaid", "two-phase"}
    assert set(told["workloads"]) == ours | {"tpcb 4"}
    assert all(one["rate"]["least"] > 0 for one in told["workloads"].values())
    connecting = {name: one["left_out_cpu_s"]["least"] for name, one in told["workloads"].items()}
    assert {connecting.pop(name) for name in ours} == {0}
    assert connecting["tpcb 4"] > 0
    assert told["scale"] >= 4
    assert f"TPC-B scale {told['scale']} (branches)" in ended.stdout
    assert set(told["ratios"]) == {
        "hot lane / best TPC-B",
        "uniform lane / best TPC-B",
        "CPU of TPC-B / CPU of hot lane",
        "hot lane / uniform lane",
        "watched flows / hot lane",
        "two-phase / hot lane",
    }
    syncs = {name: one["syncs_per_1000"]["median"] for name, one in told["workloads"].items()}
    assert 0 < syncs["hot"] < syncs["tpcb 4"]
    assert "fsyncs per 1,000 hot transfers" in ended.stdout
