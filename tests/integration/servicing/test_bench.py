import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_bench_closes_days_by_both_sides_and_the_books_agree(tmp_path):
    figures = tmp_path / "figures.json"

    ended = subprocess.run(
        [sys.executable, "-m", "bench.dayend", "--loans", "3000", "--rounds", "2",
         "--json", str(figures)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    told = json.loads(figures.read_text())
    assert (told["loans"], told["rounds"]) == (3000, 2)
    assert set(told["ratios"]) == {
        "UPDATE of all loans / day end",
        "CPU of UPDATE / CPU of day end",
        "kernel / DuckDB scan of 5 columns",
    }
    assert all(ratio["least"] > 0 for ratio in told["ratios"].values())
    assert told["peak_mb"] >= told["resting_mb"]
    assert "3,000 loans, 2 days by both sides" in ended.stdout
