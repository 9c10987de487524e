"""The model registry's rows. Callers own the transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.risk.model import Model
from tongtu.runtime.api import Connection

_COLUMNS = "hash, manifest, registered_at, activated_at"
_REGISTER = """
insert into risk.model (hash, manifest, registered_at) values ($1, $2::jsonb, $3)
on conflict (hash) do nothing
"""
_FIND = f"select {_COLUMNS} from risk.model where hash = $1"
_ACTIVE = f"select {_COLUMNS} from risk.model where is_active"
_LIST = f"select {_COLUMNS} from risk.model order by registered_at desc, hash limit 100"
_LOCK = "select pg_advisory_xact_lock(710301)"
_REST = "update risk.model set is_active = false where is_active and hash <> $1"
_ACTIVATE = f"""
update risk.model set is_active = true, activated_at = $2 where hash = $1 returning {_COLUMNS}
"""


async def register(
    connection: Connection, model_hash: str, manifest: Mapping[str, Any], at: datetime
) -> Model:
    """Write the model once; the same one again finds it.

    Raises:
        Conflict: the hash stands with another manifest.
    """
    await connection.execute(_REGISTER, model_hash, json.dumps(manifest), at)
    found = await find(connection, model_hash)
    if found.manifest != manifest:
        raise Conflict("this model was registered with another manifest")
    return found


async def find(connection: Connection, model_hash: str) -> Model:
    """Return a model. Raises NotFound."""
    return _one(await connection.fetchrow(_FIND, model_hash))


async def active(connection: Connection) -> Model | None:
    """Return the model that decides, if one was ever activated."""
    row = await connection.fetchrow(_ACTIVE)
    return None if row is None else _one(row)


async def list_models(connection: Connection) -> list[Model]:
    """Return the newest hundred models."""
    return [_one(row) for row in await connection.fetch(_LIST)]


async def activate(connection: Connection, model_hash: str, at: datetime) -> Model:
    """Make this model the one that decides; the former one rests. Raises NotFound."""
    await connection.execute(_LOCK)
    await connection.execute(_REST, model_hash)
    return _one(await connection.fetchrow(_ACTIVATE, model_hash, at))


def _one(row: asyncpg.Record | None) -> Model:
    if row is None:
        raise NotFound("no such model")
    return Model(
        hash=row["hash"],
        manifest=json.loads(row["manifest"]),
        registered_at=row["registered_at"],
        activated_at=row["activated_at"],
    )
