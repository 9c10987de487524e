from datetime import timedelta

import msgspec
import pytest
from tests.drafts import Draft, straight

from tongtu.kernel.errors import Conflict, KeyReused, NotAllowed, TongtuError
from tongtu.process.flow.calls import make_calls
from tongtu.process.flow.engine import Engine
from tongtu.process.flow.graphs import Graphs
from tongtu.process.flow.operator import migrate_case, resume, suspend, try_again
from tongtu.process.flow.story import replay
from tongtu.process.model.asked import Advanced, Asked, BusinessError, Inside, Outside, Pure
from tongtu.process.rules.compiler import compile_process
from tongtu.process.rules.state import Began, Done, Moved, Told
from tongtu.process.rules.walker import STEPS_MAX
from tongtu.process.store.case import find
from tongtu.process.store.definition import save
from tongtu.process.store.story import measure, read_turns, tasks_for, tasks_of, waiting_for


class House:
    """An engine over a database, told what happens one thing after another."""

    def __init__(self, run, runtime, bindings=()):
        self.run, self.runtime, self.graphs = run, runtime, Graphs()
        self.engine = Engine(runtime, dict(bindings), self.graphs)

    def write(self, act, *arguments):
        async def scenario():
            async with self.runtime.database.transaction() as connection:
                return await act(connection, *arguments)

        return self.run(scenario())

    def keep(self, draft):
        graph = compile_process(draft.xml())
        self.write(save, graph, draft.xml(), 7, self.runtime.clock.now())
        return graph.hash

    def ask(self, *asked):
        """Return what each was told: an answer, or the refusal."""
        told = self.write(lambda connection: self.engine.advance(connection, 0, asked))
        return [
            one if isinstance(one, TongtuError) else msgspec.json.decode(one, type=Advanced)
            for one in told
        ]

    def begin(self, draft, case=5, **facts):
        (told,) = self.ask(Asked(0, case, Began(facts), version=self.keep(draft)))
        return told

    def do(self, node, case=5, **facts):
        (told,) = self.ask(Asked(0, case, Done(self.token(node, case), facts)))
        return told

    def token(self, node, case=5):
        return next(one.token for one in self.write(tasks_of, 0, case) if one.node == node)

    def waits(self, case=5):
        return [one.node for one in self.write(tasks_of, 0, case)]

    def later(self, **span):
        self.runtime.clock.advance(timedelta(**span))
        return self.run(self.engine.tick())

    def case(self, case=5):
        return self.write(find, 0, case)

    def is_replayed(self, case=5):
        self.write(replay, Graphs(), 0, case)
        return True


@pytest.fixture
def house(run, runtime):
    return House(run, runtime)


def with_calls():
    """first, second and third are called; an error of the second is caught by a person."""
    draft = Draft(top='<error id="x" errorCode="X"/>')
    draft.node("startEvent", "s")
    for call in ("first", "second", "third"):
        draft.service(call, own_attempts=2, own_backoff="PT10S")
    draft.node("boundaryEvent", "caught", '<errorEventDefinition errorRef="x"/>',
               attachedToRef="second")  # fmt: skip
    draft.user("mend")
    draft.node("endEvent", "e")
    draft.chain("s", "first", "second", "third", "e")
    draft.chain("caught", "mend", "e")
    return draft


def test_all_that_needs_no_outside_is_one_commit_and_one_row_of_history(run, runtime):
    async def second(connection, doing):
        assert doing.facts == {"x": 1, "y": 2}
        return {"z": await connection.fetchval("select 3")}

    bindings = {"first": Pure(lambda doing: {"y": doing.facts["x"] + 1}), "second": Inside(second),
                "third": Pure(lambda _: {})}  # fmt: skip
    house = House(run, runtime, bindings)

    told = house.begin(with_calls(), x=1)

    assert (told.seq, told.step, told.state, told.opened) == (5, "e", "ended", [])
    (turn,) = house.write(read_turns, 0, 5)
    assert turn.nodes == ("s", "first", "second", "third", "e")
    assert house.waits() == []
    assert house.is_replayed()


