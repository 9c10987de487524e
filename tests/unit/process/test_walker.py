from collections import Counter

import pytest
from tests.drafts import Draft, straight

from tongtu.process.rules.compiler import compile_process
from tongtu.process.rules.state import (
    WAITS,
    Done,
    Failed,
    GoOn,
    Tick,
    Told,
    pack,
    standing_at,
    unpack,
)
from tongtu.process.rules.walker import NotWaiting, Stuck, begin, walk

HOUR_MS = 3_600_000


class Case:
    """A case that is walked by the ids of its nodes; its state is packed at each turn."""

    def __init__(self, draft, **facts):
        self.graph = compile_process(draft.xml())
        self.at_ms = 0
        self.path = []
        self._keep(begin(self.graph, facts, 0))

    def _keep(self, walked):
        self.path += [(self.graph.nodes[one.node].id, one.how) for one in walked.path]
        self.state = unpack(pack(walked.state))
        assert self.state == walked.state

    def happens(self, happening):
        self._keep(walk(self.graph, self.state, happening, self.at_ms))

    def token(self, node):
        index = self.graph.by_id[node]
        return next(one.id for one in self.state.tokens if one.node == index)

    def do(self, node, **facts):
        self.happens(Done(self.token(node), facts))

    def later(self, hours):
        self.at_ms += round(hours * HOUR_MS)
        self.happens(Tick())

    @property
    def waits(self):
        waiting = [one.node for one in self.state.tokens if one.phase == WAITS]
        return sorted(self.graph.nodes[node].id for node in waiting)

    @property
    def done(self):
        return Counter(node for node, how in self.path if how == "d")

    @property
    def is_over(self):
        return not self.state.tokens


def branching(gateway, **attributes):
    """Three user tasks between two gateways: a and b by x, c otherwise."""
    draft = Draft()
    draft.node("startEvent", "s")
    draft.node(gateway, "split", **attributes)
    draft.node(gateway, "join")
    draft.node("endEvent", "e")
    draft.chain("s", "split")
    for task, condition in (("a", "x > 3"), ("b", "x > 5"), ("c", None)):
        draft.user(task)
        draft.flow("split", task, None if gateway == "parallelGateway" else condition, f"to_{task}")
        draft.flow(task, "join")
    draft.chain("join", "e")
    return draft


