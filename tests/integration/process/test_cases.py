import asyncio
from datetime import timedelta

import pytest

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.process.api import (
    Case,
    CaseState,
    Move,
    StepTaken,
    append,
    find,
    find_many,
    history,
    move,
    reached,
)


async def read(runtime, ask, *arguments):
    async with runtime.database.reading() as connection:
        return await ask(connection, *arguments)


async def write(runtime, ask, *arguments, **named):
    async with runtime.database.transaction() as connection:
        return await ask(connection, *arguments, runtime.clock.now(), **named)


def test_a_case_is_opened_by_its_first_step_and_keeps_every_step_in_order(run, runtime):
    async def scenario():
        opened = runtime.clock.now()
        await write(runtime, append, 0, [5, 6, 5], ["submitted", "submitted", "offers"])
        runtime.clock.advance(timedelta(minutes=3))
        await write(runtime, append, 0, [5, 6], ["accepted", "declined"],
                    states=[CaseState.WAITING, CaseState.ENDED])  # fmt: skip
        return (
            opened,
            await read(runtime, find_many, 0, [5, 6, 7]),
            [await read(runtime, history, 0, n) for n in (5, 6, 7)],
        )

    opened, cases, (first, second, none) = run(scenario())
    later = runtime.clock.now()

    assert cases == {
        5: Case(0, 5, 3, "origination", "1", "accepted", CaseState.WAITING, opened, later),
        6: Case(0, 6, 2, "origination", "1", "declined", CaseState.ENDED, opened, later),
    }
    assert first == (
        StepTaken(1, "submitted", opened),
        StepTaken(2, "offers", opened),
        StepTaken(3, "accepted", later),
    )
    assert [taken.step for taken in second] == ["submitted", "declined"]
    assert none == ()


def test_a_case_keeps_the_definition_and_version_it_was_opened_with(run, runtime):
    async def scenario():
        await write(runtime, append, 0, [1], ["submitted"], version="a1")
        await write(runtime, append, 0, [1], ["offers"], version="b2")
        return await read(runtime, find, 0, 1)

    case = run(scenario())

    assert (case.version, case.step, case.seq) == ("a1", "offers", 2)


def test_a_case_of_another_cell_is_not_found(run, runtime):
    async def scenario():
        await write(runtime, append, 3, [1], ["submitted"])
        return await read(runtime, find, 0, 1), await read(runtime, find, 3, 1)

    elsewhere, here = run(scenario())

    assert elsewhere is None
    assert here.id == 1


def test_a_move_is_made_from_the_step_it_names_only(run, runtime):
    async def scenario():
        await write(runtime, append, 0, [1], ["offers"])
        seq = await write(runtime, move, 0, Move(1, ("offers", "waiting"), "accepted"))
        before = await read(runtime, find, 0, 1), await read(runtime, history, 0, 1)
        with pytest.raises(Conflict) as refused:
            await write(runtime, move, 0, Move(1, ("offers",), "cancelled", CaseState.ENDED))
        with pytest.raises(NotFound):
            await write(runtime, move, 0, Move(2, ("offers",), "accepted"))
        after = await read(runtime, find, 0, 1), await read(runtime, history, 0, 1)
        return seq, before, after, refused.value.code

    seq, before, after, code = run(scenario())

    assert (seq, before[0].step, code) == (2, "accepted", "wrong_step")
    assert after == before


def test_of_two_moves_at_once_one_is_made(run, runtime):
    async def scenario():
        await write(runtime, append, 0, [1], ["offers"])
        results = await asyncio.gather(
            *(
                write(runtime, move, 0, Move(1, ("offers",), step))
                for step in ("accepted", "cancelled", "expired")
            ),
            return_exceptions=True,
        )
        return results, await read(runtime, history, 0, 1)

    results, steps = run(scenario())

    assert [type(result) for result in results].count(Conflict) == 2
    assert [taken.seq for taken in steps] == [1, 2]


def test_the_funnel_counts_each_case_once_a_step(run, runtime):
    async def scenario():
        await write(runtime, append, 0, [1, 2, 3], ["submitted"] * 3)
        await write(runtime, append, 1, [4], ["submitted"])
        await write(runtime, append, 0, [1, 2], ["offers", "declined"])
        await write(runtime, append, 0, [1, 1], ["waiting", "offers"])
        await write(runtime, append, 0, [9], ["opened"], definition="dispute")
        return await read(runtime, reached)

    assert run(scenario()) == {"submitted": 4, "offers": 1, "declined": 1, "waiting": 1}


def test_a_case_without_a_step_is_refused_and_nothing_is_written(run, runtime):
    async def scenario():
        with pytest.raises(ValueError, match="one step"):
            await write(runtime, append, 0, [1, 2], ["submitted"])
        return await read(runtime, find_many, 0, [1, 2])

    assert run(scenario()) == {}


async def open_batch(connection, cell, instances, steps, at):
    await connection.execute(
        "select process.open_batch($1, $2, 'origination', '1', $3, $4)", cell, instances, steps, at
    )


def test_a_case_opened_with_others_by_a_batch_has_its_first_step_like_any(run, runtime):
    async def scenario():
        opened = runtime.clock.now()
        await write(runtime, open_batch, 0, [5, 6], ["offers", "declined"])
        runtime.clock.advance(timedelta(minutes=3))
        await write(runtime, move, 0, Move(5, ["offers"], "accepted", CaseState.ACTIVE))
        await write(runtime, append, 0, [5], ["signed"])
        return (
            opened,
            await read(runtime, history, 0, 5),
            await read(runtime, history, 0, 6),
            await read(runtime, reached),
            await read(runtime, find, 0, 5),
        )

    opened, moved, resting, funnel, case = run(scenario())

    later = opened + timedelta(minutes=3)
    assert moved == (
        StepTaken(1, "offers", opened),
        StepTaken(2, "accepted", later),
        StepTaken(3, "signed", later),
    )
    assert resting == (StepTaken(1, "declined", opened),)
    assert funnel == {"offers": 1, "declined": 1, "accepted": 1, "signed": 1}
    assert (case.seq, case.step) == (3, "signed")
