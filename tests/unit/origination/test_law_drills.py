"""The law is broken on purpose, through the engine that decides: nothing gets through."""

import shutil
from datetime import date, timedelta

import pytest

from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.origination.flow.assembly import Sources
from tongtu.policy.api import BadPack, pack_root
from tongtu.tables.api import rules_root

from .conftest import POINTS_TABLE

DAY = date(2026, 11, 24)


@pytest.fixture
def engine_with(tmp_path):
    """Make an engine of the shipped files with some of their words changed."""

    def make(lenders=(), params=()):
        pack = shutil.copytree(pack_root() / "cn" / "2026.08", tmp_path / "pack")
        rules = shutil.copytree(rules_root(), tmp_path / "rules")
        for path, changes in ((rules / "lenders.toml", lenders), (pack / "params.csv", params)):
            text = path.read_text(encoding="utf-8")
            for old, new in changes:
                assert old in text
                text = text.replace(old, new, 1)
            path.write_text(text, encoding="utf-8")
        scorecard = shipped_sources(POINTS_TABLE).scorecard
        return load_engine(Sources(pack, rules, scorecard), PublicIds(b"k" * 32))

    return make


def lenders_of(decided):
    return {offer.lender for offer in decided.offers}


def test_an_unknown_fact_declines_and_names_what_is_missing(engine, case, ample):
    (found,) = engine.decide([case(known={"adult_on": None})], dict(ample), DAY)

    assert (found.outcome, found.offers) == ("declined", ())
    assert ("ELIG-01", "block", "missing_fact") in found.findings
    assert found.reasons == ("missing_fact",)


def test_a_lender_whose_list_ended_yesterday_is_absent_and_the_others_stay(
    engine_with, case, ample
):
    until = "listed_to = 2029-12-31\nfunds_minor = 80_000_000_000\n\n[[lender.program]]\nid = 101"
    ended = engine_with(lenders=[(until, until.replace("2029-12-31", DAY.isoformat()))])

    (today,) = ended.decide([case()], dict(ample), DAY)
    (tomorrow,) = ended.decide([case()], dict(ample), DAY + timedelta(days=1))

    assert 1 in lenders_of(today)
    # The bank is also a funder of the joint program of lender 7.
    assert lenders_of(today) - lenders_of(tomorrow) == {1, 7}
    said = {one.lender: one.reason for one in tomorrow.not_offered}
    assert (said[1], said[7]) == ("lender_not_listed", "lender_not_listed")


def test_a_cap_that_falls_takes_the_dear_offers_from_its_day_on(engine_with, case, ample):
    falls = (
        "all_in_cap_ppm,*,240000,2025-10-01,,S",
        "all_in_cap_ppm,*,240000,2025-10-01,2026-12-31,S",
    )
    lower = ("lpr_1y_ppm", "all_in_cap_ppm,*,120000,2027-01-01,,P,a drill\nlpr_1y_ppm")
    engine = engine_with(params=[falls, lower])

    (before,) = engine.decide([case()], dict(ample), date(2026, 12, 31))
    (after,) = engine.decide([case()], dict(ample), date(2027, 1, 1))

    assert max(offer.irr12_ppm for offer in before.offers) > 120_000
    assert 0 < len(after.offers) < len(before.offers)
    assert all(offer.irr12_ppm <= 120_000 for offer in after.offers)
    assert engine.decide([case()], dict(ample), date(2026, 12, 31)) == [before]


def test_a_pack_whose_figures_were_changed_by_hand_does_not_decide(engine_with):
    shorter = (
        "tenor_max_months,large_bank",
        "tenor_max_months,bank,12,2026-11-24,,P,a drill\ntenor_max_months,large_bank",
    )
    with pytest.raises(BadPack, match=r"LIMIT-02\.kind"):
        engine_with(params=[shorter])  # the pack's own example says 60: it is not loaded


def test_every_reason_of_a_refusal_has_words_a_borrower_reads(engine, case, ample):
    asked = [
        case(1, known={"consent_mask": 0}),
        case(2, tenor_months=61),
        case(3, income_minor=1_000, debt_minor=9_000_000),
        case(4, known={"adult_on": date(2030, 1, 1)}),
    ]

    for decided in engine.decide(asked, dict(ample), DAY):
        assert decided.outcome == "declined"
        assert 1 <= len(decided.reasons) <= 4
        for code in decided.reasons:
            assert code in engine.pack.reason_codes
            assert engine.pack.reason(code, "zh") != engine.pack.reason(code, "en")
