"""The shipped book, and copies of its files to spoil."""

import shutil

import pytest

from tongtu.funding.api import Sought, load_book
from tongtu.tables.api import rules_root

FILES = (
    "lenders.toml", "lender_eligibility.json", "lender_eligibility.cases.json", "price_grid.csv",
)  # fmt: skip


@pytest.fixture(scope="session")
def book():
    return load_book()


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        shutil.copy(rules_root() / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def spoil(folder):
    """Replace text in one file of the copy; the text must stand there."""

    def replace(name, old, new):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return folder

    return replace


@pytest.fixture(scope="session")
def sought():
    """Everybody's favourite customer."""
    return Sought(
        product="goods_instalment",
        purpose="goods",
        amount_minor=3_000_000,
        tenor_months=24,
        band=0,
        home="owner",
        job="fixed",
        records=False,
        seniority_years=6,
        income_minor=800_000,
        assets_minor=5_000_000,
        dsr_ppm=200_000,
    )
