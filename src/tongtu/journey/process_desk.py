"""What persons do with processes: keep a file, publish it by two, open a case, do its tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from tongtu.identity.api import Approval, Caller, CommandKey, Proposal, once
from tongtu.journey.process_house import HasProcesses, check_calls, check_publishable
from tongtu.journey.steps import DEFINITION
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Conflict, NotFound, TongtuError
from tongtu.kernel.ids import shard_of
from tongtu.process import api as process
from tongtu.process.api import Asked, Began, Done, Moved, Told
from tongtu.runtime.api import Connection, Runtime

PUBLISH = Deed("process.publish", "propose_process", "publish_process")
Facts = Mapping[str, Any]
Act = Callable[[Connection], Awaitable[None]]


async def save_process(runtime: Runtime, caller: Caller, source: str, key: CommandKey) -> bytes:
    """Keep a process file as a draft; return {"hash", "key", "name", "nodes"} as JSON.

    Raises:
        BadProcess: not supported, not whole, or calls what nothing does; names element and line.
    """
    graph = process.compile_process(source.encode())
    check_calls(graph)

    async def effect(connection: Connection) -> bytes:
        now = runtime.clock.now()
        await process.save(connection, graph, source.encode(), caller.subject, now)
        told = {"hash": graph.hash, "key": graph.key, "name": graph.name}
        return msgspec.json.encode({**told, "nodes": len(graph.nodes)})

    return await once(runtime, caller, "save_process", key, effect)


async def propose_process(
    platform: HasProcesses, caller: Caller, version: str, key: CommandKey
) -> bytes:
    """Propose that cases begin by this version from now on; return {"approval", "hash"} as JSON.

    Raises:
        NotFound: no such version.
        Conflict: it is in force, or comes with a release only.
    """
    runtime = platform.runtime

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        graph = await platform.processes.graphs.of(connection, version)
        check_publishable(graph)
        if await process.in_force(connection, graph.key) == version:
            raise Conflict("this version is in force", code="process_in_force")
        body = msgspec.json.encode({"hash": version, "key": graph.key})
        return Proposal(PUBLISH.operation, caller.subject, body), {"hash": version}

    return await propose_deed(runtime, caller, key, PUBLISH, prepare)


async def allow_process(
    platform: HasProcesses, caller: Caller, approval: int, key: CommandKey
) -> bytes:
    """Publish what another person proposed; running cases stay on their versions.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word.
    """
    runtime = platform.runtime

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        version = msgspec.json.decode(allowed.body)["hash"]
        graph = await platform.processes.graphs.of(connection, version)
        check_publishable(graph)
        persons = allowed.maker, caller.subject
        await process.publish(connection, graph, persons, runtime.clock.now())
        return {"hash": version, "key": graph.key}

    return await do_deed(runtime, caller, (approval, key), PUBLISH, effect)


async def begin_case(
    platform: HasProcesses, caller: Caller, name: str, facts: Facts, key: CommandKey
) -> bytes:
    """Open a case of a process by its version in force; return where it stands as JSON.

    Raises:
        NotFound: no such process, or none of its versions is in force.
        Conflict: an application begins in the decision lane.
        Stuck: the facts do not lead on from the start.
    """
    if name == DEFINITION:
        raise Conflict("an application begins in the decision lane", code="case_of_lane")
    runtime = platform.runtime
    # Cases of all kinds spread over the shards; the same key leads to the same one.
    case = runtime.ids.new(shard_of(key.key.encode()))
    async with runtime.database.transaction() as connection:
        version = await process.in_force(connection, name)
        if version is None:
            raise NotFound("no such process is in force")
        asked = Asked(
            runtime.cell(case), case, Began(dict(facts)), caller.subject, key.key, key.body_hash,
            version,
        )  # fmt: skip
        return await _advance(platform, connection, asked)


async def do_task(
    platform: HasProcesses,
    caller: Caller,
    where: tuple[int, int],
    facts: Facts,
    key: CommandKey,
) -> bytes:
    """Finish a user task (case, token) of one's own roles; return where the case stands as JSON.

    Raises:
        NotFound: no such case.
        NotAllowed: the task is for other roles.
        NotWaiting: the task does not wait (any longer).
        Stuck: the facts do not lead on; nothing has changed.
    """
    case, token = where
    roles = frozenset({caller.role.value})
    asked = Asked(
        platform.runtime.cell(case), case, Done(token, dict(facts)), caller.subject, key.key,
        key.body_hash, "", roles,
    )  # fmt: skip
    async with platform.runtime.database.transaction() as connection:
        return await _advance(platform, connection, asked)


async def tell_case(platform: HasProcesses, caller: Caller, told: Told, key: CommandKey) -> bytes:
    """Bring a message to the one case that waits for it; return where the case stands as JSON.

    Raises:
        NotFound: no case waits for it.
        Conflict: several do (`message_unclear`).
    """
    runtime = platform.runtime
    async with runtime.database.transaction() as connection:
        for cell in range(runtime.settings.cells):
            found = await process.waiting_for(connection, cell, told.message, told.about)
            if len(found) > 1:
                raise Conflict("several cases wait for this", code="message_unclear")
            if found:
                asked = Asked(cell, found[0], told, caller.subject, key.key, key.body_hash)
                return await _advance(platform, connection, asked)
    raise NotFound("no case waits for this message")


async def hold_case(
    platform: HasProcesses, caller: Caller, case: int, key: CommandKey, *, is_held: bool
) -> bytes:
    """Suspend a case, or let it go on. Raises NotFound; Conflict: it is so already."""
    runtime, cell = platform.runtime, platform.runtime.cell(case)

    async def act(connection: Connection) -> None:
        if is_held:
            await process.suspend(platform.processes, connection, cell, case)
        else:
            await process.resume(connection, cell, case)

    name = "suspend_case" if is_held else "resume_case"
    return await _once(runtime, (caller, key), name, case, act)


async def move_case(
    platform: HasProcesses, caller: Caller, case: int, moved: Moved, key: CommandKey
) -> bytes:
    """Take a case to another version of its process. Raises as `process.migrate_case`."""
    where = platform.runtime.cell(case), case

    async def act(connection: Connection) -> None:
        by = caller.subject
        await process.migrate_case(platform.processes, connection, where, moved, by)

    return await _once(platform.runtime, (caller, key), "migrate_case", case, act)


async def retry_call(
    platform: HasProcesses, caller: Caller, where: tuple[int, int], key: CommandKey
) -> bytes:
    """Try a call (case, token) anew that was given up. Raises NotFound."""
    case, token = where
    at = platform.runtime.cell(case), case, token

    async def act(connection: Connection) -> None:
        await process.try_again(platform.processes, connection, at, caller.subject)

    return await _once(platform.runtime, (caller, key), "retry_call", case, act)


async def _advance(platform: HasProcesses, connection: Connection, asked: Asked) -> bytes:
    (answer,) = await platform.processes.advance(connection, asked.cell, [asked])
    if isinstance(answer, TongtuError):
        raise answer
    return answer


async def _once(
    runtime: Runtime, by: tuple[Caller, CommandKey], operation: str, case: int, act: Act
) -> bytes:
    async def effect(connection: Connection) -> bytes:
        await act(connection)
        return msgspec.json.encode({"case": runtime.public.show("case", case)})

    return await once(runtime, by[0], operation, by[1], effect)