def test_an_outside_call_is_made_between_commits_tried_again_and_given_up_with_an_incident(
    run, runtime
):
    tries = []

    async def second(doing):
        tries.append(doing.key)
        if len(tries) < 4:
            raise OSError("nobody there")
        return {"seen": 1}

    nothing = Pure(lambda _: {})
    house = House(run, runtime, {"first": nothing, "second": Outside(second), "third": nothing})
    assert house.begin(with_calls()).step == "second"

    made = []
    for seconds in (0, 9, 1, 3600):
        runtime.clock.advance(timedelta(seconds=seconds))
        made.append(house.run(make_calls(house.engine)))
    assert made == [1, 0, 1, 0]
    measured = house.write(
        measure, "p", runtime.clock.now() - timedelta(days=1), runtime.clock.now()
    )
    assert {one.node: one.incidents for one in measured.nodes if one.incidents} == {"second": 1}

    token = house.token("second")
    house.write(lambda connection: try_again(house.engine, connection, (0, 5, token), 7))
    house.run(make_calls(house.engine))
    runtime.clock.advance(timedelta(seconds=10))
    house.run(make_calls(house.engine))

    assert house.case().state == "ended"
    assert tries == [f"5/{token}"] * 4
    assert house.is_replayed()


@pytest.mark.parametrize("task", ["user", "service"])
def test_a_way_that_is_cut_right_before_a_task_goes_on_from_there(task, run, runtime):
    house = House(run, runtime, {"a": Pure(lambda _: {"done": 1})})
    draft = Draft()
    draft.node("startEvent", "s")
    marks = [draft.node("task", f"t{n}") for n in range(STEPS_MAX - 1)]
    getattr(draft, task)("a")
    draft.node("endEvent", "e")
    draft.chain("s", *marks, "a", "e")
    stands = {"user": ("waiting", ["a"]), "service": ("ended", [])}[task]

    assert house.begin(draft).state == "active"
    assert (house.later(seconds=0), house.later(seconds=0)) == (1, 0)

    assert (house.case().state, house.waits()) == stands
    assert house.is_replayed()


def test_a_business_error_goes_where_the_file_says_and_a_fault_waits_for_its_next_try(run, runtime):
    faults = [ValueError("odd"), BusinessError("X")]

    def second(_):
        raise faults.pop(0)

    house = House(run, runtime, {"first": Pure(lambda _: {}), "second": Pure(second)})

    assert house.begin(with_calls()).step == "second"
    runtime.clock.advance(timedelta(seconds=10))
    house.run(make_calls(house.engine))

    assert house.waits() == ["mend"]
    assert house.is_replayed()


def test_a_command_has_its_effect_once_and_is_told_the_same_again(house):
    version = house.keep(straight("a", "b"))
    begin = Asked(0, 5, Began({}), 9, "k1", b"12345678", version)
    done = Asked(0, 5, Done(2), 9, "k2", b"12345678", "", frozenset({"clerk"}))

    first = house.ask(begin)
    assert house.ask(begin, done, done) == [*first, *house.ask(done, done)]
    assert house.case().seq == 2
    assert isinstance(house.ask(done._replace(body_hash=b"another!"))[0], KeyReused)
    (wrong,) = house.ask(done._replace(key="k3", happening=Done(3), roles=frozenset({"analyst"})))
    assert isinstance(wrong, NotAllowed)
    assert [turn.turn for turn in house.write(read_turns, 0, 5)] == [1, 2]


def test_many_things_in_one_batch_are_refused_one_by_one(house):
    version = house.keep(straight("a", "b"))
    told = house.ask(
        Asked(0, 5, Began({}), version=version),
        Asked(0, 5, Began({}), version=version),
        Asked(0, 6, Done(2)),
        Asked(0, 5, Done(2, {"x": 1})),
        Asked(0, 5, Done(2, {"x": 2})),
        Asked(0, 5, Done(3, {"large": "x" * 20_000})),
    )

    assert [getattr(one, "code", "told") for one in told] == [
        "told", "case_begun", "not_found", "told", "not_waiting", "facts_too_large",
    ]  # fmt: skip
    assert (house.case().step, house.case().seq, house.waits()) == ("b", 2, ["b"])
    assert house.is_replayed()


