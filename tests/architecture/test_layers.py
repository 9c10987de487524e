"""Imports go downward only, and the contract that says so bites."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDED = {
    "risk/upward.py": "from tongtu.origination import api\n",
    "terms/seam.py": "from tongtu.runtime import api\n",
    "replay/inside.py": "from tongtu.ledger import api\n",
    "risk/sideways.py": "from tongtu.funding import api\n",
}


def lint(root):
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("lint-imports")),
            "--no-cache",
            "--config",
            ".importlinter",
        ],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_upward_or_sideways_import_breaks_the_layers(tmp_path):
    shutil.copytree(
        REPOSITORY / "src", tmp_path / "src", ignore=shutil.ignore_patterns("static", "__pycache__")
    )
    shutil.copy(REPOSITORY / ".importlinter", tmp_path)
    for name, line in SEEDED.items():
        (tmp_path / "src" / "tongtu" / name).write_text(line)

    report = lint(tmp_path)

    assert report.returncode == 1
    for name in SEEDED:
        module = "tongtu." + name.removesuffix(".py").replace("/", ".")
        assert module in report.stdout, report.stdout


def test_every_context_has_its_place_in_the_layers():
    config = configparser.ConfigParser()
    config.read(REPOSITORY / ".importlinter")
    placed = set(config["importlinter:contract:layers"]["layers"].replace("|", " ").split())
    ignored = set(config["importlinter:contract:layers"]["exhaustive_ignores"].split())

    found = {
        path.name.removesuffix(".py")
        for path in (REPOSITORY / "src" / "tongtu").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__"} <= {layer.strip("()") for layer in placed} | ignored
