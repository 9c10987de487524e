"""kill -9 of the workers while cases wait with clocks: each goes to its end once.

`make sim CASES=n KILLS=n`: 1,000 cases and 5 kills unless it says otherwise.
"""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import asyncpg
import pytest
from tests.drafts import Draft

from tongtu.process.api import Asked, Began, Engine, Graphs, compile_process, replay, save
from tongtu.runtime.api import EmbeddedPostgres, Settings, open_runtime

CASES = int(os.environ.get("CASES") or 1_000)
KILLS = int(os.environ.get("KILLS") or 5)
WORKER = Path(__file__).with_name("process_worker.py")
LEFT = "select count(*) from process.instance where state <> 'ended'"

pytestmark = pytest.mark.slow


def waiting():
    """A clock of a second, an effect of ours, an effect of somebody else's, a second clock."""
    draft = Draft()
    draft.node("startEvent", "s")
    draft.timer("first", after="PT1S")
    draft.service("book")
    draft.service("send", own_attempts=20, own_backoff="PT1S")
    draft.timer("second", after="PT1S")
    draft.node("endEvent", "e")
    draft.chain("s", "first", "book", "send", "second", "e")
    return draft.xml()


SOURCE = waiting()


class Worker:
    """A process of the house; its lines are read until it is killed."""

    def __init__(self, dsn, home):
        command = [sys.executable, str(WORKER), dsn, str(home)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def rounds(self, n):
        """Wait for so many rounds; return how many cases and calls they did."""
        done = 0
        while n:
            line = self.process.stdout.readline()
            assert line, "the worker ended by itself"
            if line.startswith("done "):  # what else it says is its log
                n, done = n - 1, done + int(line.split()[1])
        return done

    def kill(self):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


async def begin(dsn, home):
    async with open_runtime(Settings(home=home, dsn=dsn)) as runtime:
        graph, engine = compile_process(SOURCE), Engine(runtime, {}, Graphs())
        async with runtime.database.transaction() as connection:
            await connection.execute("create table booked (instance bigint not null)")
            await save(connection, graph, SOURCE, 0, runtime.clock.now())
            asked = [
                Asked(0, number, Began({}), version=graph.hash) for number in range(1, CASES + 1)
            ]
            await engine.advance(connection, 0, asked)


async def check(dsn, home):
    async with (
        open_runtime(Settings(home=home, dsn=dsn)) as runtime,
        runtime.database.reading() as connection,
    ):
        booked = await connection.fetch("select instance, count(*) from booked group by 1")
        assert {tuple(row) for row in booked} == {(case, 1) for case in range(1, CASES + 1)}
        assert await connection.fetchval("select count(*) from process.task") == 0
        graphs = Graphs()
        for case in range(1, CASES + 1):
            await replay(connection, graphs, 0, case)


async def left_in(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(LEFT)
    finally:
        await connection.close()


def test_every_case_that_waits_ends_once_whoever_is_killed(tmp_path):
    server = EmbeddedPostgres(tmp_path / "server", shared_mb=128)
    asyncio.run(server.start())
    try:
        dsn = server.dsn
        asyncio.run(begin(dsn, tmp_path))
        for kill in range(KILLS):
            # It dies in its next round, which began with the line that was read.
            worker = Worker(dsn, tmp_path)
            worker.rounds(1 + kill)
            worker.kill()
        assert asyncio.run(left_in(dsn)) > 0, "the cases ended before all kills"
        last = Worker(dsn, tmp_path)
        try:
            while asyncio.run(left_in(dsn)):
                last.rounds(1)
        finally:
            last.kill()
        asyncio.run(check(dsn, tmp_path))
    finally:
        asyncio.run(server.stop())

    sent = Counter((tmp_path / "sent").read_text().split())
    assert {key.split("/")[0] for key in sent} == {str(case) for case in range(1, CASES + 1)}
    assert len(sent) == CASES  # one key a case: what was sent twice says so to who gets it
    print(f"{CASES} cases, {KILLS} kills, {sum(sent.values()) - CASES} calls made again")
