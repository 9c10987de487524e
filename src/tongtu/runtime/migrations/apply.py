"""Runs one visible SQL file inside the migration's transaction."""

from __future__ import annotations

from importlib import resources
from typing import cast

import asyncpg
from alembic import op
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection

from tongtu.kernel.errors import Broken
from tongtu.runtime.database import Connection


def apply_file(context: str, name: str) -> None:
    """Execute `src/tongtu/<context>/sql/<name>`, which may hold many statements."""
    sql = resources.files(f"tongtu.{context}").joinpath("sql", name).read_text(encoding="utf-8")
    bind = op.get_bind()
    # The adapter opens its transaction with the first statement; the file must run inside it.
    bind.exec_driver_sql("select 1")
    adapted = cast("AsyncAdapt_asyncpg_connection", bind.connection.dbapi_connection)

    async def run(connection: Connection) -> None:
        if not connection.is_in_transaction():
            raise RuntimeError(f"migration {name} would run outside its transaction")
        try:
            await connection.execute(sql)
        except asyncpg.PostgresError as error:
            raise Broken(f"migration {context}/sql/{name}: {error}") from error

    adapted.run_async(run)
