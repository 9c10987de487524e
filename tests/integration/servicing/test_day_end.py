from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date, timedelta

import polars as pl
import pytest

from tongtu.evidence.api import leaf_hash, root_of
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import BadInput, Broken, Conflict, NotFound
from tongtu.ledger.api import balances_equal_replay
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Money,
    Roll,
    close_cell,
    find_loan,
    fold,
    progress,
    record_repayment,
    roll_rates,
)
from tongtu.servicing.flow import day as day_flow
from tongtu.servicing.store.day import hold_books

OPENED = date(2026, 11, 24)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(day_flow, "CHUNK", 2)
    monkeypatch.setattr(day_flow, "WORKERS", 1)


def _controls(house):
    return [
        row["balance_minor"]
        for row in house.fetch(
            "select balance_minor from ledger.account where kind in (3, 4, 5) order by id"
        )
    ]


def _parts(house, day):
    folder = house.runtime.settings.home / "day-ends" / "cell-0" / day.isoformat()
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def _is_whole(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return (await balances_equal_replay(connection)).is_whole

    return house.run(read())


async def _pay(house, loan, amount_minor):
    async with house.runtime.database.transaction() as connection:
        today = await business_date(connection)
        money = Money(house.new(), amount_minor, today)
        return await record_repayment(connection, house.runtime, 0, loan, money)


def test_a_payment_and_a_new_loan_amid_the_chunks_are_served_at_once_and_are_in_the_day(
    house, small_chunks, monkeypatch
):
    loans = [house.lend(lender=1 + n % 2) for n in range(6)]
    house.close(40)
    run_chunk, served = day_flow.run_chunk, []

    async def interrupted(run, part):
        done = await run_chunk(run, part)
        if part.nr == 1:  # the first two chunks are counted, the others not yet
            served.append(await _pay(house, loans[0].id, 259_857))
            served.append(await _pay(house, loans[5].id, 3_100_000))
        return done

    monkeypatch.setattr(day_flow, "run_chunk", interrupted)
    closed = house.close()
    monkeypatch.undo()

    assert [one.is_new for one in served] == [True, True]
    assert served[1].is_settled
    outstanding = 6 * 3_000_000 - 241_857 - 3_000_000
    assert sum(line.principal_minor for line in closed.lines) == outstanding
    assert closed.loans == 5
    late = _parts(house, closed.day)["late"]
    assert late["loan"].to_list() == [loans[0].id, loans[5].id]
    assert late["principal_minor"].to_list() == [3_000_000 - 241_857, 0]
    assert late["dpd"].to_list() == [0, 0]
    assert house.close().loans == 5
    assert _is_whole(house)


def test_a_day_end_holds_the_books_only_while_it_posts(house, small_chunks, monkeypatch):
    for _ in range(4):
        house.lend()
    house.close()
    run_chunk, held = day_flow.run_chunk, []

    async def beside(run, part):
        async with house.runtime.database.transaction() as connection:
            await connection.execute("set local lock_timeout = '10ms'")
            await hold_books(connection, 0)  # would fail beside any holder or sharer
            held.append(part.nr)
        return await run_chunk(run, part)

    monkeypatch.setattr(day_flow, "run_chunk", beside)
    house.close()

    assert held == [0, 1, 2]


def test_a_day_end_that_was_cut_off_goes_on_behind_its_last_chunk(house, small_chunks, monkeypatch):
    for _ in range(7):
        house.lend()
    house.close(3)
    before, run_chunk, ran = _controls(house), day_flow.run_chunk, []

    async def cut_off(run, part):
        if part.nr == 2:
            raise ConnectionError("the machine is gone")
        return await run_chunk(run, part)

    async def count(run, part):
        ran.append(part.nr)
        return await run_chunk(run, part)

    monkeypatch.setattr(day_flow, "run_chunk", cut_off)
    with pytest.raises(ConnectionError):
        house.close()
    assert _controls(house) == before

    async def look():
        async with house.runtime.database.reading() as connection:
            return await progress(connection, 0)

    found = house.run(look())
    assert (found.day, found.done, found.chunks, found.is_closed) == (house.today(), 2, 4, False)
    monkeypatch.setattr(day_flow, "run_chunk", count)
    closed = house.close()

    assert ran == [2, 3]
    assert (closed.loans, closed.accrued_minor) == (7, 7 * 600)
    assert house.run(look()).is_closed
    assert _is_whole(house)


def test_two_day_ends_of_one_cell_never_run_at_once(house, monkeypatch):
    house.lend()
    house.close()
    run_chunk, refusals = day_flow.run_chunk, []

    async def second(run, part):
        with pytest.raises(Conflict) as refusal:
            await close_cell(house.runtime, 0, run.day, house.standards)
        refusals.append(refusal.value.code)
        return await run_chunk(run, part)

    monkeypatch.setattr(day_flow, "run_chunk", second)
    assert house.close().accrued_minor == 600

    assert refusals == ["day_closing"]


@pytest.mark.parametrize("loss", ["all", "one", "torn", "evidence"])
def test_lost_files_are_made_again_and_the_books_are_the_same(house, small_chunks, loss):
    terms = [house.lend(1_000_000, 1200, 6).terms for _ in range(5)]
    house.close(33)
    folder = house.runtime.settings.home / "segments" / "cell-0"
    files = sorted(folder.glob("*.segments"))
    assert len(files) == 3
    for file in {"all": files, "one": files[1:2]}.get(loss, []):
        file.unlink()
    if loss == "torn":
        files[0].write_bytes(files[0].read_bytes()[:-8])
    if loss == "evidence":
        for part in (house.runtime.settings.home / "day-ends").rglob("*.parquet"):
            part.unlink()

    closed = house.close()

    assert closed.loans == 5
    yesterday, today = (fold(terms[0], [], closed.day - timedelta(days=n)) for n in (1, 0))
    assert closed.accrued_minor == 5 * (today.interest_minor - yesterday.interest_minor) == 5 * 351
    assert [row["bucket"] for row in house.fetch("select * from servicing.delinquency")] == [1] * 5
    assert _is_whole(house)


def test_a_snapshot_of_an_older_layout_is_folded_anew_from_the_log(house):
    for _ in range(3):
        house.lend()
    house.close(35)

    async def age():
        async with house.runtime.database.transaction() as connection:
            await connection.execute("update servicing.loan set snapshot = decode('04', 'hex')")

    house.run(age())
    for file in (house.runtime.settings.home / "segments").rglob("*.segments"):
        file.unlink()

    assert house.close(30).loans == 3
    assert _is_whole(house)


def test_the_evidence_has_every_loan_once_and_its_root_is_in_the_leaf(house, small_chunks):
    loans = sorted(house.lend(lender=1 + n % 3, product=n % 2).id for n in range(5))
    closed = house.close(34)
    house.close()

    parts = _parts(house, closed.day)
    rows = pl.concat(parts.values())
    assert sorted(rows["loan"].to_list()) == loans
    assert rows["dpd"].to_list() == [3] * 5
    assert rows["grade"].to_list() == [1] * 5
    assert rows["principal_minor"].sum() == 15_000_000
    assert rows["accrued_interest_minor"].sum() == closed.accrued_minor
    (step,) = house.fetch(
        "select body::jsonb as body from servicing.day_end"
        " where step = 'closed' and business_date = $1",
        closed.day,
    )
    body = json.loads(step["body"])
    folder = house.runtime.settings.home / "day-ends" / "cell-0" / closed.day.isoformat()
    hashes = [hashlib.sha256((folder / f"{name}.parquet").read_bytes()) for name in parts]
    assert body["parts"] == [one.hexdigest() for one in hashes]
    assert body["root"] == closed.root
    assert closed.root == root_of([leaf_hash(one.digest()) for one in hashes]).hex()


def test_a_paused_loan_grows_no_older_and_others_do(house):
    relieved, other = house.lend(), house.lend()
    due = relieved.terms.rows[0].due_date

    async def pause():
        async with house.runtime.database.transaction() as connection:
            await connection.execute(
                "insert into servicing.delinquency_pause values (0, 1, $1, $2, $3, 'flood', 7, $4)",
                relieved.id, due + timedelta(days=11), due + timedelta(days=60),
                house.runtime.clock.now(),
            )  # fmt: skip

    house.run(pause())
    closed = house.close((due - house.today()).days + 41)

    rows = _parts(house, closed.day)["part-00000"]
    assert dict(zip(rows["loan"], rows["dpd"], strict=True)) == {relieved.id: 10, other.id: 40}
    found = house.fetch("select loan, bucket, stage from servicing.delinquency")
    assert {row["loan"]: (row["bucket"], row["stage"]) for row in found} == {
        relieved.id: (1, 1),
        other.id: (2, 2),
    }


def test_many_payments_during_many_day_ends_leave_books_that_agree_every_day(house, small_chunks):
    loans = [house.lend(900_000 + 7 * n, 1180, 6, fee=300 * (n % 2)) for n in range(9)]

    async def beside():
        closing = asyncio.create_task(house.end_day())
        paid = [_pay(house, loan.id, 1_000 + n) for n, loan in enumerate(loans)]
        await asyncio.gather(closing, *paid)

    for _ in range(12):
        house.run(beside())
    house.close(25)

    assert len(house.fetch("select from servicing.loan_event where kind = 'repaid'")) == 108
    assert _is_whole(house)


def test_roll_rates_say_from_which_bucket_into_which_the_loans_of_two_days_moved(house):
    punctual, late, later, gone = (house.lend() for _ in range(4))
    for loan in (punctual, later):
        house.repay(loan.id, 259_857)
    first = house.close((date(2026, 12, 31) - house.today()).days + 1)
    house.repay(gone.id, house.run(_owed(house, gone.id)))
    house.repay(punctual.id, 259_857)
    fresh = house.lend(1_000_000)
    last = house.close(31)

    moves = house.run(roll_rates(house.runtime, first.day, last.day))

    assert (first.day, last.day) == (date(2026, 12, 31), date(2027, 1, 31))
    part = 3_000_000 - 241_857
    assert moves == [
        Roll("0", "0", 1, part),
        Roll("0", "1", 1, part),
        Roll("1", "2", 1, 3_000_000),
        Roll("1", "settled", 1, 3_000_000),
        Roll("new", "0", 1, 1_000_000),
    ]
    assert fresh.terms.rows[0].due_date == date(2027, 2, 1)
    assert late.terms.rows[0].due_date == date(2026, 12, 24)


def test_roll_rates_are_refused_where_the_evidence_is_not_or_is_not_whole(house):
    house.lend()
    first, last = house.close(), house.close()

    with pytest.raises(BadInput):
        house.run(roll_rates(house.runtime, last.day, first.day))
    with pytest.raises(NotFound, match="is not closed"):
        house.run(roll_rates(house.runtime, first.day, house.today()))
    folder = house.runtime.settings.home / "day-ends" / "cell-0" / first.day.isoformat()
    part = folder / "part-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + b"?")
    with pytest.raises(Broken, match="was changed"):
        house.run(roll_rates(house.runtime, first.day, last.day))
    part.unlink()
    with pytest.raises(NotFound, match="not on this machine"):
        house.run(roll_rates(house.runtime, first.day, last.day))


async def _owed(house, loan):
    async with house.runtime.database.reading() as connection:
        caller = Caller(Role.OPERATOR, 1, 0, 0)
        return (await find_loan(connection, house.runtime, caller, loan))["payoff_minor"]
