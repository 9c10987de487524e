"""Drift: silent while people are as in training, loud when they are others; the sum by hand."""

import math

import numpy as np
import pytest

from tongtu.kernel.errors import BadInput
from tongtu.risk.api import BANDS, Level, bands, columns, facts_row, psi, read_baseline, shifts
from tongtu.risk.rules.drift import ALARM_ABOVE, QUIET_BELOW, ROWS_MIN


def test_the_index_is_the_sum_worked_by_hand():
    by_hand = (0.5 - 0.25) * math.log(0.5 / 0.25) + (0.5 - 0.75) * math.log(0.5 / 0.75)
    assert psi([100, 300], [200, 200]) == pytest.approx(by_hand)
    assert psi([100, 300], [10, 30]) == 0.0


def test_an_empty_bin_is_no_infinite_alarm_and_other_bins_are_refused():
    assert 0 < psi([100, 0], [99, 1]) < 0.02
    for expected, actual in (([1, 2], [1, 2, 3]), ([0, 0], [1, 1]), ([1, 1], [0, 0])):
        with pytest.raises(BadInput):
            psi(expected, actual)


def measured(model, people):
    """Return the shifts of these people against what the model learnt from, by name."""
    pd_ppm = model.scorecard.score_batch(columns(people)).pd_ppm
    counts = np.bincount(bands(pd_ppm), minlength=BANDS).tolist()
    baseline = read_baseline(model.trained.manifest)
    rows = [facts_row(one) for one in people]
    found = shifts(baseline, counts, model.scorecard.columns_of(rows))
    return {one.name: one for one in found}


def test_real_applicants_nobody_learnt_from_move_nothing(model, table):
    found = measured(model, table.unseen.facts)
    assert len(found) == 16  # the score and every feature
    assert max(one.value for one in found.values()) < QUIET_BELOW
    assert {one.level for one in found.values()} == {Level.QUIET}


def test_an_injected_shift_is_an_alarm_of_the_score_and_of_what_was_shifted(model, table):
    shifted = [
        one
        | {"seniority_years": 0, "records": True, "income_minor": (one["income_minor"] or 0) // 3}
        for one in table.unseen.facts
    ]
    found = measured(model, shifted)
    for name in ("score", "seniority_years", "records", "income_minor"):
        assert found[name].value > ALARM_ABOVE
        assert found[name].level is Level.ALARM
    for name in ("home", "job", "tenor_months", "amount_to_price"):
        assert found[name].level is Level.QUIET


@pytest.mark.parametrize(("people", "is_told"), [(ROWS_MIN - 1, False), (ROWS_MIN, True)])
def test_of_too_few_people_nothing_is_said(model, table, people, is_told):
    shifted = [one | {"seniority_years": 0} for one in table.unseen.facts[:people]]
    level = measured(model, shifted)["seniority_years"].level
    assert (level is Level.ALARM) is is_told
    assert (level is Level.FEW) is not is_told
