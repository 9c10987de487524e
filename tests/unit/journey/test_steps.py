import pytest

from tongtu.journey.steps import ENDS, MOVES, STEP_OF_OUTCOME, Event, Step, move
from tongtu.kernel.errors import Conflict
from tongtu.origination.api import Outcome

HAPPY = (
    (Event.OFFERS_MADE, Step.OFFERS),
    (Event.OFFER_ACCEPTED, Step.ACCEPTED),
    (Event.COST_SHOWN, Step.COST_SHOWN),
    (Event.COST_CONFIRMED, Step.COST_CONFIRMED),
    (Event.AGREEMENT_MADE, Step.AGREEMENT_READY),
    (Event.AGREEMENT_SIGNED, Step.SIGNED),
    (Event.PAYOUT_STARTED, Step.PAYING_OUT),
    (Event.PAYOUT_CONFIRMED, Step.FUNDED),
    (Event.LOAN_SETTLED, Step.SETTLED),
)


def test_a_case_walks_from_its_application_to_the_last_cent():
    step = Step.SUBMITTED
    for event, expected in HAPPY:
        step = move(step, event)
        assert step is expected


def test_every_step_but_the_first_can_be_reached_and_every_step_has_a_row():
    reached = {step for moves in MOVES.values() for step in moves.values()}

    assert set(MOVES) == set(Step)
    assert reached == set(Step) - {Step.SUBMITTED}


@pytest.mark.parametrize("step", Step)
def test_every_event_the_table_does_not_name_is_a_conflict(step):
    for event in set(Event) - set(MOVES[step]):
        with pytest.raises(Conflict) as refused:
            move(step, event)
        assert refused.value.code == "wrong_step"


@pytest.mark.parametrize(("step", "event"), [("nowhere", "declined"), ("offers", "nothing")])
def test_a_word_nobody_knows_is_a_conflict_too(step, event):
    with pytest.raises(Conflict):
        move(step, event)


def test_money_that_is_on_its_way_cannot_be_cancelled():
    for step in (Step.SIGNED, Step.PAYING_OUT, Step.FUNDED):
        assert Event.CANCELLED not in MOVES[step]


def test_a_refused_person_may_always_ask_for_a_person():
    assert move(Step.DECLINED, Event.SENT_TO_REVIEW) is Step.REVIEW


def test_every_outcome_of_the_machine_leads_to_a_step():
    assert {outcome.value: STEP_OF_OUTCOME[outcome] for outcome in Outcome} == {
        "offers": "offers",
        "declined": "declined",
        "review": "review",
    }


def test_what_ended_stays_ended():
    assert {Step.SETTLED, Step.EXPIRED, Step.CANCELLED} == ENDS
