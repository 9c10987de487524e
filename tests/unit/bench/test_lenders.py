"""The market of a bench: as large as asked, each lender with a policy and prices of its own."""

import json
import tomllib
from datetime import date

import pytest
from bench.lenders import LENDERS_MAX, write_rules

from tongtu.funding.api import load_book
from tongtu.policy.api import Pack
from tongtu.tables.api import load_proved_table
from tongtu.terms.api import quote


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    return write_rules(tmp_path_factory.mktemp("market") / "rules", 20)


def test_every_lender_has_its_own_policy_prices_and_budget(rules):
    book = load_book(rules)

    assert [one.number for one in book.lenders] == list(range(1, 21))
    assert len({book.policy_hash(one.number) for one in book.lenders}) == 20
    assert load_proved_table(rules / "lender_eligibility.json").is_generated
    rates = {book.grid.rate_bps[book.grid.place(one.id)].tobytes() for one in book.programs()}
    assert len(rates) == len(book.programs())


def test_no_invented_price_passes_the_cap_or_falls_when_risk_rises(rules):
    book = load_book(rules)
    cap = int(Pack.load("cn/2026.08").param("all_in_cap_ppm", date(2026, 11, 24)))

    for program in book.programs()[10:]:
        for months in (3, 12, 24, 36, 60):
            prices = [book.price(program.id, band, months) for band in range(8)]
            asked = [one.rate_bps for one in prices if one is not None]
            assert asked == sorted(asked)
            assert quote(300_000, asked[-1], months).irr12_ppm <= cap


def test_the_same_number_of_lenders_is_the_same_market(rules, tmp_path):
    again = write_rules(tmp_path / "again", 20)

    for path in sorted(one for one in rules.rglob("*") if one.is_file()):
        assert path.read_bytes() == (again / path.relative_to(rules)).read_bytes()


def test_the_shipped_lenders_stand_unchanged_in_a_larger_market(rules):
    shipped, larger = load_book(), load_book(rules)

    assert larger.lenders[:7] == shipped.lenders
    assert [larger.policy_hash(one.number) for one in shipped.lenders] == [
        shipped.policy_hash(one.number) for one in shipped.lenders
    ]


@pytest.mark.parametrize("lenders", [6, LENDERS_MAX + 1])
def test_a_market_without_the_shipped_lenders_or_names_is_refused(tmp_path, lenders):
    with pytest.raises(ValueError, match="7 to 27 lenders"):
        write_rules(tmp_path / "rules", lenders)

    assert list(tmp_path.iterdir()) == []


def test_the_files_are_what_a_product_owner_edits(rules):
    lenders = tomllib.loads((rules / "lenders.toml").read_text(encoding="utf-8"))["lender"]
    table = json.loads((rules / "lender_eligibility.json").read_text(encoding="utf-8"))

    assert len(lenders) == 20
    content = next(n["content"] for n in table["nodes"] if n["type"] == "decisionTableNode")
    assert sum(row["program"] == "801" for row in content["rules"]) == 3
