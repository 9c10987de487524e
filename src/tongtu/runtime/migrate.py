"""Brings a database to the newest schema; forward only, one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SqlConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tongtu.kernel.errors import Broken
from tongtu.runtime.database import Connection, Database

# Waits for locks are short, so that a migration under load gives way instead of stopping traffic.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"
# The newest revision of the program at hand.
HEAD = "head"
_ONE_AT_A_TIME = 7_205_759_403  # key of the advisory lock that migrations hold


async def migrate(database: Database, to: str = HEAD) -> str:
    """Apply what is missing up to a revision and return the one reached.

    Raises:
        Broken: the database refused a migration (nothing of that migration stays).
    """
    # The pool of our own opens connections by DSN, which knows socket folders with spaces.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=database.lane_connection, poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, to)
            await connection.commit()
    except DBAPIError as error:
        raise Broken(f"a migration failed: {error.orig}") from error
    finally:
        await engine.dispose()
    return newest() if to == HEAD else to


def newest() -> str:
    """Return the revision the program at hand needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def current(connection: Connection) -> str | None:
    """Return the revision the database is at, None for an empty one."""
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("select version_num from alembic_version")
    return found


def _config() -> Config:
    config = Config()
    # Set as an attribute, not through the ini parser: a path may hold a percent sign.
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    return config


def _upgrade(connection: SqlConnection, to: str) -> None:
    connection.exec_driver_sql(f"set statement_timeout = '{STATEMENT_TIMEOUT}'")
    connection.exec_driver_sql(f"select pg_advisory_lock({_ONE_AT_A_TIME})")
    connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