def late():
    draft = straight("a")
    draft.timer("late", "a", "PT2H")
    draft.user("chase")
    draft.node("endEvent", "chased")
    draft.chain("late", "chase", "chased")
    return draft


def test_a_clock_rings_when_it_is_due_whoever_looks(house, run, runtime):
    house.begin(late())

    assert house.later(hours=1.9) == 0
    assert House(run, runtime).later(hours=0.1) == 1
    assert house.later(hours=9) == 0

    assert house.waits() == ["chase"]
    assert house.is_replayed()


def test_a_suspended_case_stands_still_and_its_clock_rings_when_it_is_resumed(house):
    house.begin(late())
    house.write(lambda connection: suspend(house.engine, connection, 0, 5))

    (refused,) = house.ask(Asked(0, 5, Done(2)))
    assert refused.code == "case_suspended"
    assert house.later(hours=3) == 0
    with pytest.raises(Conflict):
        house.write(lambda connection: suspend(house.engine, connection, 0, 5))
    house.write(resume, 0, 5)

    assert house.later(hours=0) == 1
    assert house.waits() == ["chase"]


def test_a_running_case_stays_on_its_version_until_an_operator_takes_it_to_another(house):
    draft = late()
    old = house.keep(draft)
    house.begin(draft)
    newer = straight("a", "more")
    newer.timer("soon", "a", "PT1H")
    newer.node("endEvent", "x")
    newer.chain("soon", "x")
    unlike = straight("other")
    version, wrong = house.keep(newer), house.keep(unlike)

    def move(to):
        house.write(lambda connection: migrate_case(house.engine, connection, (0, 5), Moved(to), 7))

    with pytest.raises(Conflict, match="a has no user"):
        move(wrong)
    house.begin(newer, case=6)
    assert house.later(hours=1.5) == 1  # of case 6: the old version's two hours are not over
    move(version)
    house.do("a")

    assert house.waits() == ["more"]
    assert house.later(hours=9) == 0
    assert [turn.version for turn in house.write(read_turns, 0, 5)] == [
        old, version, version,
    ]  # fmt: skip
    assert house.is_replayed()


def test_a_message_finds_the_case_that_waits_for_it(house):
    draft = Draft(top='<message id="m" name="paper_came"/>')
    draft.node("startEvent", "s")
    draft.node("receiveTask", "wait", messageRef="m", own_correlate="loan")
    draft.node("endEvent", "e")
    draft.chain("s", "wait", "e")
    house.begin(draft, case=5, loan="ln_5")
    house.begin(draft, case=6, loan="ln_6")

    assert house.write(waiting_for, 0, "paper_came", "ln_6") == (6,)
    house.ask(Asked(0, 6, Told("paper_came", "ln_6")))

    assert house.write(waiting_for, 0, "paper_came", "ln_6") == ()
    assert (house.case(5).state, house.case(6).state) == ("waiting", "ended")


def test_the_measures_say_how_often_how_long_and_which_node_cost_most(house, runtime):
    since = runtime.clock.now()
    for case, minutes in ((5, 10), (6, 20), (7, 60)):
        house.begin(straight("a", "b"), case=case)
        runtime.clock.advance(timedelta(minutes=minutes))
        house.do("a", case)
    house.do("b", 5)

    measured = house.write(measure, "p", since, runtime.clock.now())
    nodes = {one.node: one for one in measured.nodes}

    assert (measured.ended, measured.running, measured.costliest) == (1, 2, "a")
    assert (nodes["a"].passed, nodes["a"].p50_ms, nodes["a"].p95_ms) == (3, 1_200_000, 3_360_000)
    assert (nodes["b"].passed, nodes["b"].waiting) == (1, 2)
    listed = house.write(tasks_for, ["clerk", "analyst"])
    assert [(one.case, one.node) for one in listed] == [(6, "b"), (7, "b")]
    assert house.write(tasks_for, ["analyst"]) == ()
