"""The runtime opens in order or not at all: schema, keys, business day, ids that never repeat."""

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import asyncpg
import pytest

from tongtu.kernel.errors import Broken, Conflict, DeadlinePassed, NotReady, Overloaded
from tongtu.kernel.ids import EPOCH_MS, IdSource
from tongtu.runtime import database as database_module
from tongtu.runtime import idmark as idmark_module
from tongtu.runtime.api import (
    Database,
    EmbeddedPostgres,
    Settings,
    SystemClock,
    advance_business_date,
    business_date,
    migrate,
    open_business_day,
    open_runtime,
    readiness,
    ready,
    until_stopped,
)
from tongtu.runtime.idmark import AHEAD_MS, IdMark
from tongtu.runtime.opened import check_version

DAY = date(2026, 11, 24)


@pytest.fixture
def settings(database_url, tmp_path):
    return replace(Settings(), home=tmp_path / "home", dsn=database_url, cells=16)


async def fetch(database, sql, *arguments):
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(sql, *arguments)]


def test_an_opened_runtime_is_ready_and_puts_a_party_in_its_cell(settings, run):
    async def case():
        async with open_runtime(settings) as runtime:
            party = runtime.ids.new(4095)
            assert runtime.cell(party) == 15
            assert runtime.public.read("party", runtime.public.show("party", party)) == party
            assert isinstance(runtime.clock, SystemClock)
            return await readiness(runtime), await ready(runtime)

    assert run(case()) == ({"database": "ok", "schema": "ok", "business_day": "ok"}, True)


def test_keys_of_another_installation_stop_the_start(settings, run):
    async def case():
        async with open_runtime(settings):
            pass
        (settings.home / "keys" / "root.key").unlink()
        async with open_runtime(settings):
            pass

    with pytest.raises(Broken, match="restore it from a backup"):
        run(case())


def test_a_database_keeps_its_mark_and_another_under_the_same_root_key_has_another(
    settings, postgres, administer, run
):
    """What a demo sealed under a home's root key must open nothing in the database of later."""

    async def mark(of):
        async with open_runtime(of) as runtime:
            return runtime.token_mark

    first, again = run(mark(settings)), run(mark(settings))
    administer("create database beside template template_tongtu strategy file_copy")
    try:
        other = run(mark(replace(settings, dsn=postgres.address("beside"))))
    finally:
        administer("drop database beside with (force)")

    assert (len(first), first == again, first == other) == (16, True, False)


def test_a_database_of_before_is_given_its_mark_at_the_next_start(settings, run):
    async def case():
        async with (
            open_runtime(settings) as runtime,
            runtime.database.transaction() as connection,
        ):
            await connection.execute("update runtime.installation set token_mark = null")
        async with open_runtime(settings) as runtime, runtime.database.reading() as connection:
            stored = await connection.fetchval("select token_mark from runtime.installation")
            return stored, runtime.token_mark

    stored, known = run(case())

    assert (len(stored), stored) == (16, known)


def test_a_server_too_old_is_refused_before_anything_is_written():
    for major in (14, 15):
        server = SimpleNamespace(
            get_server_version=lambda major=major: SimpleNamespace(major=major)
        )
        if major == 15:
            check_version(server)
        else:
            with pytest.raises(Broken, match="PostgreSQL 14 is too old; 15 or later"):
                check_version(server)


def test_another_number_of_cells_than_the_datas_stops_the_start(settings, run):
    async def case():
        async with open_runtime(settings):
            pass
        async with open_runtime(replace(settings, cells=1)):
            pass

    with pytest.raises(Broken, match="set TONGTU_CELLS=16"):
        run(case())


def test_a_restart_gives_other_ids_even_with_the_clock_set_back(runtime, run):
    now = [EPOCH_MS + 5_000_000]

    async def start(holder):
        mark = IdMark(runtime.database, 3, holder, lambda: now[0])
        await mark.start()
        await mark.stop()
        return IdSource(mark.now_ms, 3)

    first = run(start(1))
    made = [first.new(1) for _ in range(300)]
    now[0] -= 3_600_000
    second = run(start(2))
    made += [second.new(1) for _ in range(300)]

    assert len(set(made)) == 600
    assert made == sorted(made)
    assert (second.new(1) >> 22) - (made[0] >> 22) == AHEAD_MS + 2  # two ms were borrowed
    now[0] += 7_200_000
    assert second.new(1) >> 22 == now[0] - EPOCH_MS


