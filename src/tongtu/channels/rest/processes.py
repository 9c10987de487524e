"""Process files: kept as drafts, published by two persons; how each process does, by node."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import allow_process, propose_process, save_process
from tongtu.kernel.errors import NotFound
from tongtu.process.api import definitions, in_force, measure, source_of

_EDITORS = (Role.OPERATOR, Role.ANALYST)
_WATCH = allow(*_EDITORS, Role.CLERK, Role.REGULATOR)
_HASH = re.compile("[0-9a-f]{32}")
DAYS = 30
Days = Annotated[int, QueryParameter(ge=1, le=366, description="so many days back")]


class ProcessAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A BPMN 2.0 file, as text."""

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=60_000)]


class ProcessSaved(msgspec.Struct, frozen=True):
    """A file that can be run, by its hash."""

    hash: str
    key: str
    name: str
    nodes: int


class ProcessShown(msgspec.Struct, frozen=True):
    """A version of a process. New cases begin by the one in force."""

    hash: str
    key: str
    name: str
    saved_at: dt.datetime
    published_at: dt.datetime | None
    is_in_force: bool


class ProcessesShown(msgspec.Struct, frozen=True):
    """The versions, by process, newest first."""

    items: list[ProcessShown]
    next: str | None = None


class ProcessFile(msgspec.Struct, frozen=True):
    """A version's file, drawing included."""

    hash: str
    source: str


class ProcessProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow."""

    approval: str
    hash: str


class ProcessPublished(msgspec.Struct, frozen=True):
    """What new cases begin by from now on."""

    hash: str
    key: str


class NodeMeasured(msgspec.Struct, frozen=True):
    """How a node did: times left, milliseconds stood there, what went wrong, what waits now."""

    node: str
    passed: int
    p50_ms: float | None
    p95_ms: float | None
    total_ms: float
    incidents: int
    waiting: int
    overdue: int


class ProcessMeasured(msgspec.Struct, frozen=True):
    """A process in figures; `costliest` is the node where cases stood longest in all."""

    key: str
    ended: int
    running: int
    late: int
    ended_late: int
    suspended: int
    costliest: str | None
    nodes: list[NodeMeasured]


@get("/v1/processes", opt=_WATCH)
async def list_processes(parts: GivenParts) -> ProcessesShown:
    """Return the versions of all processes."""
    async with parts.runtime.database.reading() as connection:
        found = await definitions(connection)
    return ProcessesShown(
        [msgspec.convert(one, ProcessShown, from_attributes=True) for one in found]
    )


@get("/v1/processes/{version:str}/file", opt=_WATCH)
async def find_process_file(version: FromPath[str], parts: GivenParts) -> ProcessFile:
    """Return a version as it was saved."""
    read = _version(version)
    async with parts.runtime.database.reading() as connection:
        source = await source_of(connection, read)
    if source is None:
        raise NotFound("there is no such process")
    return ProcessFile(read, source.decode())


@post(
    "/v1/processes",
    status_code=201,
    opt=allow_write(*_EDITORS),
    dto=StrictBody[ProcessAsked],
    return_dto=None,
)
async def save_process_file(
    data: JSONBody[ProcessAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ProcessSaved:
    """Keep a process file as a draft; what cannot be run is refused by element and line."""
    return stored(await save_process(parts.runtime, caller, data.source, command), ProcessSaved)


@post("/v1/processes/{version:str}/publication", status_code=201, opt=allow_write(*_EDITORS))
async def propose_process_version(
    version: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ProcessProposed:
    """Propose that new cases begin by this version."""
    answer = await propose_process(parts, caller, _version(version), command)
    return stored(answer, ProcessProposed)


@post(
    "/v1/operations/process-publications/{approval:str}/approval",
    status_code=201,
    opt=allow_write(*_EDITORS),
)
async def publish_process_version(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ProcessPublished:
    """Allow what somebody else proposed; running cases stay on their versions."""
    identifier = read_id(parts, "approval", approval)
    return stored(await allow_process(parts, caller, identifier, command), ProcessPublished)


@get("/v1/process-measures/{key:str}", opt=_WATCH)
async def measure_process(
    key: FromPath[str], parts: GivenParts, days: Days = DAYS
) -> ProcessMeasured:
    """Return how a process did of late, node by node, the costliest first."""
    now = parts.runtime.clock.now()
    async with parts.runtime.database.reading() as connection:
        if await in_force(connection, key) is None:
            raise NotFound("there is no such process")
        found = await measure(connection, key, now - dt.timedelta(days=days), now)
    nodes = [msgspec.convert(one, NodeMeasured, from_attributes=True) for one in found.nodes]
    return ProcessMeasured(
        key, found.ended, found.running, found.late, found.ended_late, found.suspended,
        found.costliest, nodes,
    )  # fmt: skip


def _version(text: str) -> str:
    if _HASH.fullmatch(text) is None:
        raise NotFound("there is no such process")
    return text


ROUTES = (
    list_processes,
    find_process_file,
    save_process_file,
    propose_process_version,
    publish_process_version,
    measure_process,
)
