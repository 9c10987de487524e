import pytest

from tongtu.kernel.errors import BadInput
from tongtu.risk.api import Lever, find_counterfactual, levers_of, parse_spec

AMOUNTS = tuple(float(n) for n in range(100, 5_001, 100))
TERMS = (6.0, 12.0, 18.0, 24.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0)
LEVERS = (Lever("Amount", "down", AMOUNTS), Lever("Time", "any", TERMS))
LINE = 0.35


def is_accepted(pd):
    return pd < LINE


def test_two_hundred_declined_applicants_who_follow_the_advice_are_approved(studied, records):
    declined = [one for one in records if not is_accepted(studied.scorer.score(one).pd)][:200]
    advised = 0
    for record in declined:
        advice = find_counterfactual(studied.scorer, record, LEVERS, is_accepted)

        if advice is None:
            continue
        advised += 1
        changed = record | {one.column: one.then for one in advice.changes}
        assert studied.scorer.score(changed).pd == advice.pd < LINE
        for one in advice.changes:
            assert one.now == record[one.column]
            assert one.column in {"Amount", "Time"}
            assert one.column != "Amount" or one.then < one.now
    assert len(declined) == 200
    # Whom amount and term cannot help gets no advice: it would be false.
    assert advised >= 60


def test_no_smaller_change_would_have_been_enough(studied, records):
    declined = [one for one in records if not is_accepted(studied.scorer.score(one).pd)][:40]
    for record in declined:
        advice = find_counterfactual(studied.scorer, record, LEVERS, is_accepted)
        if advice is None or len(advice.changes) > 1:
            continue
        change = advice.changes[0]
        nearer = [
            value
            for value in (AMOUNTS if change.column == "Amount" else TERMS)
            if min(change.now, change.then) < value < max(change.now, change.then)
        ]

        assert change.steps == len(nearer) + 1
        for value in nearer:
            assert not is_accepted(studied.scorer.score(record | {change.column: value}).pd)


def test_an_accepted_applicant_needs_no_advice(studied, records):
    accepted = next(one for one in records if is_accepted(studied.scorer.score(one).pd))

    assert find_counterfactual(studied.scorer, accepted, LEVERS, is_accepted) is None


def test_an_unknown_fact_is_never_advised_upon(studied, records):
    declined = next(one for one in records if not is_accepted(studied.scorer.score(one).pd))
    lever = Lever("Income", "up", (1_000.0,))

    advice = find_counterfactual(
        studied.scorer, declined | {"Income": None}, [lever], lambda pd: pd < 1.0 and False
    )

    assert advice is None


def test_a_lever_that_moves_words_or_nothing_the_model_reads_is_refused(studied, records):
    declined = next(one for one in records if not is_accepted(studied.scorer.score(one).pd))
    for lever in (Lever("Job", "any", (1.0,)), Lever("Age", "down", (1.0,))):
        with pytest.raises(BadInput) as refused:
            find_counterfactual(studied.scorer, declined, [lever], is_accepted)

        assert refused.value.code == "bad_lever"


def test_levers_come_from_the_spec_and_move_to_where_the_model_can_move(studied, records):
    spec = parse_spec({"columns": {"Amount": {"change": "down"}, "Income": {"direction": "falls"}}})
    declined = next(one for one in records if not is_accepted(studied.scorer.score(one).pd))

    (lever,) = levers_of(studied.scorer, spec.changes)

    assert (lever.column, lever.change) == ("Amount", "down")
    assert list(lever.values) == sorted(set(lever.values))
    advice = find_counterfactual(studied.scorer, declined, [lever], lambda pd: pd < 1.0)
    assert advice is None  # accepted as it stands
    with pytest.raises(BadInput, match="Age"):
        levers_of(studied.scorer, {"Age": "up"})
