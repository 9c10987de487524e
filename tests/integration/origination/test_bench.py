import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def bench(*arguments, path):
    environment = {**os.environ, "PYTHONPATH": "src", "PATH": path}
    return subprocess.run(
        [sys.executable, "-m", "bench.decision", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_wrk_the_bench_says_how_to_get_it():
    done = bench("--quick", path="")

    assert done.returncode == 3
    assert "apt-get install wrk" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
def test_every_column_answers_every_request_of_a_short_run(tmp_path):
    figures = tmp_path / "figures.json"

    done = bench("--quick", "--json", str(figures), path=os.environ["PATH"])

    assert done.returncode == 0, done.stderr
    told = json.loads(figures.read_text())
    columns = told["columns"]
    assert [one["column"] for one in columns] == ["bare", "fastapi", "lane", "whole", "unbatched"]
    assert [one["refused"] + one["broken"] for one in columns] == [0] * 5
    assert columns[0]["postgres_us"]["high"] < 5  # bare has no database, and pays for nobody's
    assert 0 < told["parties"]["applied"] <= told["parties"]["seeded"]
    assert sum(one["decisions"] for one in told["mix"]) <= told["parties"]["applied"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
def test_the_bench_stops_when_a_party_would_apply_twice():
    done = bench("--quick", "--parties", "50", path=os.environ["PATH"])

    assert done.returncode == 1
    assert "applications of 50 parties: each may apply once only" in done.stderr
