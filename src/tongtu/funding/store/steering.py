"""The router's prices and its switch, as rows; callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tongtu.funding.rules.steering import Steering
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ProgramId
from tongtu.runtime.api import Connection

_INSERT = """
insert into funding.shadow_price
    (solved_at, business_date, cases, ahead, guard_ppm, programs, tolls_ppm)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""
_NEWEST = """
select solved_at, business_date, cases, ahead, guard_ppm, programs, tolls_ppm
  from funding.shadow_price order by solved_at desc limit 1
"""
# A move waits for another to commit, so that two stops are one and a refusal.
_LOCK = "select pg_advisory_xact_lock(710401)"
_IS_OFF = "select is_off from funding.router_switch order by id desc limit 1"
_SWITCH = """
insert into funding.router_switch (is_off, by_subject, approval, why, at)
values ($1, $2, $3, $4, $5)
"""
# What is left of all cells together, today and of what no day refills: a month's, a contract's.
_LEFT = """
select p.id as program,
       least(coalesce(d.limit_minor, p.day_limit_minor) - held.reserved_minor, long.left_minor)
           as left_minor
  from funding.program p
  left join funding.budget d on d.program = p.id and d.period = 'day' and d.since = $1
  cross join lateral (select coalesce(sum(q.reserved_minor), 0)::int8 as reserved_minor,
                             coalesce(sum(q.limit_minor - q.reserved_minor), 0)::int8 as free_minor
        from funding.quota q where q.program = p.id and q.day = $1
         and q.cell = any ($2::int2[])) held
  cross join lateral (select min(b.limit_minor - b.allotted_minor) + held.free_minor as left_minor
        from funding.budget b where b.program = p.id
         and (b.period = 'capital' or b.period = 'month' and b.since = funding.month_of($1))) long
 where p.is_open order by p.id
"""


@dataclass(frozen=True, slots=True)
class Solved:
    """Prices with what they were made of: so many decisions, so many expected still today."""

    solved_at: datetime
    business_date: date
    cases: int
    ahead: int
    steering: Steering


async def write_prices(connection: Connection, solved: Solved) -> None:
    """Keep prices that are in force from now on."""
    programs = [program for program, _ in solved.steering.tolls]
    tolls = [toll for _, toll in solved.steering.tolls]
    await connection.execute(
        _INSERT,
        solved.solved_at,
        solved.business_date,
        solved.cases,
        solved.ahead,
        solved.steering.guard_ppm,
        programs,
        tolls,
    )


async def newest_prices(connection: Connection) -> Solved | None:
    """Return the prices that were made last; None before the first."""
    row = await connection.fetchrow(_NEWEST)
    if row is None:
        return None
    pairs = zip(row["programs"], row["tolls_ppm"], strict=True)
    tolls = tuple((ProgramId(program), int(toll)) for program, toll in pairs)
    steering = Steering(row["guard_ppm"], tolls)
    return Solved(row["solved_at"], row["business_date"], row["cases"], row["ahead"], steering)


async def left_of(connection: Connection, day: date, cells: int) -> dict[ProgramId, int]:
    """Return what each open program may still lend today in all cells, in fen; never below 0."""
    rows = await connection.fetch(_LEFT, day, list(range(cells)))
    return {ProgramId(row["program"]): max(0, row["left_minor"]) for row in rows}


async def router_is_off(connection: Connection) -> bool:
    """Return whether somebody stopped the router."""
    return bool(await connection.fetchval(_IS_OFF))


async def switch_router(
    connection: Connection, by: tuple[int, int | None], why: str, at: datetime, *, is_off: bool
) -> None:
    """Stop the router, or let it go on; `by` is who, and the approval of a resumption.

    Raises:
        Conflict: it stands so already.
    """
    await connection.execute(_LOCK)
    if await router_is_off(connection) == is_off:
        raise Conflict("the router stands so already", code="already_switched")
    await connection.execute(_SWITCH, is_off, *by, why, at)
