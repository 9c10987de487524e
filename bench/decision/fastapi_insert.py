"""The baseline: FastAPI, pydantic, an asyncpg pool of 16 and one INSERT a request. uvloop, and the
same server settings (synchronous_commit=on) as the whole decision."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

TABLE = """
create schema if not exists bench;
create table if not exists bench.plain (
    id uuid primary key, body jsonb not null, at timestamptz not null default clock_timestamp()
)
"""
Fen = Annotated[int, Field(ge=0, le=10**12)]


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid")
    income_minor: Fen | None
    expenses_minor: Fen
    assets_minor: Fen | None
    debt_minor: Fen | None
    price_minor: Fen
    seniority_years: Annotated[int, Field(ge=0, le=80)]
    home: Annotated[str, Field(max_length=16)]
    job: Annotated[str, Field(max_length=16)]
    records: bool


class Application(BaseModel):
    model_config = ConfigDict(extra="forbid")
    product: Annotated[str, Field(max_length=40)]
    amount_minor: Annotated[int, Field(gt=0, le=10**9)]
    tenor_months: Annotated[int, Field(gt=0, le=120)]
    purpose: Annotated[str, Field(max_length=40)]
    device: Annotated[str, Field(min_length=8, max_length=64)]
    facts: Declared


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool = await asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=16, max_size=16)
    app.state.pool = pool
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/v1/applications", status_code=201)
async def insert(application: Application) -> dict[str, Any]:
    key = uuid.uuid4()
    async with app.state.pool.acquire() as connection:
        await connection.execute(
            "insert into bench.plain (id, body) values ($1, $2)",
            key,
            application.model_dump_json(),
        )
    return {"id": str(key), "amount_minor": application.amount_minor}
