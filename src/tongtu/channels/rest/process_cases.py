"""Cases of processes: opened, worked task by task, looked at with their history, held and moved."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role
from tongtu.journey.api import (
    begin_case,
    do_task,
    hold_case,
    move_case,
    retry_call,
    tell_case,
)
from tongtu.kernel.errors import NotFound
from tongtu.process.api import (
    Advanced,
    Moved,
    Told,
    Waiting,
    find,
    read_turns,
    tasks_for,
    tasks_of,
    visits,
)

_STAFF = (Role.OPERATOR, Role.ANALYST, Role.CLERK)
_LOOK = allow(*_STAFF)
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,79}$")]
FactName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# Numbers, codes and marks; what a person is or says lies with its own context.
Fact = bool | int | Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[A-Za-z0-9_:+.-]*$")]
Facts = Annotated[dict[FactName, Fact], msgspec.Meta(max_length=50)]


class CaseAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which process a case is of, and what is known when it begins."""

    process: Name
    facts: Facts


class TaskDone(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What came out of a task."""

    facts: Facts


class MessageTold(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A message by its name in the process file, what it is about, and what it says."""

    message: Name
    about: Annotated[str, msgspec.Meta(max_length=80)]
    facts: Facts


class MoveAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """To which version a case goes; `nodes` says old and new id where they differ."""

    version: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    nodes: Annotated[dict[Name, Name], msgspec.Meta(max_length=50)]


class TaskOpened(msgspec.Struct, frozen=True):
    """A task that began to wait."""

    token: int
    node: str


class CaseStands(msgspec.Struct, frozen=True):
    """Where a case stands now."""

    case: str
    seq: int
    step: str
    state: str
    opened: list[TaskOpened]


class TaskShown(msgspec.Struct, frozen=True):
    """What a case waits for: roles of a person, the name of a call, or of a message."""

    case: str
    token: int
    node: str
    kind: str
    what: str
    opened_at: dt.datetime
    due_at: dt.datetime | None
    is_overdue: bool
    attempts: int
    is_suspended: bool


class TasksShown(msgspec.Struct, frozen=True):
    """The first 200 tasks for one's role, the first due first."""

    items: list[TaskShown]
    next: str | None = None


class CaseWorked(msgspec.Struct, frozen=True):
    """A case and what it waits for."""

    case: str
    process: str
    version: str
    step: str
    state: str
    opened_at: dt.datetime
    changed_at: dt.datetime
    tasks: list[TaskShown]


class VisitShown(msgspec.Struct, frozen=True):
    """A node the case left: done, or broken off; `turn` numbers the commits."""

    node: str
    entered_at: dt.datetime
    left_at: dt.datetime
    is_done: bool
    turn: int


class CaseHistory(msgspec.Struct, frozen=True):
    """Every node a case left, in order."""

    items: list[VisitShown]
    next: str | None = None


class CaseHeld(msgspec.Struct, frozen=True):
    """The case it was done to."""

    case: str


@post(
    "/v1/process-cases",
    status_code=201,
    opt=allow_write(*_STAFF),
    dto=StrictBody[CaseAsked],
    return_dto=None,
)
async def open_process_case(
    data: JSONBody[CaseAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseStands:
    """Open a case by the version of the process in force."""
    return _stands(parts, await begin_case(parts, caller, data.process, data.facts, command))


@get("/v1/process-tasks", opt=_LOOK)
async def list_process_tasks(parts: GivenParts, caller: GivenCaller) -> TasksShown:
    """Return what waits for the caller's role."""
    async with parts.runtime.database.reading() as connection:
        found = await tasks_for(connection, [caller.role.value])
    return TasksShown([_task(parts, one) for one in found])


@get("/v1/process-cases/{process_case:str}", opt=_LOOK)
async def find_process_case(process_case: FromPath[str], parts: GivenParts) -> CaseWorked:
    """Return where a case stands and what it waits for."""
    number = read_id(parts, "case", process_case)
    cell = parts.runtime.cell(number)
    async with parts.runtime.database.reading() as connection:
        found = await find(connection, cell, number)
        waits = await tasks_of(connection, cell, number)
    if found is None:
        raise NotFound("there is no such case")
    return CaseWorked(
        process_case, found.definition, found.version, found.step, found.state.value,
        found.opened_at, found.changed_at, [_task(parts, one) for one in waits],
    )  # fmt: skip


@get("/v1/process-cases/{process_case:str}/history", opt=_LOOK)
async def find_process_history(process_case: FromPath[str], parts: GivenParts) -> CaseHistory:
    """Return every node a case left."""
    number = read_id(parts, "case", process_case)
    async with parts.runtime.database.reading() as connection:
        turns = await read_turns(connection, parts.runtime.cell(number), number)
    if not turns:
        raise NotFound("there is no such case")
    return CaseHistory(
        [
            VisitShown(
                one.node,
                dt.datetime.fromtimestamp(one.entered_ms / 1_000, dt.UTC),
                one.left_at,
                one.is_done,
                one.turn,
            )
            for one in visits(turns)
        ]
    )


@post(
    "/v1/process-cases/{process_case:str}/tasks/{task:int}/completion",
    status_code=201,
    opt=allow_write(*_STAFF),
    dto=StrictBody[TaskDone],
    return_dto=None,
)
async def finish_process_task(  # noqa: PLR0913, PLR0917 - the address and what every route is given
    process_case: FromPath[str],
    task: FromPath[int],
    data: JSONBody[TaskDone],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CaseStands:
    """Finish a task of one's role."""
    where = read_id(parts, "case", process_case), task
    return _stands(parts, await do_task(parts, caller, where, data.facts, command))


@post(
    "/v1/process-messages",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.CLERK),
    dto=StrictBody[MessageTold],
    return_dto=None,
)
async def tell_process(
    data: JSONBody[MessageTold], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseStands:
    """Bring a message to the one case that waits for it."""
    told = Told(data.message, data.about, dict(data.facts))
    return _stands(parts, await tell_case(parts, caller, told, command))


@post(
    "/v1/process-cases/{process_case:str}/suspension",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def suspend_process_case(
    process_case: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseHeld:
    """Stop a case: nothing happens to it until it is resumed."""
    number = read_id(parts, "case", process_case)
    return stored(await hold_case(parts, caller, number, command, is_held=True), CaseHeld)


@post(
    "/v1/process-cases/{process_case:str}/resumption",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def resume_process_case(
    process_case: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseHeld:
    """Let a stopped case go on; clocks that ran out meanwhile ring now."""
    number = read_id(parts, "case", process_case)
    return stored(await hold_case(parts, caller, number, command, is_held=False), CaseHeld)


@post(
    "/v1/process-cases/{process_case:str}/migration",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[MoveAsked],
    return_dto=None,
)
async def migrate_process_case(
    process_case: FromPath[str],
    data: JSONBody[MoveAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CaseHeld:
    """Take a case to another version of its process."""
    number, moved = read_id(parts, "case", process_case), Moved(data.version, dict(data.nodes))
    return stored(await move_case(parts, caller, number, moved, command), CaseHeld)


@post(
    "/v1/process-cases/{process_case:str}/tasks/{task:int}/retry",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def retry_process_call(
    process_case: FromPath[str],
    task: FromPath[int],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CaseHeld:
    """Try a call anew that was given up."""
    where = read_id(parts, "case", process_case), task
    return stored(await retry_call(parts, caller, where, command), CaseHeld)


def _stands(parts: Parts, answer: bytes) -> CaseStands:
    told = stored(answer, Advanced)
    return CaseStands(
        parts.runtime.public.show("case", told.case),
        told.seq,
        told.step,
        told.state,
        [TaskOpened(one.token, one.node) for one in told.opened],
    )


def _task(parts: Parts, one: Waiting) -> TaskShown:
    now = parts.runtime.clock.now()
    return TaskShown(
        parts.runtime.public.show("case", one.case), one.token, one.node, one.kind, one.what,
        one.opened_at, one.due_at, one.due_at is not None and one.due_at < now, one.attempts,
        one.is_held,
    )  # fmt: skip


ROUTES = (
    open_process_case,
    list_process_tasks,
    find_process_case,
    find_process_history,
    finish_process_task,
    tell_process,
    suspend_process_case,
    resume_process_case,
    migrate_process_case,
    retry_process_call,
)
