"""The conftest of the whole repository, run on small test files as CI would run it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
TEST = "def test_it():\n    pass\n"
FILES = {
    "test_mark.py": "import pytest\n@pytest.mark.skip(reason='no gauge')\n" + TEST,
    "test_call.py": "import pytest\ndef test_it():\n    pytest.skip('no gauge')\n",
    "test_module.py": "import pytest\npytest.skip('no gauge', allow_module_level=True)\n" + TEST,
    "test_import.py": "import pytest\npytest.importorskip('no_gauge')\n" + TEST,
    "test_other.py": TEST,
}


@pytest.fixture
def folder(tmp_path):
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def run(folder, **given):
    """Run pytest on the folder; return its status, what it says, and the counts at its end."""
    options = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "CI"} | given,
        capture_output=True,
        text=True,
        check=False,
    )
    counts = re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1].partition(" in ")[0])
    return done.returncode, done.stdout, {word: int(number) for number, word in counts}


def test_in_ci_a_skip_of_a_test_or_of_a_whole_module_is_red_and_says_why(folder):
    status, said, counts = run(folder, CI="true")

    assert (status, counts) == (1, {"failed": 1, "passed": 1, "errors": 3}), said
    for name in FILES.keys() - {"test_other.py"}:
        assert re.search(rf"{name}\S* was skipped; in CI nothing may be: .*gauge", said), said


def test_elsewhere_a_skip_is_a_skip(folder):
    status, said, counts = run(folder)

    assert (status, counts) == (0, {"skipped": 4, "passed": 1}), said
