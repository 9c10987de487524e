"""What was signed on a day is found without reading what was signed on all others."""

from __future__ import annotations

import json
from datetime import date, timedelta

from tongtu.contracts import store

MANY = 3_000
_PAPERS = """
insert into contracts.agreement (cell, id, offer, application, party, lender, status, business_date,
    deal, draft_sha256, signed_sha256, salt, prepared_at, signed_at)
select 0, n, n, n, n, 1, 'signed', $1::date - n, '{}', sha256('draft'), sha256(n::text::bytea), 'x',
    $2, $2
from generate_series(0, $3) n
"""


def test_the_papers_of_a_day_are_found_without_reading_those_of_other_days(runtime, run):
    at, today = runtime.clock.now(), date(2026, 11, 24)

    async def look():
        async with runtime.database.transaction() as connection:
            await connection.execute(_PAPERS, today, at, MANY)
            await connection.execute("analyze contracts.agreement")
            asked = f"explain (analyze, format json) {store._SIGNED_ON}"
            plan = json.loads(await connection.fetchval(asked, 0, today))[0]["Plan"]
            found = await store.signed_on(connection, 0, today - timedelta(days=7))
            return plan, found

    plan, found = run(look())

    assert [one.hex()[:8] for one in found] == ["7902699b"]
    assert plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) == 1
