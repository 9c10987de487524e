"""The wheel holds all that the platform needs away from its repository, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STATIC = "src/tongtu/channels/web/static"
# What a business person edits lies at the top of the repository and inside the wheel.
SHIPPED = ("bpmn", "packs", "rules", "templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY, check=True, capture_output=True,
    )  # fmt: skip
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def kept(*paths):
    """Return the files under these paths that belong to the sources."""
    found = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *paths],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    return {path for path in found if (REPOSITORY / path).is_file()}


def test_the_wheel_is_the_package_its_shipped_files_and_its_web_pages_and_no_more(wheel):
    package = {path.removeprefix("src/") for path in kept("src/tongtu")}
    shipped = {f"tongtu/shipped/{path}" for path in kept(*SHIPPED)}
    built = {
        str(path.relative_to(REPOSITORY / "src"))
        for path in (REPOSITORY / STATIC).rglob("*")
        if path.is_file() and path.name != ".built"
    }

    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert inside == package | shipped | built
    pages = {name for name in built if name.endswith("/index.html")}
    assert {name.split("/")[-2] for name in pages} == {"borrower", "console"}
    assert len(shipped) > 10


def test_the_wheel_runs_away_from_the_repository(wheel, tmp_path):
    wheel.extractall(tmp_path / "site")

    def tongtu(*words):
        return subprocess.run(
            [sys.executable, "-m", "tongtu", *words],
            cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    look = "from tongtu.policy.api import Pack; import tongtu; print(tongtu.__file__); Pack.load('cn/2026.08')"
    where = subprocess.run(
        [sys.executable, "-c", look],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip

    assert where.strip() == str(tmp_path / "site" / "tongtu" / "__init__.py")
    assert tongtu("--version").strip() == "tongtu 0.1.0"
    assert "home" in tongtu("config")
