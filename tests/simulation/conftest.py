"""A home with the demo's data and its model, learned once for all tests of a run."""

import shutil

import pytest

from .served import Server


@pytest.fixture(scope="session")
def learned(tmp_path_factory):
    """Fetch the demo's data and train its model; nothing is served from this home."""
    own = Server(tmp_path_factory.mktemp("learned") / "home")
    own.tongtu("data")
    own.tongtu("train")
    return own.home


@pytest.fixture
def home(learned, tmp_path):
    """A home of the test's own, which need not learn."""
    return shutil.copytree(learned, tmp_path / "home")