@pytest.mark.parametrize(("x", "first"), [(9, "a"), (4, "a"), (0, "c")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds_or_its_default(x, first):
    case = Case(branching("exclusiveGateway", default="to_c"), x=x)

    assert case.waits == [first]
    case.do(first)
    assert case.is_over


@pytest.mark.parametrize(("x", "tasks"), [(9, ["a", "b"]), (4, ["a"]), (0, ["c"])])
def test_an_inclusive_join_waits_for_those_that_were_sent_and_for_no_other(x, tasks):
    case = Case(branching("inclusiveGateway", default="to_c"), x=x)

    assert case.waits == tasks
    for task in tasks:
        assert not case.is_over
        case.do(task)
    assert case.is_over
    assert case.done["join"] == 1


def test_a_parallel_join_goes_on_once_when_every_branch_has_come():
    case = Case(branching("parallelGateway"))

    case.do("c")
    case.do("a")
    assert case.waits == ["b"]
    case.do("b")
    assert case.is_over
    assert case.done == Counter(dict.fromkeys(("s", "split", "a", "b", "c", "join", "e"), 1))


def hung(interrupts):
    draft = straight("check", "sign")
    draft.timer("late", "check", "PT2H", interrupts)
    draft.user("remind")
    draft.node("endEvent", "reminded")
    draft.chain("late", "remind", "reminded")
    return draft


def test_a_timer_on_a_task_interrupts_it_once_its_time_is_over():
    case = Case(hung(interrupts=True))

    case.later(1.99)
    assert case.waits == ["check"]
    case.later(0.01)
    assert case.waits == ["remind"]
    assert ("check", "x") in case.path
    assert case.state.timers == ()


def test_a_timer_that_does_not_interrupt_rings_once_beside_the_task():
    case = Case(hung(interrupts=False))

    case.later(2)
    case.later(50)
    assert case.waits == ["check", "remind"]
    case.do("check")
    case.do("remind")
    assert case.waits == ["sign"]


def test_the_clock_of_a_task_that_was_done_in_time_never_rings():
    case = Case(hung(interrupts=True))

    case.do("check")
    case.later(99)

    assert case.waits == ["sign"]


def test_an_error_goes_to_the_event_that_names_it_and_else_to_the_one_around():
    draft = Draft(top='<error id="no_money" errorCode="NO_MONEY"/>')
    inside = Draft()
    inside.node("startEvent", "is")
    inside.service("pay")
    inside.user("watch")
    inside.node("parallelGateway", "both")
    inside.node("endEvent", "ie")
    inside.chain("is", "both", "pay", "ie")
    inside.chain("both", "watch")
    inside.node("endEvent", "watched")
    inside.chain("watch", "watched")
    draft.node("startEvent", "s")
    draft.sub("group", inside)
    caught = '<errorEventDefinition errorRef="no_money"/>'
    draft.node("boundaryEvent", "caught", caught, attachedToRef="group")
    draft.node("boundaryEvent", "any", "<errorEventDefinition/>", attachedToRef="group")
    draft.user("mend")
    draft.user("ask")
    draft.node("endEvent", "e")
    for chain in (("s", "group", "e"), ("caught", "mend", "e"), ("any", "ask", "e")):
        draft.chain(*chain)

    named, other = Case(draft), Case(draft)
    named.happens(Failed(named.token("pay"), "NO_MONEY"))
    other.happens(Failed(other.token("pay"), "ELSE"))

    assert (named.waits, other.waits) == (["mend"], ["ask"])
    assert [one for one in named.path if one[1] == "x"] == [
        ("pay", "x"), ("watch", "x"), ("group", "x"),
    ]  # fmt: skip


def test_a_terminating_end_breaks_off_what_else_goes_on_in_its_scope():
    draft = Draft()
    draft.node("startEvent", "s")
    draft.node("parallelGateway", "both")
    draft.user("a")
    draft.user("b")
    draft.node("endEvent", "stop", "<terminateEventDefinition/>")
    draft.node("endEvent", "e")
    draft.chain("s", "both", "a", "stop")
    draft.chain("both", "b", "e")
    case = Case(draft)

    case.do("a")

    assert case.is_over
    assert ("b", "x") in case.path


def test_a_message_is_caught_once_by_what_it_is_about():
    draft = Draft(top='<message id="m" name="paper_came"/>')
    draft.node("startEvent", "s")
    draft.node("receiveTask", "wait", messageRef="m", own_correlate="loan")
    draft.node("endEvent", "e")
    draft.chain("s", "wait", "e")
    case = Case(draft, loan="ln_1")
    before = case.state

    for wrong in (Told("paper_came", "ln_2"), Told("other", "ln_1"), Done(case.token("wait"))):
        with pytest.raises(NotWaiting):
            case.happens(wrong)
    assert case.state is before
    case.happens(Told("paper_came", "ln_1", {"pages": 2}))

    assert case.is_over
    assert case.state.facts == {"loan": "ln_1", "pages": 2}


def test_a_long_way_is_cut_into_parts_that_lead_to_the_same_end():
    draft = Draft()
    draft.node("startEvent", "s")
    for n in range(30):
        draft.node("task", f"t{n}")
    draft.user("u")
    draft.node("endEvent", "e")
    draft.chain("s", *(f"t{n}" for n in range(30)), "u", "e")
    graph = compile_process(draft.xml())

    walked = begin(graph, {}, 0, steps_max=7)
    parts = [len(walked.path)]
    while walked.state.is_under_way:
        walked = walk(graph, unpack(pack(walked.state)), GoOn(), 0, steps_max=7)
        parts.append(len(walked.path))

    assert parts == [7, 7, 7, 7, 3]
    assert walked.state.tokens == begin(graph, {}, 0).state.tokens


@pytest.mark.parametrize("facts", [{}, {"x": "9"}, {"x": None}])
def test_a_fact_that_is_missing_or_of_another_kind_stops_the_case_and_is_never_a_no(facts):
    with pytest.raises(Stuck, match=r"split, to_a"):
        Case(branching("exclusiveGateway", default="to_c"), **facts)


def test_a_join_that_can_never_be_whole_is_told_and_does_not_wait_for_ever():
    draft = Draft()
    draft.node("startEvent", "s")
    draft.node("exclusiveGateway", "one", default="d")
    draft.node("parallelGateway", "join")
    draft.node("task", "a")
    draft.node("task", "b")
    draft.node("endEvent", "e")
    draft.chain("s", "one")
    draft.flow("one", "a", "x > 1")
    draft.flow("one", "b", None, "d")
    draft.chain("a", "join", "e")
    draft.chain("b", "join")

    with pytest.raises(Stuck, match="join waits for what never comes"):
        Case(draft, x=1)


def test_a_case_that_the_lane_left_at_a_node_goes_on_from_there():
    graph = compile_process(straight("a", "b").xml())
    state = standing_at(graph.by_id["b"], 5)

    walked = walk(graph, state, Done(1), 9)

    assert [graph.nodes[one.node].id for one in walked.path] == ["b", "end"]
    assert [one.since_ms for one in walked.path] == [5, 9]
