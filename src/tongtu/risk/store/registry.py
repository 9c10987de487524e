"""The model registry's rows. Callers own the transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.risk.model import Model, Move, Status
from tongtu.runtime.api import Connection

# What migration 0173 tells whenever a model, the switch or published rules change.
MODELS_CHANNEL = "risk_models"
_COLUMNS = "hash, kind, status, manifest, registered_at, activated_at"
_REGISTER = """
insert into risk.model (hash, kind, manifest, registered_at) values ($1, $2, $3::jsonb, $4)
on conflict (hash) do nothing
"""
_FIND = f"select {_COLUMNS} from risk.model where hash = $1"
_STANDING = f"select {_COLUMNS} from risk.model where status in ('champion', 'shadow')"
_LIST = f"select {_COLUMNS} from risk.model order by registered_at desc, hash limit 100"
# Moves follow one another: what one pushes aside the next one finds.
_LOCK = "select pg_advisory_xact_lock(710301)"
_SET = f"""
update risk.model
   set status = $2, activated_at = case when $2 = 'champion' then $3 else activated_at end
 where hash = $1 returning {_COLUMNS}
"""
_NOTE = """
insert into risk.model_move (id, model, before, after, approval, why, at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_MOVES = """
select model, before, after, approval, why, at from risk.model_move order by at desc, id desc
 limit 100
"""
_SWITCH = """
insert into risk.model_switch (is_stopped, by_person, approval, why, at)
values ($1, $2, $3, $4, $5)
"""
_IS_STOPPED = "select is_stopped from risk.model_switch order by n desc limit 1"


async def register(
    connection: Connection, model_hash: str, manifest: Mapping[str, Any], at: datetime
) -> Model:
    """Write the model once, as a draft; the same one again finds it.

    Raises:
        Conflict: the hash stands with another manifest.
    """
    kind = str(manifest.get("kind", "points_table"))
    await connection.execute(_REGISTER, model_hash, kind, json.dumps(manifest), at)
    found = await find(connection, model_hash)
    if found.manifest != manifest:
        raise Conflict("this model was registered with another manifest")
    return found


async def find(connection: Connection, model_hash: str) -> Model:
    """Return a model. Raises NotFound."""
    row = await connection.fetchrow(_FIND, model_hash)
    if row is None:
        raise NotFound("no such model")
    return _one(row)


async def standing(connection: Connection) -> dict[Status, Model]:
    """Return the champion and the challenger, those that there are."""
    return {one.status: one for one in map(_one, await connection.fetch(_STANDING))}


async def active(connection: Connection) -> Model | None:
    """Return the model that decides, if there is one."""
    return (await standing(connection)).get(Status.CHAMPION)


async def list_models(connection: Connection) -> list[Model]:
    """Return the newest hundred models."""
    return [_one(row) for row in await connection.fetch(_LIST)]


async def lock(connection: Connection) -> None:
    """Let nobody else move a model until the transaction ends."""
    await connection.execute(_LOCK)


async def set_status(connection: Connection, number: int, move: Move) -> Model:
    """Write a move under its number and the model's new status. Raises NotFound."""
    row = await connection.fetchrow(_SET, move.model, move.after.value, move.at)
    if row is None:
        raise NotFound("no such model")
    await connection.execute(
        _NOTE, number, move.model, move.before.value, move.after.value, move.approval, move.why,
        move.at,
    )  # fmt: skip
    return _one(row)


async def moves(connection: Connection) -> list[Move]:
    """Return the newest hundred moves."""
    return [
        Move(
            row["model"],
            Status(row["before"]),
            Status(row["after"]),
            row["approval"],
            row["why"],
            row["at"],
        )
        for row in await connection.fetch(_MOVES)
    ]


async def switch(
    connection: Connection, *, is_stopped: bool, by: tuple[int, int | None], why: str, at: datetime
) -> None:
    """Write that the models are stopped or let go, by whom and with which approval."""
    await connection.execute(_SWITCH, is_stopped, *by, why, at)


async def is_stopped(connection: Connection) -> bool:
    """Tell whether the rules decide alone."""
    return bool(await connection.fetchval(_IS_STOPPED))


def _one(row: asyncpg.Record) -> Model:
    return Model(
        hash=row["hash"],
        kind=row["kind"],
        status=Status(row["status"]),
        manifest=json.loads(row["manifest"]),
        registered_at=row["registered_at"],
        activated_at=row["activated_at"],
    )
