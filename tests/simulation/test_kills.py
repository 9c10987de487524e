"""kill -9 of the server and of PostgreSQL while real applications are replayed.

Afterwards: no acknowledged application is lost or doubled, each has the answer that was given, and
the ledger balances. `make sim SEED=n KILLS=n`; the seed is printed.
"""

import asyncio
import json
import os
import random
import time

import pytest

from tongtu.replay.api import FILE_NAME, Plan, read_applicants, replay

from .served import Server, ask

DRAWN = time.time_ns() % 1_000_000  # house: test-clock - the seed it draws is printed
SEED = int(os.environ.get("SEED") or DRAWN)
KILLS = int(os.environ.get("KILLS") or 5)
APPLICATIONS = 60

pytestmark = pytest.mark.slow


@pytest.fixture
def server(home):
    own = Server(home)
    try:
        own.start()
        yield own
    finally:
        own.stop()


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(server):
    draw = random.Random(SEED)
    unseen = read_applicants(server.home / "data" / FILE_NAME, training=False)[:APPLICATIONS]
    operator = json.loads((server.home / "demo-logins.json").read_text())["operator"]
    url = server.url
    done = {"steps": 0, "kills": 0}
    stepped = asyncio.Event()

    def progress(name, finished, total):
        done["steps"] += 1
        stepped.set()

    async def nemesis():
        while done["kills"] < KILLS:
            seen = done["steps"]
            wanted = seen + draw.randrange(5, 60)
            while done["steps"] < wanted:
                stepped.clear()
                await stepped.wait()
            victim = server.kill_server if draw.random() < 0.5 else server.kill_postgres
            await asyncio.to_thread(victim)
            done["kills"] += 1

    async def scenario():
        killer = asyncio.create_task(nemesis())
        plan = Plan(run=f"kill{SEED}", operator_token=operator, concurrency=8, months=1)
        outcome = await replay(url, unseen, plan, progress)
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        return outcome

    outcome = asyncio.run(scenario())
    print(f"seed {SEED}: {done['kills']} kills, {outcome.retries} requests sent again")

    assert done["kills"] >= KILLS, f"seed {SEED}: the replay ended before all kills"
    assert [case.error for case in outcome.cases if case.error] == [], f"seed {SEED}"
    for case in outcome.cases:
        found = ask(url, f"/v1/applications/{case.answer['application']}", case.token)
        assert found["decision"] == case.answer["decision"], f"seed {SEED}"
        assert found["outcome"] == case.answer["outcome"], f"seed {SEED}"
        mine = ask(url, "/v1/applications", case.token)["items"]
        assert [item["application"] for item in mine] == [case.answer["application"]]
    live = ask(url, "/v1/insight/live", operator)
    assert live["funnel"]["submitted"] == APPLICATIONS, f"seed {SEED}"
    assert (live["ledger"]["sum_minor"], live["ledger"]["differences"]) == (0, 0), f"seed {SEED}"
