"""A program that breaks a rule stops the start: nobody is offered anything of it."""

import shutil
from datetime import date

import pytest

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import load_book
from tongtu.journey.api import check_published
from tongtu.journey.publish import facts_of
from tongtu.kernel.errors import Broken
from tongtu.policy.api import Laws, Pack
from tongtu.tables.api import rules_root

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def pack():
    return Pack.load("cn/2026.08")


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


@pytest.fixture
def book_with(tmp_path):
    def make(old, new):
        root = shutil.copytree(rules_root(), tmp_path / "rules")
        text = (root / "lenders.toml").read_text(encoding="utf-8")
        assert old in text
        (root / "lenders.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_book(root)

    return make


def test_the_shipped_lenders_may_be_offered_and_the_microloan_company_is_warned_of(pack, catalogue):
    found = check_published(Laws(pack), catalogue, load_book(), DAY)

    assert [(program, one.rule, one.severity.value) for program, one in found] == [
        ("luzhu_small", "PRICE-02.notice", "warn")
    ]


def test_a_fee_hidden_under_a_second_payee_is_not_offered(pack, catalogue, book_with):
    # The book itself lets a fee go to the lender; the disclosed list knows it as the guarantor's.
    book = book_with('fee_payee = "guarantor"', 'fee_payee = "lender"')

    with pytest.raises(Broken, match="chenglan_guaranteed: PRICE-03") as refusal:
        check_published(Laws(pack), catalogue, book, DAY)

    assert refusal.value.code == "not_publishable"
    assert "yunxiu" not in str(refusal.value)


def test_a_joint_share_below_the_least_is_not_offered(pack, catalogue, book_with):
    old = "share_ppm = 400_000\nmargin_bps = 30\n\n[[lender.program.joint.funder]]\nlender = 1\nshare_ppm = 300_000\nmargin_bps = -60\n"
    new = "share_ppm = 401_000\nmargin_bps = 0\n\n[[lender.program.joint.funder]]\nlender = 1\nshare_ppm = 299_000\nmargin_bps = 0\n"
    book = book_with(
        old + "\n[[lender.program.joint.funder]]\nlender = 3\nshare_ppm = 300_000\nmargin_bps = 20",
        new + "\n[[lender.program.joint.funder]]\nlender = 3\nshare_ppm = 300_000\nmargin_bps = 0",
    )

    with pytest.raises(Broken, match="jianghai_joint: LIMIT-05"):
        check_published(Laws(pack), catalogue, book, DAY)


def test_a_microloan_company_above_four_times_the_lpr_stops_in_2028(pack, catalogue):
    assert check_published(Laws(pack), catalogue, load_book(), date(2027, 12, 31))
    with pytest.raises(Broken, match="luzhu_small: PRICE-02 "):
        check_published(Laws(pack), catalogue, load_book(), date(2028, 1, 1))


def test_every_fact_the_pack_reads_of_a_program_is_told(pack, catalogue):
    book = load_book()
    told = facts_of(catalogue, book, book.programs()[0])

    assert set(pack.facts_needed("product.publish", DAY)) <= set(told)


def test_a_remote_lenders_fee_for_a_payee_nobody_disclosed_is_not_offered(
    pack, catalogue, book_with
):
    book = book_with('code = "beidu_remote"', 'code = "beidu_remote"\nfee_payee = "lender"')

    with pytest.raises(Broken, match="beidu_remote: PRICE-03"):
        check_published(Laws(pack), catalogue, book, DAY)
