"""Opens the machine below the platform in order, and closes it in the other order."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.runtime.business_day import open_business_day
from tongtu.runtime.database import Connection, Database
from tongtu.runtime.idmark import IdMark
from tongtu.runtime.keys import Keys, load_root
from tongtu.runtime.migrate import migrate
from tongtu.runtime.postgres import EmbeddedPostgres
from tongtu.runtime.runtime import PUBLIC_ID_KEY, Runtime
from tongtu.runtime.seams import Entropy, SystemClock, SystemEntropy, system_ms
from tongtu.runtime.settings import Settings

SERVER_MIN = 15
_HOLDER_BITS = 62
_MARK_BYTES = 16


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Yield a runtime over a running, migrated database; stop what was started at exit.

    Raises:
        Broken: the server, a migration or the keys are not in order; the message says the mend.
    """
    entropy, clock = SystemEntropy(), SystemClock()
    settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
    keys = Keys(load_root(settings.home, entropy), entropy, settings.home)
    async with AsyncExitStack() as stack:
        dsn = settings.dsn or await _embedded(settings, stack)
        database = Database(
            dsn, pool_max=settings.pool_max, statement_timeout_s=settings.statement_timeout_s
        )
        await database.open()
        stack.push_async_callback(database.close)
        async with database.reading() as connection:
            check_version(connection)
        await migrate(database)
        async with database.transaction() as connection:
            token_mark = await check_installation(connection, keys, entropy, settings.cells)
            await open_business_day(connection, business_date_of(clock.now(), settings.zone))
        holder = int.from_bytes(entropy.bytes(8), "big") >> (64 - _HOLDER_BITS)
        mark = IdMark(database, settings.generator, holder, system_ms, on_lost=_stop_process)
        await mark.start()
        stack.push_async_callback(mark.stop)
        yield Runtime(
            settings=settings,
            database=database,
            clock=clock,
            ids=IdSource(mark.now_ms, settings.generator),
            public=PublicIds(keys.derive(PUBLIC_ID_KEY)),
            keys=keys,
            entropy=entropy,
            token_mark=token_mark,
        )


def check_version(connection: Connection) -> None:
    """See that the server is new enough. Raises Broken."""
    found = connection.get_server_version().major
    if found < SERVER_MIN:
        raise Broken(f"PostgreSQL {found} is too old; {SERVER_MIN} or later is needed")


async def check_installation(
    connection: Connection, keys: Keys, entropy: Entropy, cells: int
) -> bytes:
    """See that keys and cells are those the data was written under; the first start notes them.

    Returns the mark of this database, drawn at its first start.

    Raises:
        Broken: they are others; going on would write data that nobody can read together.
    """
    mark = keys.blind("key_check", "tongtu")
    await connection.execute(
        "insert into runtime.installation (key_mark, cells) values ($1, $2) on conflict do nothing",
        mark,
        cells,
    )
    await connection.execute(
        "update runtime.installation set token_mark = $1 where token_mark is null",
        entropy.bytes(_MARK_BYTES),
    )
    row = await connection.fetchrow("select key_mark, cells, token_mark from runtime.installation")
    if row is None or row["key_mark"] != mark:
        raise Broken(
            "keys/root.key is not the key this database was sealed with; restore it from a backup"
        )
    if row["cells"] != cells:
        raise Broken(f"this database has {row['cells']} cells; set TONGTU_CELLS={row['cells']}")
    return bytes(row["token_mark"])


def _stop_process() -> None:
    # Ids might meet those of the newcomer once our reservation is over: stop while they cannot.
    signal.raise_signal(signal.SIGTERM)


async def _embedded(settings: Settings, stack: AsyncExitStack) -> str:
    server = EmbeddedPostgres(
        settings.home,
        user=settings.postgres_user,
        port=settings.postgres_port,
        shared_mb=settings.postgres_shared_mb,
    )
    dsn = await server.start()
    stack.push_async_callback(server.stop)
    server.watch()
    return dsn