def test_a_generator_taken_by_a_second_process_is_noticed_by_the_first(runtime, run):
    async def case():
        marks = [IdMark(runtime.database, 3, holder, lambda: EPOCH_MS) for holder in (1, 2)]
        async with runtime.database.transaction() as connection:
            floors = [await mark.take(connection) for mark in marks]
            await marks[1].renew(connection)
        async with runtime.database.transaction() as connection:
            with pytest.raises(Conflict, match="TONGTU_GENERATOR"):
                await marks[0].renew(connection)
        return floors

    assert run(case()) == [EPOCH_MS, EPOCH_MS + AHEAD_MS]


def test_a_process_whose_generator_was_taken_is_told_by_itself(runtime, run, monkeypatch):
    monkeypatch.setattr(idmark_module, "RENEW_S", 0)

    async def case():
        lost = asyncio.Event()
        first = IdMark(runtime.database, 3, 1, lambda: EPOCH_MS, on_lost=lost.set)
        await first.start()
        second = IdMark(runtime.database, 3, 2, lambda: EPOCH_MS)
        async with runtime.database.transaction() as connection:
            await second.take(connection)
        await asyncio.wait_for(lost.wait(), 20)
        await first.stop()

    run(case())


def test_the_business_day_moves_forward_once_and_only_from_the_day_that_is_open(runtime, run):
    async def case():
        async with runtime.database.transaction() as connection:
            assert await business_date(connection) == DAY
            assert await open_business_day(connection, date(2020, 1, 1)) == DAY
        nexts = [date(2026, 11, 25), date(2026, 11, 26)]

        async def advance(to):
            async with runtime.database.transaction() as connection:
                return await advance_business_date(connection, DAY, to)

        moved = await asyncio.gather(*map(advance, nexts))
        assert sorted(moved) == [False, True]
        async with runtime.database.transaction() as connection:
            assert await business_date(connection) == nexts[moved.index(True)]
            for to in (DAY, date(2026, 11, 23)):
                with pytest.raises(ValueError, match="only moves forward"):
                    await advance_business_date(connection, DAY, to)

    run(case())


def test_without_a_business_day_the_platform_says_so(runtime, run):
    async def case():
        async with runtime.database.transaction() as connection:
            await connection.execute("delete from runtime.business_day")
            with pytest.raises(NotReady):
                await business_date(connection)
        return await readiness(runtime)

    assert run(case())["business_day"] == "no business day is open yet"


def test_an_older_schema_and_a_silent_database_are_not_ready(runtime, run):
    async def case():
        async with runtime.database.transaction() as connection:
            await connection.execute("update alembic_version set version_num = '0001'")
        old = await readiness(runtime)
        await runtime.database.close()
        gone = Database("postgresql://tongtu:x@/none?host=/nonexistent")
        with pytest.raises(OSError, match="No such file"):
            await gone.open()
        return old

    assert run(case())["schema"].startswith("at 0001, needs 0")


def test_two_processes_that_migrate_at_once_do_it_once(postgres, run):
    async def case():
        administrator = await asyncpg.connect(postgres.address("postgres"))
        await administrator.execute("create database test_migrations")
        database = Database(postgres.address("test_migrations"))
        reached = await asyncio.gather(migrate(database), migrate(database))
        await database.open()
        tables = await fetch(
            database, "select count(*) from pg_tables where schemaname = 'runtime'"
        )
        again = await migrate(database)
        await database.close()
        await administrator.execute("drop database test_migrations with (force)")
        await administrator.close()
        return reached, again, tables

    reached, again, tables = run(case())
    assert reached == [again, again]
    assert tables == [(8,)]


def test_the_key_of_every_table_with_a_cell_begins_with_it(runtime, run):
    sql = """
    select c.oid::regclass::text, a.attname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute own on own.attrelid = c.oid and own.attname = 'cell' and not own.attisdropped
    left join pg_index i on i.indrelid = c.oid and i.indisprimary
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
    """
    # How far the one reader of a log has come: a cell stands there as a value.
    positions = {
        ("runtime.inbox", "handler"),
        ("runtime.retry", "handler"),
        ("evidence.cursor", "is_only"),
    }

    found = run(fetch(runtime.database, sql))

    assert ("runtime.command", "cell") in found
    assert {row for row in found if row[1] != "cell"} == positions


