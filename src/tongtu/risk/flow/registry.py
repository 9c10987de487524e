"""Models change place by two persons; one operator may stop them all at once.

What is approved is what was proposed, byte for byte, and it is checked again when it takes effect.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tongtu.identity.api import Approval, Caller, Proposal, Role, allow, propose
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed
from tongtu.risk.flow.adoption import STUDY, prove
from tongtu.risk.model import Model, Move, Status
from tongtu.risk.store import registry
from tongtu.runtime.api import Connection, Event, Runtime, publish

MOVE, RESUME = "risk.model_move", "risk.models_resume"
WHY_MIN, WHY_MAX = 3, 200
# A champion leaves only when another takes its place: somebody always scores.
WAYS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SHADOW, Status.RETIRED}),
    Status.SHADOW: frozenset({Status.CHAMPION, Status.RETIRED}),
    Status.CHAMPION: frozenset(),
    Status.RETIRED: frozenset({Status.SHADOW}),
}
# A points table scores beside nobody: it takes a champion's place from its draft, or again.
TABLE_WAYS: dict[Status, frozenset[Status]] = {
    **WAYS,
    Status.DRAFT: frozenset({Status.CHAMPION, Status.RETIRED}),
    Status.RETIRED: frozenset({Status.CHAMPION}),
}
MOVED, SWITCHED = "risk.model_moved", "risk.models_switched"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model is to be what, and why."""

    model: str
    to: Status
    why: str


async def propose_move(
    connection: Connection, runtime: Runtime, caller: Caller, wanted: Wanted
) -> Approval:
    """Propose a model's next place.

    Raises:
        NotFound: no such model.
        NotAllowed: the caller may propose nothing.
        Conflict: `no_such_move`: a model that stands so cannot go there.
        NoModel, BadModel, BadInput: its files are not fit to score by.
    """
    model = await registry.find(connection, wanted.model)
    _check(runtime, model, wanted)
    return await propose(connection, runtime, caller, _proposal(wanted))


async def make_move(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> Model:
    """Allow what another person proposed, and do it; what stood there before steps aside.

    Raises:
        NotFound, NotAllowed, Conflict: as `allow`; `no_such_move`: the model moved meanwhile.
        NoModel, BadModel, BadInput: its files are not fit to score by any more.
    """
    wanted = _wanted((await allow(connection, runtime, caller, approval, MOVE)).body)
    await registry.lock(connection)
    model = await registry.find(connection, wanted.model)
    _check(runtime, model, wanted)
    at = runtime.clock.now()
    if wanted.to in (Status.CHAMPION, Status.SHADOW):
        former = (await registry.standing(connection)).get(wanted.to)
        if former is not None:
            aside = Move(former.hash, wanted.to, Status.RETIRED, None, "its place was taken", at)
            await registry.set_status(connection, runtime.ids.new(0), aside)
    move = Move(model.hash, model.status, wanted.to, approval, wanted.why, at)
    moved = await registry.set_status(connection, runtime.ids.new(0), move)
    await _tell(
        connection, runtime, MOVED,
        {"model": moved.hash, "before": model.status.value, "after": moved.status.value},
    )  # fmt: skip
    return moved


async def stop_models(connection: Connection, runtime: Runtime, caller: Caller, why: str) -> None:
    """Let the rules decide alone from now on: one operator, at once, with a reason.

    Raises:
        NotAllowed: no operator.
        BadInput: no reason is given.
        Conflict: `already_stopped`.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    _check_why(why)
    await registry.lock(connection)
    if await registry.is_stopped(connection):
        raise Conflict("the models are stopped already", code="already_stopped")
    await registry.switch(
        connection, is_stopped=True, by=(caller.subject, None), why=why, at=runtime.clock.now()
    )
    await _tell(connection, runtime, SWITCHED, {"is_stopped": True})


async def propose_resumption(
    connection: Connection, runtime: Runtime, caller: Caller, why: str
) -> Approval:
    """Propose that the models score again. Raises NotAllowed, BadInput, Conflict."""
    _check_why(why)
    if not await registry.is_stopped(connection):
        raise Conflict("the models are not stopped", code="not_stopped")
    return await propose(connection, runtime, caller, Proposal(RESUME, 0, why.encode()))


async def resume_models(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> None:
    """Allow what another person proposed: the models score again. Raises as `make_move`."""
    allowed = await allow(connection, runtime, caller, approval, RESUME)
    await registry.lock(connection)
    if not await registry.is_stopped(connection):
        raise Conflict("the models are not stopped", code="not_stopped")
    why, by = allowed.body.decode(), (caller.subject, approval)
    await registry.switch(connection, is_stopped=False, by=by, why=why, at=runtime.clock.now())
    await _tell(connection, runtime, SWITCHED, {"is_stopped": False})


def _check(runtime: Runtime, model: Model, wanted: Wanted) -> None:
    _check_why(wanted.why)
    ways = WAYS if model.kind == STUDY else TABLE_WAYS
    if wanted.to not in ways[model.status]:
        raise Conflict(
            f"a {model.kind} that is {model.status.value} cannot become {wanted.to.value}",
            code="no_such_move",
        )
    if wanted.to is not Status.RETIRED:
        prove(runtime.settings.home, model)


def _check_why(why: str) -> None:
    if not WHY_MIN <= len(why) <= WHY_MAX:
        raise BadInput(f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted")


def _proposal(wanted: Wanted) -> Proposal:
    told = {"model": wanted.model, "to": wanted.to.value, "why": wanted.why}
    return Proposal(MOVE, 0, json.dumps(told, sort_keys=True).encode())


def _wanted(body: bytes) -> Wanted:
    told = json.loads(body)
    return Wanted(told["model"], Status(told["to"]), told["why"])


async def _tell(
    connection: Connection, runtime: Runtime, topic: str, payload: dict[str, object]
) -> None:
    number, at = runtime.ids.new(0), runtime.clock.now()
    event = Event(runtime.cell(number), number, topic, {"version": 1, **payload}, at)
    await publish(connection, event)
