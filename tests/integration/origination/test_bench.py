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
    columns = json.loads(figures.read_text())["columns"]
    assert [one["column"] for one in columns] == ["bare", "fastapi", "lane", "whole", "unbatched"]
    assert [one["refused"] + one["broken"] for one in columns] == [0] * 5