def test_a_transaction_commits_at_its_end_and_an_exception_undoes_it(runtime, run):
    insert = "insert into runtime.id_mark values ($1, 1, 1)"

    async def case():
        async with runtime.database.transaction() as connection:
            await connection.execute(insert, 1)
        with pytest.raises(KeyError):
            async with runtime.database.transaction() as connection:
                await connection.execute(insert, 2)
                raise KeyError
        with pytest.raises(Exception, match="read-only transaction"):
            async with runtime.database.reading() as connection:
                await connection.execute(insert, 3)
        return await fetch(runtime.database, "select generator from runtime.id_mark")

    assert run(case()) == [(1,)]


def test_a_full_pool_and_a_lost_session_are_told_apart(runtime, run, monkeypatch):
    insert = "insert into runtime.id_mark values (5, 1, 1)"

    async def case():
        database = Database(runtime.database.dsn, pool_max=1)
        await database.open()
        async with database.transaction():
            # Short for the full pool alone: the lost session's successor may take its time.
            with monkeypatch.context() as patch, pytest.raises(Overloaded) as full:
                patch.setattr(database_module, "ACQUIRE_TIMEOUT_S", 0.05)
                async with database.transaction():
                    pass
        with pytest.raises(DeadlinePassed):
            async with database.transaction() as connection:
                await connection.execute(insert)
                await connection.fetchval("select pg_terminate_backend(pg_backend_pid())")
        found = await fetch(database, "select generator from runtime.id_mark")  # it mends itself
        await database.close()
        return full.value.retry_after_s, found

    assert run(case()) == (1, [])


def test_a_transaction_that_was_cut_off_leaves_its_connection_as_it_was(runtime, run):
    async def case():
        database = Database(runtime.database.dsn, pool_max=1)
        await database.open()
        asked = asyncio.Event()

        async def cut_off():
            async with database.transaction() as connection:
                await connection.execute("set local statement_timeout = '61s'")
                await connection.execute("select pg_advisory_xact_lock(4711)")
                await connection.execute("insert into runtime.id_mark values (6, 1, 1)")
                asked.set()
                await connection.execute("select pg_sleep(60)")

        task = asyncio.create_task(cut_off())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.transaction() as connection:
            timeout = await connection.fetchval("show statement_timeout")
            locks = await connection.fetchval(
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711"
            )
        found = await fetch(database, "select generator from runtime.id_mark")
        await database.close()
        return timeout, locks, found

    assert run(case()) == ("1min", 0, [])


def test_a_stopped_server_is_not_ready_and_a_started_one_is_again(tmp_path, run):
    async def case():
        server = EmbeddedPostgres(tmp_path, shared_mb=16, options={"fsync": "off"})
        await server.start()
        database = Database(server.dsn)
        await database.open()
        await server.stop()
        with pytest.raises(NotReady) as away:
            async with database.transaction():
                pass
        await server.start()
        found = await fetch(database, "select 1")
        await database.close()
        await server.stop()
        return away.value.status, found

    assert run(case()) == (503, [(1,)])


def test_a_lane_connection_has_generic_plans_and_bounded_waits(runtime, run):
    async def case():
        connection = await runtime.database.lane_connection()
        names = "plan_cache_mode jit timezone statement_timeout lock_timeout idle_in_transaction_session_timeout"
        found = [await connection.fetchval(f"show {name}") for name in names.split()]
        await connection.close()
        return found

    assert run(case()) == ["force_generic_plan", "off", "UTC", "1min", "10s", "1min"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_is_an_event_once_and_then_the_systems_own(run, number):
    before = signal.getsignal(number)

    async def case():
        async with until_stopped() as stop:
            assert stop.is_set() is False
            os.kill(os.getpid(), number)
            await asyncio.wait_for(stop.wait(), 5)
            return asyncio.get_running_loop().remove_signal_handler(number)

    assert run(case()) is False
    signal.signal(number, before)


def test_the_systems_clock_is_utc_and_monotonic():
    clock = SystemClock()  # house: test-clock - it is what is shown

    assert clock.now().tzinfo is UTC
    assert clock.now() > datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.monotonic_s() <= clock.monotonic_s()
