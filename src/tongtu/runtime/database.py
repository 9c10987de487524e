"""The door to PostgreSQL: short transactions from a pool, and unpooled connections for lanes.

Only this package commits. Reads that show money go to the writer as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias, cast

import asyncpg

from tongtu.kernel.errors import DeadlinePassed, NotReady, Overloaded

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_TIMEOUT_S = 10
# Beyond the server's own limit, so that the server's error arrives first when it is alive.
_COMMAND_GRACE_S = 5
LOCK_TIMEOUT_S = 10
IDLE_TRANSACTION_TIMEOUT_S = 60
ACQUIRE_TIMEOUT_S = 10
RETRY_AFTER_S = 1

# What leaves the effect of the last statement unknown.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    # The driver's own words when a server dies under a statement and the rollback follows it.
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)
# What an attempt to connect may meet.
UNREACHABLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


def is_lost(connection: Connection, fault: BaseException) -> bool:
    """Tell whether `fault` leaves the effect of the last statement unknown."""
    return isinstance(fault, LOST) or connection.is_closed()


def _is_gone(connection: Connection, fault: BaseException) -> bool:
    try:
        return is_lost(connection, fault)
    except asyncpg.InterfaceError:  # a pooled one that died was taken back already
        return True


async def _leave_as_it_is(_: Connection) -> None:
    """Spare each transaction the driver's reset, a trip of its own that clears what we never set.

    Everything here happens in transactions; locks and settings end with theirs, and the driver
    itself rolls back what was left open.
    """


class Database:
    """Connections to one PostgreSQL database."""

    def __init__(self, dsn: str, *, pool_max: int = 16, statement_timeout_s: int = 60) -> None:
        self._dsn = dsn
        self._pool_max = pool_max
        self._statement_timeout_s = statement_timeout_s
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @property
    def dsn(self) -> str:
        """The address, password included: for PostgreSQL's own tools, never for a log."""
        return self._dsn

    async def open(self) -> None:
        """Open the pool; the first connection is made here so that a wrong address shows now."""
        if self._pool is None:
            pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=self._pool_max,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=self._statement_timeout_s + _COMMAND_GRACE_S,
                server_settings=self._server_settings(),
                reset=_leave_as_it_is,
            )
            async with pool.acquire():
                self._pool = pool

    async def close(self) -> None:
        """Close the pool, waiting for connections in use."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Yield a connection in a transaction: committed at exit, undone by an exception.

        Raises:
            NotReady, Overloaded: no connection is to be had; nothing was done.
            DeadlinePassed: the connection was lost; the effect is unknown until asked again.
        """
        async with self._session() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Yield a connection in a read-only transaction that sees one moment of the data."""
        async with (
            self._session() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def look(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of one statement that reads: it sees one moment without a transaction.

        Raises as `transaction` does.
        """
        async with self._session() as connection:
            return list(await connection.fetch(query, *values))

    async def lane_connection(self) -> Connection:
        """Make an unpooled connection with generic plans; its owner closes it."""
        settings = self._server_settings() | {"plan_cache_mode": "force_generic_plan"}
        return await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=self._statement_timeout_s + _COMMAND_GRACE_S,
            server_settings=settings,
        )

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Connection]:
        pool = self._open_pool()
        try:
            session = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except TimeoutError:
            raise Overloaded(
                "every database connection is in use; try again", retry_after_s=RETRY_AFTER_S
            ) from None
        except UNREACHABLE as fault:
            raise NotReady(
                f"the database does not answer ({type(fault).__name__}); try again",
                retry_after_s=RETRY_AFTER_S,
            ) from fault
        connection = cast("Connection", session)
        try:
            yield connection
        except UNREACHABLE as fault:
            if not _is_gone(connection, fault):
                raise
            raise DeadlinePassed(
                "the database was lost on the way; ask again with the same key"
            ) from fault
        finally:
            # What happened to the work is known by now; a connection that dies while it is reset
            # is dropped by the pool and is nobody's error.
            with suppress(*UNREACHABLE):
                await pool.release(session)

    def _open_pool(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    def _server_settings(self) -> dict[str, str]:
        return {
            "application_name": "tongtu",
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": f"{self._statement_timeout_s}s",
            "lock_timeout": f"{LOCK_TIMEOUT_S}s",
            "idle_in_transaction_session_timeout": f"{IDLE_TRANSACTION_TIMEOUT_S}s",
        }
