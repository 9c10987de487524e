"""Rows of outside queries, of what stands of each person, and of what a day cost.

Callers own the transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongtu.risk.model import Query
from tongtu.risk.rules.outside import STANDING, Heard, OutsideSource, Said
from tongtu.runtime.api import Connection

_YOUNG = """
select state, made_at from risk.outside_query
 where cell = $1 and party = $2 and source = $3
   and (state = any ($4) and asked_at > $5
        or coalesce(state, 'no_answer') <> all ($4) and asked_at > $6)
 order by id desc limit 1
"""
# Check and act in one statement: no query leaves above the budget, whoever asks.
_SPEND = """
insert into risk.outside_day as d (source, business_date, queries, spent_minor)
select $1, $2, 1, $3::int8 where $3::int8 <= $4::int8
on conflict (source, business_date) do update
   set queries = d.queries + 1, spent_minor = d.spent_minor + excluded.spent_minor
 where d.spent_minor + excluded.spent_minor <= $4::int8
returning spent_minor
"""
_ASK = """
insert into risk.outside_query (cell, id, party, source, purpose, consent_version, recipient,
    cost_minor, charged_to, business_date, asked_at, state, answered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_ANSWER = """
update risk.outside_query set state = $4, answered_at = $5, made_at = $6
 where cell = $1 and id = $2 and party = $3 and state is null returning id
"""
# Whoever changes what stands of a person holds that person's row first.
_HOLD = """
insert into risk.background as held (cell, party) values ($1, $2)
on conflict (cell, party) do update set party = excluded.party
"""
_STAND = """
insert into risk.outside_row as held (cell, party, source, state, made_at, features)
values ($1, $2, $3, $4, $5, $6)
on conflict (cell, party, source) do update
   set state = excluded.state, made_at = excluded.made_at, features = excluded.features
 where held.made_at <= excluded.made_at
"""
_SHOW = """
update risk.background set outside = (
    select json_agg(json_build_array(r.source, r.state, extract(epoch from r.made_at)::int8,
                                     r.features) order by r.source)::text
      from risk.outside_row r where r.cell = $1 and r.party = $2)
 where cell = $1 and party = $2
"""
_DAYS = """
select q.source, coalesce(q.state, 'unanswered') as state, count(*) as queries,
       sum(q.cost_minor)::int8 as cost_minor,
       count(*) filter (where q.asked_at - q.made_at >= terms.too_old) as stale,
       percentile_disc(0.5) within group (order by
           extract(epoch from q.asked_at - q.made_at) / 86400) as age_days
  from risk.outside_query q
  left join (select source, make_interval(days => days + 1) as too_old
               from unnest($3::text[], $4::int4[]) as own (source, days)) terms
    on terms.source = q.source
 where q.business_date between $1 and $2
 group by q.source, coalesce(q.state, 'unanswered') order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """How the queries of some days to one source ended.

    `stale` answers were too old to be used when they came; `age_days` is the median age of all.
    """

    source: str
    state: str
    queries: int
    cost_minor: int
    stale: int
    age_days: int | None


async def young(
    connection: Connection,
    source: OutsideSource,
    of: tuple[int, int],
    times: tuple[datetime, timedelta],
) -> Heard | None:
    """Return what (cell, party) was asked so lately that it is not asked for again.

    `times` are now, and how long a query stands that brought nothing or has no answer yet.
    """
    at, pace = times
    since = at - timedelta(days=source.ask_again_days)
    states = [one.value for one in STANDING]
    row = await connection.fetchrow(_YOUNG, *of, source.id, states, since, at - pace)
    return None if row is None else Heard(Said(row["state"] or "no_answer"), row["made_at"], {})


async def ask(connection: Connection, source: OutsideSource, query: Query, day: date) -> bool:
    """Write the intent and its cost; False: the day's budget is spent, which is written instead."""
    cost_minor = source.cost_minor
    spent = await connection.fetchval(_SPEND, source.id, day, cost_minor, source.budget_day_minor)
    within = spent is not None
    await connection.execute(
        _ASK,
        query.cell,
        query.id,
        query.party,
        source.id,
        query.purpose,
        query.consent_version,
        source.recipient,
        cost_minor if within else 0,
        source.charged_to,
        day,
        query.asked_at,
        None if within else Said.OVER_BUDGET.value,
        None if within else query.asked_at,
    )
    return within


async def answer(connection: Connection, query: Query, said: Heard, at: datetime) -> None:
    """Write what came, once, and let it stand for decisions where it says something."""
    of = query.cell, query.id, query.party
    if await connection.fetchval(_ANSWER, *of, said.state.value, at, said.made_at) is None:
        return  # it was answered before
    if said.state not in STANDING:
        return
    whose, features = (query.cell, query.party), _written(said.values)
    await connection.execute(_HOLD, *whose)
    await connection.execute(
        _STAND, *whose, query.informant, said.state.value, said.made_at, features
    )
    await connection.execute(_SHOW, *whose)


async def asked_between(
    connection: Connection, sources: Sequence[OutsideSource], days: tuple[date, date]
) -> list[Asked]:
    """Return how the queries of these business days ended, by source and state."""
    names = [one.id for one in sources]
    ages = [one.max_age_days for one in sources]
    return [
        Asked(
            row["source"],
            row["state"],
            row["queries"],
            row["cost_minor"],
            row["stale"],
            None if row["age_days"] is None else int(row["age_days"]),
        )
        for row in await connection.fetch(_DAYS, *days, names, ages)
    ]


def _written(values: Mapping[str, int]) -> str:
    return json.dumps(dict(values), sort_keys=True)
