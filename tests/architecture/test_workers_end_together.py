"""How several workers share the tests: in the collected order, and whole folders where it pays."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ONE = "def test_0():\n    pass\n"
THREE = "import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test_n(n):\n    pass\n"


def handed_out(folder):
    """Return the file of each test in the order in which one worker ended them."""
    environment = {**os.environ, "PYTHONPATH": ""}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "1", "-p", "no:cacheprovider", "."],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"\[gw0\] .*PASSED (\S+?)::", done.stdout)


def written(folder, files):
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_file_of_one_test_is_not_left_to_the_end(tmp_path):
    written(tmp_path, {"tests/test_a.py": ONE, "tests/test_b.py": THREE, "tests/test_c.py": ONE})

    assert handed_out(tmp_path) == ["tests/test_a.py", *["tests/test_b.py"] * 3, "tests/test_c.py"]


def test_what_shares_something_dear_is_handed_out_as_one_folder():
    spec = importlib.util.spec_from_file_location("root_conftest", ROOT / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    of = module.scope_of

    assert of("tests/security/test_a.py::test") == of("tests/security/test_b.py::test[1]")
    assert of("tests/unit/tables/test_a.py::test") == "tests/unit/tables/test_a.py"
    assert all((ROOT / folder / "conftest.py").exists() for folder in module.TOGETHER)
