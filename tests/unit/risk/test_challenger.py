"""A challenger of the lane: learnt from the platform's own features, judged on rows it never saw."""

import numpy as np
import pytest

from tongtu.kernel.errors import BadInput
from tongtu.risk.api import (
    Spec,
    dossier,
    facts_row,
    load_studied,
    parse_spec,
    platform_cases,
    study_once,
)
from tongtu.risk.rules.features import NAMES

ROWS, HELD, TREES = 900, 200, 12


@pytest.fixture(scope="module")
def people(table):
    return table.seen.facts[:ROWS], table.seen.is_bad[:ROWS]


@pytest.fixture(scope="module")
def challenger(people):
    facts, is_bad = people
    cases = platform_cases(facts, is_bad)
    held = np.arange(ROWS) >= ROWS - HELD
    spec = Spec(trees=TREES)
    found = study_once(cases, held, (spec, 3), lambda _: None)
    return found, dossier(cases, found, spec, 3)


def test_it_reads_the_platforms_features_and_has_no_more_trees_than_it_may(challenger):
    found, _ = challenger
    scorer = found.fitted.scorer
    assert {one.name for one in scorer.columns} <= set(NAMES)
    assert 0 < len(scorer.forest.trees) <= TREES


def test_what_it_was_judged_on_had_no_part_in_it_and_is_scored_so_in_the_lane(
    challenger, people, tmp_path
):
    found, written = challenger
    (judged,) = found.folds
    assert judged.rows.tolist() == list(range(ROWS - HELD, ROWS))
    assert len(found.fitted.out_of_fold) == ROWS - HELD
    assert written.summary["data"]["held_out"] == HELD

    written.save(tmp_path)
    lane = load_studied(tmp_path)
    scored = lane.score_rows([facts_row(one) for one in people[0][ROWS - HELD :]])
    told = [round(pd * 1_000_000) for pd in judged.answers["pd"].tolist()]
    assert [one.pd_ppm for one in scored] == told
    assert sum(written.summary["bands"]) == ROWS - HELD


@pytest.mark.parametrize("trees", [0, -1, 2_001, 1.5, "many", True])
def test_a_bound_of_trees_that_is_none_is_refused(trees):
    with pytest.raises(BadInput):
        parse_spec({"trees": trees})
