"""Selective decisions: golden cases over the shipped rules with a strategy turned on."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import (
    Outcome,
    Ruling,
    Said,
    load_engine,
    restore_engine,
    shipped_sources,
)
from tongtu.origination.flow.backtest import SwapSet, count_flip, told
from tongtu.origination.rules.record import Record
from tongtu.risk.api import Way
from tongtu.risk.rules.strategy import Lines, read_strategy
from tongtu.risk.rules.studied import Scored
from tongtu.tables.api import BadTable, rules_root

DATA = Path(__file__).parents[2] / "data"
LINES = b"[product.consumer_cash]\napprove_ppm = %d\ndecline_ppm = %d\nlean_ppm = 300_000\n"
# Facts, the way and what is told. The points table gives 30,000, 450,000 and 330,000 ppm.
SAFE = {"income_minor": 600_000, "expenses_minor": 200_000, "assets_minor": 0}
AGREED = {"income_minor": 300_000, "expenses_minor": 200_000, "assets_minor": 0,
          "seniority_years": 2, "records": True}  # fmt: skip
UNCLEAR = {"income_minor": 300_000, "expenses_minor": 200_000, "assets_minor": 0,
           "seniority_years": 0}  # fmt: skip
GOLDEN = [
    (SAFE, Way.SURE_APPROVE, "offers", ()),
    (AGREED, Way.BOTH_DECLINE, "declined", ("negative_records", "amount_high")),
    (UNCLEAR, Way.PERSON, "review", ("score_unclear", "debt_service_too_high")),
]


@pytest.fixture(scope="module")
def selective(tmp_path_factory):
    """Make an engine of the shipped rules with other lines, and with or without a challenger."""

    def make(approve=40_000, decline=600_000, challenger=DATA / "study"):
        rules = tmp_path_factory.mktemp("rules")
        shutil.copytree(rules_root(), rules, dirs_exist_ok=True)
        (rules / "strategy.toml").write_bytes(LINES % (approve, decline))
        shipped = shipped_sources(DATA / "points_table.json", challenger=challenger)
        return load_engine(replace(shipped, rules=rules), PublicIds(b"k" * 32))

    return make


def ways(decided):
    return [one for one in decided.rules_fired if one.startswith("SEL-")]


def test_golden_cases_are_decided_alone_and_in_a_batch_as_the_lines_say(
    selective, case, ample, day
):
    engine = selective()
    cases = [case(n, **facts) for n, (facts, *_) in enumerate(GOLDEN * 3, start=1)]

    together = engine.decide(cases, dict(ample), day)
    alone = [engine.decide([one], dict(ample), day)[0] for one in cases]

    assert together == alone
    for (_, way, outcome, reasons), decided in zip(GOLDEN * 3, together, strict=True):
        assert (ways(decided), decided.outcome.value) == ([way.value], outcome)
        assert outcome == "offers" or decided.reasons == reasons


def test_the_deciding_models_own_line_declines_without_a_challenger_and_the_middle_waits(
    selective, case, ample, day
):
    engine = selective(decline=450_000, challenger=None)

    decided = engine.decide([case(1, **AGREED), case(2, **UNCLEAR)], dict(ample), day)

    assert [ways(one) for one in decided] == [["SEL-02"], ["SEL-05"]]
    assert [one.outcome.value for one in decided] == ["declined", "review"]


def test_nothing_is_selective_where_the_strategy_is_off_or_nobody_is_scored(
    engine, selective, case, ample, day
):
    (off,) = engine.decide([case(**UNCLEAR)], dict(ample), day)
    unscored = case(**SAFE)
    unscored = unscored._replace(known=unscored.known._replace(rules_only=True))
    (stopped,) = selective().decide([unscored], dict(ample), day)

    assert (ways(off), ways(stopped)) == ([], [])
    assert stopped.reasons == ("model_stopped",)


def test_a_person_has_the_word_over_the_models(selective, case, ample, day):
    engine, waits = selective(), case(**AGREED)
    ruled = waits._replace(
        known=waits.known._replace(ruling=Ruling(Said.APPROVE, ("records_explained",), 9, 8))
    )

    (decided,) = engine.decide([ruled], dict(ample), day)

    assert (ways(decided), decided.outcome) == ([], Outcome.OFFERS)


def test_a_back_test_tells_how_many_a_strategy_would_route(engine, selective, case, ample, day):
    found, candidate = SwapSet(), selective(challenger=None)
    for n, (facts, *_) in enumerate(GOLDEN, start=1):
        asked = case(n, **facts)
        (decided,) = engine.decide([asked], dict(ample), day)
        count_flip(found, candidate, Record(asked, day, asked.request.submitted_at, 1, decided))

    assert told(found)["ways"] == {"SEL-01": 1, "SEL-05": 2}


def test_a_version_older_than_the_strategy_is_restored_without_one(engine, selective):
    on = selective()
    again = restore_engine(on.version.sources, PublicIds(b"k" * 32))

    assert again.version.rules_hash == on.version.rules_hash != engine.version.rules_hash


@pytest.mark.parametrize(
    ("pd_ppm", "side", "beside", "way"),
    [
        (100, "", None, Way.SURE_APPROVE),
        (101, "", None, Way.PERSON),
        (800, "", None, Way.SURE_DECLINE),
        (799, "", None, Way.PERSON),
        (100, "person", None, Way.PERSON),
        (900, "approve", None, Way.SURE_APPROVE),
        (100, "decline", "approve", Way.SURE_DECLINE),
        (400, "person", "approve", Way.BOTH_APPROVE),
        (400, "person", "decline", Way.PERSON),
        (400, "person", "person", Way.PERSON),
        (500, "person", "decline", Way.BOTH_DECLINE),
        (500, "person", "approve", Way.PERSON),
    ],
)
def test_the_middle_is_decided_only_where_both_models_see_it_alike(pd_ppm, side, beside, way):
    other = None if beside is None else Scored(500, pd_ppm, 3, beside, ())

    assert Lines(100, 800, 500).way(pd_ppm, side, other) is way


@pytest.mark.parametrize(
    "content",
    [
        b"selective = true",
        b"[product.x]\napprove_ppm = 1\ndecline_ppm = 2",
        b"[product.x]\napprove_ppm = 1\ndecline_ppm = 3\nlean_ppm = 2.0",
        b"[product.x]\napprove_ppm = 3\ndecline_ppm = 2\nlean_ppm = 2",
        b"[product.x]\napprove_ppm = 1\ndecline_ppm = 1_000_001\nlean_ppm = 2",
        b"[product",
    ],
)
def test_a_strategy_that_cannot_be_meant_is_not_read(content):
    with pytest.raises(BadTable):
        read_strategy(content)


def test_a_strategy_of_no_product_is_not_read(selective, monkeypatch):
    monkeypatch.setattr(f"{__name__}.LINES", LINES.replace(b"consumer_cash", b"no_such"))

    with pytest.raises(BadTable, match="no_such"):
        selective()
