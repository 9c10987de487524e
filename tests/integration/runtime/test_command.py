"""A command takes effect once, whoever repeats it, and its answer is what it was."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from tongtu.kernel.errors import Broken, Conflict, KeyReused
from tongtu.runtime.api import Event, Lane, command, publish, stored_answer

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BODY, OTHER = b"b" * 32, b"o" * 32


def effect_of(runtime, seen, number=1):
    async def effect(connection):
        seen.append(number)
        await publish(connection, Event(0, number, "topic", {"n": number}, AT))
        return b"answer-%d" % len(seen)

    return effect


async def rows(runtime, table):
    async with runtime.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(f"select * from runtime.{table}")]


def test_a_repeated_command_gets_the_stored_answer_and_no_second_effect(runtime, run):
    seen = []

    async def case():
        return [
            await command(runtime, 0, 7, "pay", "key-0001", BODY, effect_of(runtime, seen))
            for _ in range(2)
        ]

    assert run(case()) == [b"answer-1", b"answer-1"]
    assert seen == [1]
    assert run(rows(runtime, "command")) == [(0, 7, "pay", "key-0001", BODY, b"answer-1", AT)]
    assert len(run(rows(runtime, "outbox"))) == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(runtime, run):
    seen = []
    run(command(runtime, 0, 7, "pay", "key-0001", BODY, effect_of(runtime, seen)))
    before = run(rows(runtime, "command")), run(rows(runtime, "outbox"))

    with pytest.raises(KeyReused):
        run(command(runtime, 0, 7, "pay", "key-0001", OTHER, effect_of(runtime, seen, 2)))

    assert seen == [1]
    assert (run(rows(runtime, "command")), run(rows(runtime, "outbox"))) == before


def test_a_key_is_its_callers_and_its_operations_own(runtime, run):
    seen = []

    async def case():
        for cell, caller, operation in (
            (0, 7, "pay"),
            (0, 8, "pay"),
            (0, 7, "sign"),
            (1, 7, "pay"),
        ):
            effect = effect_of(runtime, seen, len(seen) + 1)
            await command(runtime, cell, caller, operation, "key-0001", BODY, effect)

    run(case())

    assert seen == [1, 2, 3, 4]


def test_a_refused_effect_leaves_nothing_and_the_key_may_be_used_again(runtime, run):
    async def refused(connection):
        await publish(connection, Event(0, 1, "topic", {}, AT))
        raise Conflict("not now")

    with pytest.raises(Conflict):
        run(command(runtime, 0, 7, "pay", "key-0001", BODY, refused))
    assert (run(rows(runtime, "command")), run(rows(runtime, "outbox"))) == ([], [])

    assert (
        run(command(runtime, 0, 7, "pay", "key-0001", OTHER, effect_of(runtime, []))) == b"answer-1"
    )


def test_twenty_at_once_with_one_key_have_one_effect_and_one_answer(runtime, run):
    seen = []

    async def case():
        one = effect_of(runtime, seen)
        return await asyncio.gather(
            *(command(runtime, 0, 7, "pay", "key-0001", BODY, one) for _ in range(20))
        )

    assert run(case()) == [b"answer-1"] * 20
    assert seen == [1]


# A lane of commands as the contexts build them: find, decide, write in one commit.
class Commands:
    def __init__(self, runtime, *, dies=0):
        self.runtime = runtime
        self.dies = dies
        self.batches = []

    async def handle(self, connection, requests):
        self.batches.append(requests)
        keys, hashes, answers = (list(column) for column in zip(*requests, strict=True))
        callers = [7] * len(keys)
        await connection.fetchval(
            "select runtime.command_batch(0::smallint, $1, 'pay', $2, $3, $4, $5)",
            callers,
            keys,
            hashes,
            answers,
            AT,
        )
        if self.dies:
            self.dies -= 1  # the commit stands and its answer is lost on the way
            await connection.fetchval("select pg_terminate_backend(pg_backend_pid())")
        found = await connection.fetch(
            "select n, body_hash, answer from runtime.command_find(0::smallint, $1, 'pay', $2)",
            callers,
            keys,
        )
        stored = {row["n"]: row for row in found}
        return [self.answer(stored[n], body) for n, body in enumerate(hashes, 1)]

    def answer(self, row, body):
        try:
            return stored_answer(row["body_hash"], row["answer"], body)
        except KeyReused as refused:
            return refused

    async def serve(self, *requests):
        lane = Lane("commands", self.runtime.database.lane_connection, self.handle)
        await lane.start()
        found = await asyncio.gather(*map(lane.submit, requests), return_exceptions=True)
        await lane.stop()
        return found


def test_in_one_batch_a_key_twice_a_stored_key_and_another_body_get_their_own_answers(runtime, run):
    lane = Commands(runtime)
    run(lane.serve(("stored-1", BODY, b"first")))

    found = run(
        lane.serve(
            ("twice-01", BODY, b"a"),
            ("twice-01", BODY, b"b"),
            ("stored-1", BODY, b"c"),
            ("stored-1", OTHER, b"d"),
            ("twice-01", OTHER, b"e"),
            ("single-1", BODY, b"f"),
        )
    )

    assert [len(batch) for batch in lane.batches] == [1, 6]
    assert [found[n] for n in (0, 1, 2, 5)] == [b"a", b"a", b"first", b"f"]
    assert [type(found[n]) for n in (3, 4)] == [KeyReused, KeyReused]
    written = [(row[3], row[4], row[5]) for row in run(rows(runtime, "command"))]
    assert sorted(written) == [
        ("single-1", BODY, b"f"),
        ("stored-1", BODY, b"first"),
        ("twice-01", BODY, b"a"),
    ]


def test_a_session_killed_after_its_commit_is_replayed_to_the_same_answers(runtime, run):
    lane = Commands(runtime, dies=2)
    requests = [(f"key-{n:04}", BODY, b"%d" % n) for n in range(50)]

    found = run(lane.serve(*requests))

    assert found == [b"%d" % n for n in range(50)]
    assert [len(batch) for batch in lane.batches] == [50, 50, 50]
    assert all(a is b for batch in lane.batches for a, b in zip(batch, requests, strict=True))
    assert len(run(rows(runtime, "command"))) == 50


def test_a_member_the_database_refuses_is_the_only_one_told(runtime, run):
    lane = Commands(runtime)

    found = run(
        lane.serve(("key-0001", BODY, b"a"), ("key-0002", b"", b"b"), ("key-0003", BODY, b"c"))
    )

    assert (found[0], found[2]) == (b"a", b"c")
    assert isinstance(found[1], Broken)
    assert [row[3] for row in run(rows(runtime, "command"))] == ["key-0001", "key-0003"]


def test_a_command_row_has_bounds(runtime, run):
    async def write(operation, key):
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "insert into runtime.command values (0, 7, $1, $2, $3, '', $4)",
                operation,
                key,
                BODY,
                AT,
            )

    for operation, key in (("", "k"), ("o" * 61, "k"), ("o", ""), ("o", "k" * 201)):
        with pytest.raises(asyncpg.CheckViolationError):
            run(write(operation, key))
    run(write("o" * 60, "k" * 200))
