import pytest

from tongtu.journey.process_calls import CALLS
from tongtu.journey.steps import ENDS, MOVES, STEP_OF_OUTCOME, Event, Step, move, moves_of
from tongtu.kernel.errors import Conflict
from tongtu.origination.api import Outcome
from tongtu.process.api import compile_process
from tongtu.tables.api import shipped_folder

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


# The order of things, as it is to be: the file may be drawn anew, a change of order is meant.
ORDER = """
submitted: offers_made offers, declined declined, sent_to_review review, held waiting
waiting: offers_made offers, declined declined, sent_to_review review, cancelled cancelled
review: offers_made offers, declined declined, sent_to_review review, cancelled cancelled
declined: sent_to_review review
offers: offer_accepted accepted, offers_expired expired, sent_to_review review, cancelled cancelled
accepted: cost_shown cost_shown, cancelled cancelled
cost_shown: cost_confirmed cost_confirmed, cancelled cancelled
cost_confirmed: agreement_made agreement_ready, cancelled cancelled
agreement_ready: agreement_signed signed, cancelled cancelled
signed: payout_started paying_out, payout_lapsed payout_failed, line_opened line_open
line_open: line_closed settled
paying_out: payout_confirmed funded, payout_refused payout_failed
payout_failed: payout_started paying_out, cancelled cancelled
funded: loan_settled settled, payout_returned payout_failed
settled: repayment_returned funded
expired:
cancelled:
"""


def test_the_file_leads_where_it_is_to_lead_and_nowhere_else():
    rows = (line.split(":") for line in ORDER.strip().splitlines())
    order = {
        step: dict(move.split() for move in moves.split(",") if move.strip())
        for step, moves in rows
    }

    assert order == {
        step.value: {event.value: to.value for event, to in moves.items()}
        for step, moves in MOVES.items()
    }


def test_a_file_that_leads_to_two_places_at_once_or_lacks_a_step_is_refused():
    source = (shipped_folder("bpmn") / "origination.bpmn").read_text(encoding="utf-8")
    forked = source.replace("exclusiveGateway", "inclusiveGateway").replace(
        'outcome == "declined"', "true"
    )

    with pytest.raises(ValueError, match="two places"):
        moves_of(compile_process(forked.encode()))
    with pytest.raises(ValueError, match="over"):
        moves_of(compile_process(source.replace('"expired"', '"over"').encode()))


@pytest.mark.parametrize(
    "file", sorted(shipped_folder("bpmn").glob("*.bpmn")), ids=lambda one: one.stem
)
def test_every_shipped_file_is_run_and_each_of_its_elements_is_drawn(file):
    source = file.read_bytes()
    graph = compile_process(source)

    text = source.decode()
    flows = [flow.id for node in graph.nodes for flow in node.outs]
    for identifier in [*graph.by_id, *flows]:
        assert f'bpmnElement="{identifier}"' in text
    assert graph.key == file.stem
    assert graph.calls() <= {"decide", "decide_again", *CALLS}


def test_what_ended_stays_ended():
    assert {Step.SETTLED, Step.EXPIRED, Step.CANCELLED} == ENDS
