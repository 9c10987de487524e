"""The shipped products, and the ranges around each."""

from datetime import date

import pytest

from tongtu.catalog.api import BadCatalogue, Catalogue, fits
from tongtu.kernel.errors import NotFound
from tongtu.policy.api import Pack
from tongtu.tables.api import rules_root


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


def test_five_products_are_on_offer(catalogue):
    assert [product.id for product in catalogue.all()] == [
        "consumer_cash",
        "goods_instalment",
        "home_improvement",
        "education_training",
        "credit_line",
    ]
    assert [one.id for one in catalogue.all() if one.is_revolving] == ["credit_line"]
    assert catalogue.find("home_improvement").name == {
        "zh": "家装分期",
        "en": "Home improvement loan",
    }
    with pytest.raises(NotFound):
        catalogue.find("payday")


@pytest.mark.parametrize(
    ("amount", "tenor", "purpose", "reasons"),
    [
        (50_000, 3, "travel", []),
        (20_000_000, 60, "goods", []),
        (49_999, 12, "travel", ["amount_out_of_range"]),
        (20_000_001, 12, "travel", ["amount_out_of_range"]),
        (50_000, 7, "travel", ["tenor_not_offered"]),
        (50_000, 12, "stocks", ["purpose_not_allowed"]),
        (0, 0, "", ["amount_out_of_range", "tenor_not_offered", "purpose_not_allowed"]),
    ],
)
def test_what_does_not_fit_is_named(catalogue, amount, tenor, purpose, reasons):
    assert fits(catalogue.find("consumer_cash"), amount, tenor, purpose) == reasons


def test_a_worked_example_is_computed(catalogue):
    example = catalogue.find("consumer_cash").example

    assert (example.quote.instalment_minor, example.quote.irr12_ppm) == (88_849, 120_002)


def test_every_product_stays_within_the_law_of_the_pack(catalogue):
    pack, today = Pack.load("cn/2026.08"), date(2026, 11, 24)
    allowed = pack.members("purpose_allowed", today)

    for product in catalogue.all():
        assert set(product.purposes) <= allowed
        assert product.tenors_months[-1] <= pack.param("tenor_max_months", today)
        assert product.amount_max_minor <= pack.param("party_limit_minor", today)
        assert product.example.quote.irr12_ppm <= pack.param("all_in_cap_ppm", today)
        assert set(fits(product, 0, 0, "")) <= pack.reason_codes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount_min_minor = 50_000", "amount_min_minor = 0"),
        ("amount_min_minor = 50_000", "amount_min_minor = 20_000_001"),
        ('id = "consumer_cash"', 'id = "goods_instalment"'),
        ("tenors_months = [3, 6,", "tenors_months = [6, 3,"),
        ("54, 60]", "54, 85]"),
        ('"bank", "consumer_finance", "microloan"', '"bank", "pawnshop"'),
        ('method = "equal_instalment"', 'method = "balloon"'),
        ("tenor_months = 12, rate_bps = 1200", "tenor_months = 13, rate_bps = 1200"),
        ("rate_bps = 1200", "rate_bps = 1200.5"),
        ('zh = "消费贷"', ""),
        ("version =", "version"),
    ],
)
def test_a_product_file_that_is_wrong_in_one_place_is_not_loaded(tmp_path, old, new):
    text = (rules_root() / "products.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "products.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(BadCatalogue):
        Catalogue.load(path)
