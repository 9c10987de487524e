"""The bench of the HTTP shell runs and every answer of it is one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
def test_every_way_in_answers_every_request_of_a_short_run(tmp_path):
    figures = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench.shell", "--rounds", "1", "--seconds", "1",
         "--connections", "16", "--json", str(figures)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    [ways] = json.loads(figures.read_text())
    assert set(ways) == {"bare", "ordinary", "hot", "hot, new"}
    assert [way["errors"] for way in ways.values()] == [0] * 4
    assert ways["hot"]["cpu_us"] < ways["ordinary"]["cpu_us"]
