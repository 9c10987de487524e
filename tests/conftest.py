"""A real PostgreSQL for the tests that need one, and a runtime whose clock stands still."""

import asyncio
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import asyncpg
import pytest
import structlog

from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.runtime.api import (
    PUBLIC_ID_KEY,
    Database,
    EmbeddedPostgres,
    Keys,
    Runtime,
    SeededEntropy,
    Settings,
    migrate,
    open_business_day,
)

BUSINESS_DATE = date(2026, 11, 24)
# A server that is thrown away need not survive power loss; the durability tests start their own.
THROWN_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "256MB",
}
# A database of its own for each test is a copy of 300 files: 0.01 s in memory, 0.2 s on a disk.
MEMORY = Path("/dev/shm")
MEMORY_FREE_MIN = 2 * 2**30
# Told plainly: by default each fault that a test provokes is drawn with the locals of every frame,
# which takes seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """Start a throw-away server with a migrated template database; stop it by its pid."""
    is_in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_FREE_MIN
    home = Path(
        # The space is on purpose.
        tempfile.mkdtemp(prefix="tongtu test ", dir=MEMORY)
        if is_in_memory
        else tmp_path_factory.mktemp("tongtu test")
    )
    server = EmbeddedPostgres(home, shared_mb=32, options=THROWN_AWAY)

    async def make_template():
        await server.start()
        connection = await asyncpg.connect(server.address("postgres"))
        await connection.execute("create database template_tongtu")
        await connection.close()
        database = Database(server.address("template_tongtu"), pool_max=2)
        await migrate(database)
        await database.open()
        async with database.transaction() as connection:
            await open_business_day(connection, BUSINESS_DATE)
        await database.close()

    try:
        asyncio.run(make_template())
        yield server
    finally:
        asyncio.run(server.stop())
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def administer(postgres):
    """Make and drop databases over one connection: opening one costs as much as a small test."""
    own = asyncio.new_event_loop()
    connection = own.run_until_complete(asyncpg.connect(postgres.address("postgres")))
    yield lambda statement: own.run_until_complete(connection.execute(statement))
    own.run_until_complete(connection.close())
    own.close()


@pytest.fixture
def database_url(postgres, administer):
    """Give the test a migrated database of its own."""
    name = f"test_{next(_numbers)}"
    administer(f"create database {name} template template_tongtu strategy file_copy")
    yield postgres.address(name)
    administer(f"drop database {name} with (force)")


@pytest.fixture
def loop():
    """One event loop for the runtime and the test."""
    own = asyncio.new_event_loop()
    yield own
    with suppress(RuntimeError):
        own.run_until_complete(own.shutdown_default_executor())
    own.close()


@pytest.fixture
def run(loop):
    """Run a coroutine on the test's loop and return its result."""
    return loop.run_until_complete


@pytest.fixture
def runtime(database_url, run, tmp_path):
    """Everything a flow is handed, with a clock that stands still and seeded entropy."""
    clock, entropy = FixedClock(), SeededEntropy(20261124)
    keys = Keys(entropy.bytes(32), entropy)
    made = Runtime(
        settings=replace(Settings(), home=tmp_path, dsn=database_url, demo=True),
        database=Database(database_url, pool_max=8),
        clock=clock,
        ids=IdSource(lambda: int(clock.now().timestamp() * 1000)),
        public=PublicIds(keys.derive(PUBLIC_ID_KEY)),
        keys=keys,
        entropy=entropy,
    )
    run(made.database.open())
    yield made
    run(made.database.close())


_numbers = iter(range(1_000_000))
