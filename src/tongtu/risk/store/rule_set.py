"""The rows of changed rules. Callers own the transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from tongtu.kernel.errors import NotFound
from tongtu.risk.model import RuleStatus
from tongtu.runtime.api import Connection

_COLUMNS = "hash, files, status, why, saved_by, saved_at, swap, shadow, approval, published_at"
_INSERT = """
insert into risk.rule_set (hash, files, why, saved_by, saved_at) values ($1, $2::jsonb, $3, $4, $5)
on conflict (hash) do nothing
"""
_FIND = f"select {_COLUMNS} from risk.rule_set where hash = $1"
_STANDING = f"select {_COLUMNS} from risk.rule_set where status in ('published', 'shadow')"
_BEFORE = f"""
select {_COLUMNS} from risk.rule_set where status = 'retired' and published_at is not null
 order by published_at desc limit 20
"""
_LIST = f"select {_COLUMNS} from risk.rule_set order by saved_at desc, hash limit 100"
_LOCK = "select pg_advisory_xact_lock(710302)"
_ASIDE = "update risk.rule_set set status = 'retired' where status = $1"
_SHADOW = "update risk.rule_set set status = 'shadow', shadow = $2::jsonb where hash = $1"
_END_SHADOW = "update risk.rule_set set status = 'draft' where hash = $1 and status = 'shadow'"
_PUBLISH = """
update risk.rule_set set status = 'published', approval = $2, published_at = $3 where hash = $1
"""
_SWAP = "update risk.rule_set set swap = $2::jsonb where hash = $1"
_COUNTED = "update risk.rule_set set shadow = $2::jsonb where hash = $1 and status = 'shadow'"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Changed rules by file, and what is known of whom they would answer otherwise."""

    hash: str
    files: Mapping[str, str]
    status: RuleStatus
    why: str
    saved_by: int
    saved_at: datetime
    swap: Mapping[str, Any] | None
    shadow: Mapping[str, Any] | None
    approval: int | None
    published_at: datetime | None


async def insert(connection: Connection, rules: RuleSet) -> None:
    """Write a draft once."""
    files = json.dumps(dict(rules.files))
    await connection.execute(_INSERT, rules.hash, files, rules.why, rules.saved_by, rules.saved_at)


async def find(connection: Connection, rules_hash: str) -> RuleSet:
    """Return a set. Raises NotFound."""
    row = await connection.fetchrow(_FIND, rules_hash)
    if row is None:
        raise NotFound("no such rules")
    return _one(row)


async def rules_standing(connection: Connection) -> dict[RuleStatus, RuleSet]:
    """Return the published set and the one in shadow, those that there are."""
    return {one.status: one for one in map(_one, await connection.fetch(_STANDING))}


async def rules_before(connection: Connection) -> list[RuleSet]:
    """Return the sets that were published before the one that is, newest first, twenty at most."""
    return [_one(row) for row in await connection.fetch(_BEFORE)]


async def list_rule_sets(connection: Connection) -> list[RuleSet]:
    """Return the newest hundred."""
    return [_one(row) for row in await connection.fetch(_LIST)]


async def lock(connection: Connection) -> None:
    """Let nobody else change which rules stand until the transaction ends."""
    await connection.execute(_LOCK)


async def to_shadow(connection: Connection, rules_hash: str, counted: Mapping[str, Any]) -> None:
    """Try a set in shadow; the one before it retires."""
    await connection.execute(_ASIDE, "shadow")
    await connection.execute(_SHADOW, rules_hash, json.dumps(counted))


async def end_shadow(connection: Connection, rules_hash: str) -> None:
    """End the trial of a set; it is a draft again."""
    await connection.execute(_END_SHADOW, rules_hash)


async def publish_set(connection: Connection, rules_hash: str, approval: int, at: datetime) -> None:
    """Let a set decide; the one before it retires."""
    await connection.execute(_ASIDE, "published")
    await connection.execute(_PUBLISH, rules_hash, approval, at)


async def note_swap(connection: Connection, rules_hash: str, swap: Mapping[str, Any]) -> None:
    """Keep who would be answered otherwise."""
    await connection.execute(_SWAP, rules_hash, json.dumps(swap))


async def note_shadow(connection: Connection, rules_hash: str, counted: Mapping[str, Any]) -> None:
    """Keep what was counted in shadow; nothing when it is in shadow no more."""
    await connection.execute(_COUNTED, rules_hash, json.dumps(counted))


def _one(row: asyncpg.Record) -> RuleSet:
    return RuleSet(
        hash=row["hash"],
        files=json.loads(row["files"]),
        status=RuleStatus(row["status"]),
        why=row["why"],
        saved_by=row["saved_by"],
        saved_at=row["saved_at"],
        swap=None if row["swap"] is None else json.loads(row["swap"]),
        shadow=None if row["shadow"] is None else json.loads(row["shadow"]),
        approval=row["approval"],
        published_at=row["published_at"],
    )
