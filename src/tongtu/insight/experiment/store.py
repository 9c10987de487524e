"""The rows of price experiments. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec

from tongtu.insight.experiment.model import LEAD, Experiment, Plan
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.pricing.api import Schedule, Turn
from tongtu.runtime.api import Connection

LISTED_MAX = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = """
    e.id, e.plan, e.published_sha256, e.grids, e.proposed_by, e.proposed_at, e.approval,
    e.approved_at, e.stopped_at, e.stopped_by, e.stopped_why,
    (select array_agg(t.first_block order by t.first_block) from insight.price_turn t
      where t.experiment = e.id) as firsts,
    (select json_agg(t.weights_ppm order by t.first_block) from insight.price_turn t
      where t.experiment = e.id) as weights
  from insight.price_experiment e
"""
_INSERT = """
insert into insight.price_experiment
    (id, plan, published_sha256, grids, starts_at, ends_at, proposed_by, proposed_at)
values ($1, $2::jsonb, $3, $4, $5, $6, $7, $8)
"""
_TURN = """
insert into insight.price_turn (experiment, first_block, weights_ppm, cases, at)
values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_FIND = f"select {_COLUMNS} where e.id = $1"
_LIST = f"select {_COLUMNS} order by e.proposed_at desc, e.id desc limit {LISTED_MAX}"
# The one that runs, or else the next.
_IN_FORCE = f"""
select {_COLUMNS} where e.approval is not null and e.stopped_at is null and e.ends_at > $1
 order by e.starts_at limit 1
"""
# One approval at a time: two would not see each other's.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(710501)"
_APPROVE = """
update insight.price_experiment e set approval = $2, approved_at = $3
 where e.id = $1 and e.approval is null
   and not exists (select from insight.price_experiment o
     where o.approval is not null and o.stopped_at is null
       and o.starts_at < e.ends_at + $4::interval and e.starts_at < o.ends_at + $4::interval)
"""
_STOP = """
update insight.price_experiment set stopped_at = $2, stopped_by = $3, stopped_why = $4
 where id = $1 and approval is not null and stopped_at is null and ends_at > $2 returning true
"""


async def insert(connection: Connection, made: Experiment) -> None:
    """Write a proposal with its first turn."""
    plan, at = made.plan, made.proposed_at
    await connection.execute(
        _INSERT,
        made.id,
        msgspec.json.encode(plan).decode(),
        made.published_sha256,
        list(made.grids),
        plan.starts_at,
        plan.ends_at,
        made.proposed_by,
        at,
    )
    await write_turn(connection, made.id, made.schedule.turns[0], 0, at)


async def write_turn(
    connection: Connection, experiment: int, turn: Turn, cases: int, at: datetime
) -> None:
    """Let the arms be drawn with other chances from a block on; another's word stands."""
    await connection.execute(_TURN, experiment, turn.first_block, list(turn.weights_ppm), cases, at)


async def find(connection: Connection, experiment: int) -> Experiment:
    """Return an experiment. Raises NotFound."""
    row = await connection.fetchrow(_FIND, experiment)
    if row is None:
        raise NotFound("no such price experiment")
    return _of(row)


async def newest(connection: Connection) -> list[Experiment]:
    """Return the hundred proposed last, newest first."""
    return [_of(row) for row in await connection.fetch(_LIST)]


async def in_force(connection: Connection, now: datetime) -> Experiment | None:
    """Return the approved experiment that runs or comes next; None: there is none."""
    row = await connection.fetchrow(_IN_FORCE, now)
    return None if row is None else _of(row)


async def approve(connection: Connection, experiment: int, approval: int, at: datetime) -> None:
    """Let it run when its time comes.

    Raises:
        Conflict: another is approved for a part of its time, or of the LEAD before or after it: a
            process learns of the next when the one before is over.
    """
    await connection.execute(_ONE_AT_A_TIME)
    tag = await connection.execute(_APPROVE, experiment, approval, at, LEAD)
    if tag != "UPDATE 1":
        raise Conflict(
            "another price experiment has this time, or ends or begins within two minutes of it",
            code="experiment_overlaps",
        )


async def stop(
    connection: Connection, experiment: int, by: tuple[int | None, str], at: datetime
) -> bool:
    """End it at once; False: it has ended, or was never approved. `by` is who, and why."""
    return bool(await connection.fetchval(_STOP, experiment, at, *by))


def schedule_of(name: str, plan: Plan, turns: Sequence[Turn] = ()) -> Schedule:
    """Return the whole blocks that lie in a plan's time; its name makes its draws its own."""
    minutes = timedelta(minutes=plan.block_minutes)
    first = -((_EPOCH - plan.starts_at) // minutes)
    last = (plan.ends_at - _EPOCH) // minutes - 1
    return Schedule(
        name, plan.block_minutes, first, last, tuple(turns) or (Turn(first, plan.weights_ppm),)
    )


def _of(row: asyncpg.Record) -> Experiment:
    plan = msgspec.json.decode(row["plan"], type=Plan)
    weights = msgspec.json.decode(row["weights"], type=list[tuple[int, ...]])
    turns = [Turn(*one) for one in zip(row["firsts"], weights, strict=True)]
    return Experiment(
        id=row["id"],
        plan=plan,
        published_sha256=row["published_sha256"],
        grids=tuple(row["grids"]),
        schedule=schedule_of(str(row["id"]), plan, turns),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        approval=row["approval"],
        approved_at=row["approved_at"],
        stopped_at=row["stopped_at"],
        stopped_by=row["stopped_by"],
        stopped_why=row["stopped_why"],
    )
