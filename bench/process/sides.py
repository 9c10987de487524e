"""The three ways a case goes from its start to its end, durably, with a person's task between.

A case: two calls, a choice, a person who signs (with a clock of three days), a call, the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count

import asyncpg
import msgspec
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from tongtu.process.api import (
    Advanced,
    Asked,
    Began,
    Done,
    Engine,
    Graphs,
    Happening,
    Pure,
    compile_process,
    save,
)
from tongtu.process.rules.state import GoOn
from tongtu.runtime.api import Connection, Runtime

SOURCE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tongtu="urn:tongtu:bpmn"
 targetNamespace="urn:bench"><process id="bench" isExecutable="true">
<startEvent id="start"/><serviceTask id="identify" tongtu:call="identify"/>
<serviceTask id="score" tongtu:call="score"/><exclusiveGateway id="choice" default="no"/>
<userTask id="sign" tongtu:roles="clerk" tongtu:due="P1D"/>
<boundaryEvent id="late" attachedToRef="sign"><timerEventDefinition>
<timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>
<serviceTask id="fund" tongtu:call="fund"/><endEvent id="funded"/><endEvent id="refused"/>
<endEvent id="lapsed"/>
<sequenceFlow id="f1" sourceRef="start" targetRef="identify"/>
<sequenceFlow id="f2" sourceRef="identify" targetRef="score"/>
<sequenceFlow id="f3" sourceRef="score" targetRef="choice"/>
<sequenceFlow id="yes" sourceRef="choice" targetRef="sign">
<conditionExpression>amount &lt; 5000000</conditionExpression></sequenceFlow>
<sequenceFlow id="no" sourceRef="choice" targetRef="refused"/>
<sequenceFlow id="f4" sourceRef="sign" targetRef="fund"/>
<sequenceFlow id="f5" sourceRef="fund" targetRef="funded"/>
<sequenceFlow id="f6" sourceRef="late" targetRef="lapsed"/>
</process></definitions>"""
NODES = 7  # that such a case goes through
FACTS = {"amount": 3_000_000, "tenor": 24}
HASH = b"bench-bench-"
# Its own way of writing a span is an expression of Python; its serializer knows no service tasks,
# so the calls that do nothing are its cheapest node, an event.
THEIRS = SOURCE.replace(b">P3D<", b'>"P3D"<').replace(b"serviceTask", b"intermediateThrowEvent")
MAKE = "create table spiff (id bigint primary key, state text not null, is_over boolean not null)"

Way = Callable[[], Awaitable[None]]
_numbers = count(1)


def engine_of(runtime: Runtime, steps_max: int) -> Engine:
    """Return an engine whose calls cost nothing; a few nodes a commit, or all."""
    nothing = Pure(lambda _: {})
    calls = {"identify": nothing, "score": nothing, "fund": nothing}
    return Engine(runtime, calls, Graphs(), steps_max)


async def keep_file(runtime: Runtime) -> str:
    """Keep the bench's process and return its version."""
    graph = compile_process(SOURCE)
    async with runtime.database.transaction() as connection:
        await save(connection, graph, SOURCE, 0, runtime.clock.now())
    return graph.hash


async def run_lane(runtime: Runtime, version: str, callers: int, seconds: float) -> list[float]:
    """Cases through the lane, two keyed commands each; return the seconds each took."""
    lane = engine_of(runtime, 200).lane(batch_max=callers, gathers=True)
    await lane.start()

    async def one() -> None:
        case = next(_numbers)
        begun = Asked(0, case, Began(FACTS), 7, f"begin-{case}", HASH, version)
        told = msgspec.json.decode(await lane.submit(begun, 60), type=Advanced)
        done = Done(told.opened[0].token)
        who = frozenset({"clerk"})
        signed = Asked(0, case, done, 7, f"sign-{case}", HASH, "", who)
        told = msgspec.json.decode(await lane.submit(signed, 60), type=Advanced)
        if told.state != "ended":
            raise RuntimeError(f"a case stands at {told.step}")

    try:
        return await _crowd([one] * callers, seconds)
    finally:
        await lane.stop()


async def run_steps(runtime: Runtime, version: str, callers: int, seconds: float) -> list[float]:
    """The same engine with a commit a node and a connection a caller: no lane."""
    engine = engine_of(runtime, 1)
    connections = [await runtime.database.lane_connection() for _ in range(callers)]

    def caller(connection: Connection) -> Way:
        async def happen(case: int, happening: Happening, key: str) -> Advanced:
            asked = Asked(0, case, happening, 7, key, HASH if key else b"", version)
            (answer,) = await engine.handle(connection, [asked])
            if isinstance(answer, Exception):
                raise answer
            return msgspec.json.decode(answer, type=Advanced)

        async def one() -> None:
            case = next(_numbers)
            told = await happen(case, Began(FACTS), f"begin-{case}")
            while told.state == "active" or not told.opened:
                told = await happen(case, GoOn(), "")
            told = await happen(case, Done(told.opened[0].token), f"sign-{case}")
            while told.state == "active":
                told = await happen(case, GoOn(), "")
            if told.state != "ended":
                raise RuntimeError(f"a case stands at {told.step}")

        return one

    try:
        return await _crowd([caller(one) for one in connections], seconds)
    finally:
        for connection in connections:
            await connection.close()


async def run_spiff(dsn: str, callers: int, seconds: float) -> list[float]:
    """SpiffWorkflow: serialised into one row of the same server, a commit before and one after."""
    parser = BpmnParser()
    parser.add_bpmn_str(THEIRS)
    spec, inner = parser.get_spec("bench"), parser.get_subprocess_specs("bench")
    serializer = BpmnWorkflowSerializer()
    connections = [await asyncpg.connect(dsn) for _ in range(callers)]

    def caller(connection: Connection) -> Way:
        async def one() -> None:
            case, flow = next(_numbers), BpmnWorkflow(spec, inner)
            flow.task_tree.data.update(FACTS)
            for task in flow.get_tasks(state=TaskState.READY):
                task.data.update(FACTS)
            flow.do_engine_steps()
            state = serializer.serialize_json(flow)
            await connection.execute("insert into spiff values ($1, $2, false)", case, state)
            kept = await connection.fetchval("select state from spiff where id = $1", case)
            flow = serializer.deserialize_json(kept)
            next(
                one for one in flow.get_tasks(state=TaskState.READY)
                if one.task_spec.bpmn_id == "sign"
            ).run()  # fmt: skip
            flow.do_engine_steps()
            if not flow.completed:
                raise RuntimeError("a case of theirs is not over")
            state = serializer.serialize_json(flow)
            await connection.execute(
                "update spiff set state = $2, is_over = true where id = $1", case, state
            )

        return one

    try:
        return await _crowd([caller(one) for one in connections], seconds)
    finally:
        for connection in connections:
            await connection.close()


async def _crowd(ways: list[Way], seconds: float) -> list[float]:
    """Let every caller do one case after another for so long; return the seconds of each case."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def caller(way: Way) -> None:
        while (began := time.perf_counter()) < until:
            await way()
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(caller(way) for way in ways))
    return took
