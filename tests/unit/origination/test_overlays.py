"""A lender's own overlay in the lane: it tightens that lender's offers alone, and is in each record."""

import shutil
from datetime import date

import pytest

from tongtu.funding.api import RemoteQuote
from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import Offer, Sources, load_engine, restore_engine, shipped_sources
from tongtu.policy.api import BadPack, Loosens

from .conftest import POINTS_TABLE

DAY = date(2026, 11, 24)
HEAD = 'base = "cn/2026.08"\nlanguages = ["zh", "en"]\neffective_from = 2026-11-01\n'
PARAMS = "name,key,value,effective_from,effective_to,label,source\n"
RULE = """
[[rule]]
id = "OWN-01"
title_zh = "不超过两万元"
title_en = "At most 20,000"
severity = "block"
points = ["offer.build"]
test = "amount_minor <= 2000000"
reason = "own_amount"
source = { label = "P", doc_no = "", date = 2026-11-01, article = "", url = "" }
"""
REASONS = """
[own_amount]
actionable = true
zh = "超过该机构自定的额度"
en = "Above what this lender gives"
"""
EXAMPLES = """
[[example]]
rule = "OWN-01"
at = 2026-11-24
expect = "pass"
facts = { amount_minor = 2000000 }

[[example]]
rule = "OWN-01"
at = 2026-11-24
expect = "fail"
facts = { amount_minor = 2000001 }
"""
KEY = PublicIds(b"k" * 32)


@pytest.fixture
def sources(tmp_path):
    """Make sources with overlays: files by the name of a lender's folder."""

    def make(**overlays):
        shipped = shipped_sources(POINTS_TABLE)
        rules = shutil.copytree(shipped.rules, tmp_path / "rules")
        for lender, files in overlays.items():
            for name, text in {"overlay.toml": f'id = "{lender}"\n{HEAD}', **files}.items():
                path = rules / "overlays" / lender / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return Sources(shipped.pack, rules, shipped.scorecard)

    return make


def first_of(engine):
    return min(engine.book.lenders, key=lambda one: one.number)


OWN = {"rules.toml": RULE, "reasons.toml": REASONS, "examples/own.toml": EXAMPLES}


@pytest.mark.parametrize("count", [1, 40])
def test_an_overlay_refuses_its_lenders_offer_alone_one_by_one_and_by_column(
    count, engine, sources, case, ample
):
    lender = first_of(engine)
    own = load_engine(sources(**{lender.id: OWN}), KEY)
    cases = [case(n) for n in range(1, count + 1)]

    base = engine.decide(cases, dict(ample), DAY)
    tight = own.decide(cases, dict(ample), DAY)

    for before, after in zip(base, tight, strict=True):
        assert lender.number in {one.lender for one in before.offers}
        assert {one.lender for one in after.offers} == {
            one.lender for one in before.offers if one.lender != lender.number
        }
        refused = {one.lender: one.reason for one in after.not_offered}
        assert refused[lender.number] == "own_amount"


def test_a_lower_cap_binds_its_lender_from_its_day_and_nobody_else(engine, sources, case, ample):
    lender = first_of(engine)
    row = f"all_in_cap_ppm,{lender.kind.value},10000,2026-11-01,,P,own\n"
    own = load_engine(sources(**{lender.id: {"params.csv": PARAMS + row}}), KEY)

    (after,) = own.decide([case()], dict(ample), DAY)
    (before,) = own.decide([case()], dict(ample), date(2026, 10, 31))

    assert lender.number not in {one.lender for one in after.offers}
    assert len(after.offers) > 1  # another bank's cap is the country's
    assert lender.number in {one.lender for one in before.offers}


def test_the_hash_of_all_overlays_stands_in_the_version_and_replays_with_it(
    engine, sources, case, ample
):
    lender = first_of(engine)
    own = load_engine(sources(**{lender.id: OWN}), KEY)

    assert engine.version.pack_hash == engine.pack.hash
    assert own.version.pack_hash == own.laws.hash != own.pack.hash
    assert own.version.hash != engine.version.hash
    again = restore_engine(own.version.sources, KEY)
    assert again.version.hash == own.version.hash
    assert again.decide([case()], dict(ample), DAY) == own.decide([case()], dict(ample), DAY)


def test_without_overlays_every_program_is_asked_by_the_very_pack(engine):
    laws = engine.laws

    assert laws.own == {}
    assert {id(laws.of(one.id)) for one in engine.book.lenders} == {id(engine.pack)}
    # One screen a kind of fact, not one a lender: the columns cost what they did.
    assert len(engine._pricing.screens_on(DAY)) <= len(engine.book.programs())


@pytest.mark.parametrize(
    ("files", "fault", "said"),
    [
        (
            {"params.csv": PARAMS + "all_in_cap_ppm,*,250000,2026-11-01,,P,own\n"},
            Loosens,
            "all_in_cap_ppm",
        ),
        (
            {"overlay.toml": 'id = "x"\n' + HEAD + '[severity]\nPRICE-01 = "warn"\n'},
            Loosens,
            "PRICE-01",
        ),
        (
            {"params.csv": PARAMS + "dsr_block_ppm,*,690000,2026-11-01,,P,own\n"},
            BadPack,
            "never asked of one lender: dsr_block_ppm",
        ),
        ({"rules.toml": RULE, "reasons.toml": REASONS}, BadPack, "OWN-01"),
    ],
)
def test_an_overlay_that_loosens_or_would_never_be_asked_stops_the_load_by_name(
    files, fault, said, engine, sources
):
    lender = first_of(engine)

    with pytest.raises(fault, match=said):
        load_engine(sources(**{lender.id: files}), KEY)


def test_an_overlay_of_nobody_stops_the_load(sources):
    with pytest.raises(BadPack, match="there is no lender of this name"):
        load_engine(sources(nobody=OWN), KEY)


def test_a_remote_lenders_own_overlay_judges_its_offers(engine, sources, case):
    quote, less = [
        RemoteQuote(3001, 30, amount_minor=amount, rate_bps=900, fee_monthly_minor=0)
        for amount in (3_000_000, 2_000_000)
    ]
    own = load_engine(sources(beidu=OWN), KEY)

    assert isinstance(engine.judge_remote(case(), quote, DAY), Offer)
    assert own.judge_remote(case(), quote, DAY).rule == "OWN-01"
    assert own.judge_remote(case(), less, DAY).amount_minor == 2_000_000
