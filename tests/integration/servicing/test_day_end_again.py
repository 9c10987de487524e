"""Day ends after something was lost: files, a machine, a database that was put back."""

from __future__ import annotations

import asyncio
import json

import polars as pl
import pytest

from tongtu.ledger.api import balances_equal_replay
from tongtu.servicing.api import Money, record_repayment
from tongtu.servicing.flow import chunk as chunk_flow
from tongtu.servicing.flow import day as day_flow
from tongtu.servicing.rules.chunk import WIDTH
from tongtu.servicing.store.segment_file import CHECK_BYTES


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(day_flow, "CHUNK", 2)
    monkeypatch.setattr(day_flow, "WORKERS", 1)


def _is_whole(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return (await balances_equal_replay(connection)).is_whole

    return house.run(read())


def _segments(house):
    return sorted((house.runtime.settings.home / "segments").rglob("*.segments"))


def _buckets(house):
    rows = house.fetch("select loan, bucket from servicing.delinquency order by loan")
    return {row["loan"]: row["bucket"] for row in rows}


def test_a_late_loan_that_was_settled_is_late_no_more_though_the_segments_were_lost(house):
    settled, late = house.lend(), house.lend()
    house.close(40)
    assert _buckets(house) == {settled.id: 1, late.id: 1}
    house.repay(settled.id, 3_100_000)
    for file in _segments(house):
        file.unlink()

    house.close()

    assert _buckets(house) == {late.id: 1}


def _read_whole(monkeypatch):
    """Note each range whose loans were all read anew."""
    read_all, parts = chunk_flow._read_all, []

    async def noted(run, part):
        parts.append(part.nr)
        return await read_all(run, part)

    monkeypatch.setattr(chunk_flow, "_read_all", noted)
    return parts


def test_a_day_end_after_a_new_start_of_the_machine_reads_only_what_changed(house, monkeypatch):
    for _ in range(3):
        house.lend()
    house.close(2)
    read = _read_whole(monkeypatch)
    (file,) = _segments(house)
    header, _, columns = file.read_bytes().partition(b"\n")
    # As an earlier start has left it: nothing in it may name that start.
    assert set(json.loads(header)) == {"layout", "width", "token", "loans", "kinds", "pairs"}
    kinds = json.loads(header)["kinds"]
    assert len(kinds) == WIDTH
    assert len(columns) == CHECK_BYTES + 3 * sum(int(kind[2:]) for kind in kinds if kind)

    closed = house.close()

    assert read == []
    assert (closed.loans, closed.accrued_minor) == (3, 3 * 600)


def test_segments_of_which_the_disk_lost_a_part_are_not_believed(house, monkeypatch):
    for _ in range(3):
        house.lend()
    house.close(2)
    read = _read_whole(monkeypatch)
    (file,) = _segments(house)
    whole = file.read_bytes()
    file.write_bytes(whole[:-16] + bytes(16))  # as long as it was: its end was never written

    closed = house.close()

    assert read == [0]
    assert (closed.loans, closed.accrued_minor) == (3, 3 * 600)
    assert _is_whole(house)


def test_once_a_chunk_fails_none_is_begun_and_the_one_in_hand_is_over_before_it_is_told(
    house, monkeypatch
):
    monkeypatch.setattr(day_flow, "CHUNK", 1)
    for _ in range(4):
        house.lend()
    run_chunk = day_flow.run_chunk
    begun, over, others_turn = [], [], asyncio.Event()

    async def failing(run, part):
        begun.append(part.nr)
        if part.nr == 0:
            await others_turn.wait()
            raise ConnectionError("the machine is gone")
        others_turn.set()
        done = await run_chunk(run, part)
        over.append(part.nr)
        return done

    monkeypatch.setattr(day_flow, "run_chunk", failing)
    with pytest.raises(ConnectionError):
        house.close()

    assert (begun, over) == ([0, 1], [1])
    monkeypatch.setattr(day_flow, "run_chunk", run_chunk)
    assert house.close().loans == 4
    assert _is_whole(house)


def test_a_cut_off_day_end_of_a_database_that_was_put_back_misses_no_payment(
    house, small_chunks, monkeypatch
):
    loans = [house.lend() for _ in range(4)]
    house.close(2)
    run_chunk = day_flow.run_chunk

    async def cut_off(run, part):
        if part.nr == 1:
            raise ConnectionError("the machine is gone")
        return await run_chunk(run, part)

    monkeypatch.setattr(day_flow, "run_chunk", cut_off)
    with pytest.raises(ConnectionError):
        house.close()
    monkeypatch.setattr(day_flow, "run_chunk", run_chunk)

    async def put_back():
        """Written back into a new server, rows keep what the old one's transactions were called."""
        async with house.runtime.database.transaction() as connection:
            await connection.execute("update servicing.day_chunk set horizon = horizon + 1000000")

    house.run(put_back())
    house.repay(loans[0].id, 259_857)

    closed = house.close()

    assert sum(line.principal_minor for line in closed.lines) == 4 * 3_000_000 - 241_857
    assert _is_whole(house)


def test_a_held_grade_is_in_the_evidence_though_its_loan_was_paid_amid_the_close(
    house, monkeypatch
):
    loan = house.lend()
    house.close((loan.terms.rows[0].due_date - house.today()).days + 101)
    run_chunk = day_flow.run_chunk

    async def paid_after(run, part):
        done = await run_chunk(run, part)
        money = Money(house.new(), 1_100_000, run.day)
        async with house.runtime.database.transaction() as connection:
            await record_repayment(connection, house.runtime, 0, loan.id, money)
        return done

    monkeypatch.setattr(day_flow, "run_chunk", paid_after)
    closed = house.close()

    folder = house.runtime.settings.home / "day-ends" / "cell-0" / closed.day.isoformat()
    parts = {path.stem: pl.read_parquet(path).to_dicts() for path in folder.glob("*.parquet")}
    stood = {name: rows[0]["grade"] for name, rows in parts.items()}
    assert stood["part-00000"] >= 2
    assert parts["late"][0]["dpd"] == 0
    assert stood["late"] == 2
