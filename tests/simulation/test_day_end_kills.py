"""kill -9 of a closing process, and of its database sessions, at random points of many day ends.

A twin of the same books is closed undisturbed. Afterwards both have the same transfers with the
same ids, the same balances, days, evidence roots and standings. `make sim SEED=n KILLS=n`.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from tests.integration.servicing.conftest import House

REPOSITORY = Path(__file__).resolve().parents[2]
CLOSER = Path(__file__).with_name("closer.py")
DRAWN = time.time_ns() % 1_000_000  # house: test-clock - the seed it draws is printed
SEED = int(os.environ.get("SEED") or DRAWN)
KILLS = 2 * int(os.environ.get("KILLS") or 20)
DAYS_MAX = 2_000
TIMEOUT_S = 120

pytestmark = pytest.mark.slow

BOOKS = {
    "balances": "select id, balance_minor from ledger.account order by id",
    "transfers": "select id, debit, credit, amount_minor, code, business_date from ledger.transfer"
    " order by id",
    "days": "select business_date, step, loans, accrued_minor, body from servicing.day_end"
    " where step = 'closed' order by business_date",
    "standings": "select * from servicing.delinquency order by loan",
    "leaves": "select kinds, subjects from evidence.batch order by subjects",
}
END_SESSIONS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'"


def start(dsn, home, through):
    return subprocess.Popen(
        [sys.executable, str(CLOSER), dsn, str(home), through.isoformat()],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def let_work(closer, draw):
    """Let it work for a moment, unless it ends by itself."""
    with suppress(subprocess.TimeoutExpired):
        closer.wait(draw.random() * 0.25)


async def ask(dsn, statement):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


def test_a_day_end_killed_anywhere_and_started_again_gives_the_books_of_one_that_was_not(
    runtime, run, postgres, database_url, tmp_path
):
    draw = random.Random(SEED)
    house = House(runtime, run)
    for _ in range(20):
        house.lend(
            draw.randrange(100_000, 9_000_000),
            draw.randrange(300, 1600),
            draw.choice([3, 6, 12]),
            fee=draw.choice([0, 777]),
            lender=draw.choice([1, 2, 3]),
            product=draw.randrange(2),
        )
    far = house.today() + timedelta(days=DAYS_MAX)
    run(runtime.database.close())
    name = run(ask(database_url, "select current_database()"))[0][0]
    twin, admin = postgres.address(f"{name}_twin"), postgres.address("postgres")
    run(ask(admin, f"create database {name}_twin template {name}"))
    kills = {"process": 0, "sessions": 0}
    try:
        while sum(kills.values()) < KILLS:
            closer = start(database_url, tmp_path / "killed", far)
            # The first line shows that it closes days; from there on it may die anywhere.
            assert closer.stdout.readline(), closer.stderr.read()
            let_work(closer, draw)
            victim = draw.choice(list(kills))
            if victim == "sessions":
                run(ask(admin, END_SESSIONS.format(name)))
                let_work(closer, draw)
            closer.send_signal(signal.SIGKILL)
            closer.communicate(timeout=TIMEOUT_S)
            kills[victim] += 1
        through = run(ask(database_url, "select date from runtime.business_day"))[0][0]
        for dsn, home in ((database_url, "killed"), (twin, "calm")):
            closer = start(dsn, tmp_path / home, through)
            _, said = closer.communicate(timeout=TIMEOUT_S)
            assert closer.returncode == 0, said
        days = run(ask(twin, "select from servicing.day_end where step = 'closed'"))
        print(f"seed {SEED}: {kills} over {len(days)} day ends")

        assert len(days) > KILLS, f"seed {SEED}"
        for what, statement in BOOKS.items():
            undisturbed, killed = run(ask(twin, statement)), run(ask(database_url, statement))
            assert killed == undisturbed, f"seed {SEED}: {what}"
    finally:
        run(ask(admin, f"drop database {name}_twin with (force)"))
