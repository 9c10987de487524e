"""Events reach each handler in commit order, at least once, whatever fails, dies or commits late."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from tongtu.runtime import readers
from tongtu.runtime import relay as relay_module
from tongtu.runtime.api import Event, Relay, first_time, publish

TOPIC = "case_moved"


async def write(runtime, *numbers, topic=TOPIC):
    async with runtime.database.transaction() as connection:
        for n in numbers:
            await publish(connection, Event(0, n, topic, {"n": n}, runtime.clock.now()))


async def all_of(runtime, sql):
    async with runtime.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(sql)]


def collecting(runtime, *, fails=()):
    """A relay with one handler that remembers what it was given and fails where told."""
    seen, left = [], list(fails)

    async def handle(event):
        seen.append(event.id)
        if event.id in left:
            left.remove(event.id)
            raise ValueError("not yet")

    relay = Relay(runtime)
    relay.on(TOPIC, "test", handle)
    return relay, seen


def test_an_event_arrives_whole_and_only_at_its_topic(runtime, run):
    got = []

    async def handle(event):
        got.append(event)

    relay = Relay(runtime)
    relay.on(TOPIC, "test", handle)
    run(write(runtime, 1))
    run(write(runtime, 2, topic="other"))

    assert run(relay.step(TOPIC, "test")) == 1
    assert run(relay.step(TOPIC, "test")) == 0

    assert got == [Event(0, 1, TOPIC, {"n": 1}, runtime.clock.now())]


def test_an_event_that_commits_late_is_neither_missed_nor_overtaken(runtime, run):
    relay, seen = collecting(runtime)

    async def case():
        late = await runtime.database.lane_connection()
        transaction = late.transaction()
        await transaction.start()
        await publish(late, Event(0, 5, TOPIC, {}, runtime.clock.now()))
        await write(runtime, 1)  # a later transaction with a lower id, committed first
        assert await relay.step(TOPIC, "test") == 0  # behind one that may still commit
        await transaction.commit()
        await late.close()
        assert await relay.step(TOPIC, "test") == 2

    run(case())

    assert seen == [5, 1]


def test_a_failing_event_holds_up_nobody_and_comes_again_after_growing_pauses(runtime, run):
    relay, seen = collecting(runtime, fails=[2, 2])
    run(write(runtime, 1, 2, 3))

    assert run(relay.step(TOPIC, "test")) == 3
    assert seen == [1, 2, 3]
    retry = "select handler, event, attempts, extract(epoch from next_at - $$2026-11-24T01:00Z$$)::int, fault from runtime.retry"
    assert run(all_of(runtime, retry)) == [("test", 2, 1, 1, "ValueError")]
    assert run(relay.step(TOPIC, "test")) == 0  # its pause is not over

    runtime.clock.advance(timedelta(seconds=1))
    assert run(relay.step(TOPIC, "test")) == 1
    assert run(all_of(runtime, retry)) == [("test", 2, 2, 3, "ValueError")]
    runtime.clock.advance(timedelta(seconds=2))
    assert run(relay.step(TOPIC, "test")) == 1

    assert seen == [1, 2, 3, 2, 2]
    assert run(all_of(runtime, retry)) == []
    assert run(relay.step(TOPIC, "test")) == 0


def test_one_handlers_failure_is_not_anothers(runtime, run):
    relay, seen = collecting(runtime, fails=[1])
    other = []

    async def handle(event):
        other.append(event.id)

    relay.on(TOPIC, "other", handle)
    run(write(runtime, 1, 2))

    run(relay.step(TOPIC, "test"))
    run(relay.step(TOPIC, "other"))

    assert (seen, other) == ([1, 2], [1, 2])
    assert run(all_of(runtime, "select handler, event from runtime.retry")) == [("test", 1)]


def test_a_new_process_goes_on_where_the_last_one_wrote_down(runtime, run):
    first, seen = collecting(runtime)
    run(write(runtime, 1, 2))
    run(first.step(TOPIC, "test"))
    second, seen_later = collecting(runtime)
    run(write(runtime, 3))

    run(second.step(TOPIC, "test"))

    assert (seen, seen_later) == ([1, 2], [3])


def test_a_handler_killed_before_progress_was_written_takes_effect_once(runtime, run):
    effects = []

    async def handle(event):
        async with runtime.database.transaction() as connection:
            if await first_time(connection, "test", event):
                effects.append(event.id)
        if event.id == 2 and len(effects) == 2:
            raise asyncio.CancelledError  # the process ends here

    def relay():
        made = Relay(runtime)
        made.on(TOPIC, "test", handle)
        return made

    run(write(runtime, 1, 2, 3))
    with pytest.raises(asyncio.CancelledError):
        run(relay().step(TOPIC, "test"))
    assert effects == [1, 2]
    assert run(all_of(runtime, "select event from runtime.inbox order by 1")) == [(1,), (2,)]

    assert run(relay().step(TOPIC, "test")) == 1

    assert effects == [1, 2, 3]


def test_what_a_handler_noted_is_dropped_once_the_reader_is_past_it(runtime, run):
    async def handle(event):
        async with runtime.database.transaction() as connection:
            assert await first_time(connection, "test", event)
            assert not await first_time(connection, "test", event)

    relay = Relay(runtime)
    relay.on(TOPIC, "test", handle)
    for n in (1, 2, 3):
        run(write(runtime, n))
        run(relay.step(TOPIC, "test"))

    assert run(all_of(runtime, "select event from runtime.inbox")) == [(3,)]


def test_two_processes_share_a_reader_one_at_a_time_and_the_second_takes_over(
    runtime, run, monkeypatch
):
    monkeypatch.setattr(relay_module, "LEASE_POLL_S", 0.01)
    (first, seen), (second, seen_later) = collecting(runtime), collecting(runtime)

    async def case():
        await first.start()
        await write(runtime, *range(1, 4))
        first.wake()
        await until(lambda: seen == [1, 2, 3])
        await second.start()
        await write(runtime, 4)
        await until(lambda: len(seen) == 4)
        assert seen_later == []
        await first.stop()
        await write(runtime, 5)
        await until(lambda: seen_later == [5])
        await second.stop()

    run(case())


def test_a_killed_session_interrupts_the_relay_and_loses_no_event(runtime, run):
    relay, seen = collecting(runtime)

    async def case():
        await relay.start()
        await write(runtime, 1)
        relay.wake()
        await until(lambda: seen == [1])
        administrator = await asyncpg.connect(runtime.database.dsn)
        await administrator.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await administrator.execute(
            "select runtime.outbox_batch(0::smallint, array[2::int8], array[$1::text], array[$2::bytea], $3)",
            TOPIC,
            b"{}",
            runtime.clock.now(),
        )
        await administrator.close()
        await until(lambda: seen == [1, 2])
        await relay.stop()

    run(case())


def test_the_relay_keeps_up_with_a_thousand_events_a_second(runtime, run):
    relay, seen = collecting(runtime)

    async def case():
        await write(runtime, *range(1, 3001))
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await relay.start()
        await until(lambda: len(seen) == 3000)
        took_s = loop.time() - began_s
        await relay.stop()
        return took_s

    assert run(case()) < 3.0  # it takes about 0.2 s on a quiet machine
    assert seen == list(range(1, 3001))


def test_slow_handlers_may_work_side_by_side(runtime, run):
    together, most = set(), []

    async def handle(event):
        together.add(event.id)
        most.append(len(together))
        for _ in range(5):
            await asyncio.sleep(0)
        together.discard(event.id)

    relay = Relay(runtime)
    relay.on(TOPIC, "test", handle, concurrency=4)
    run(write(runtime, *range(1, 11)))

    assert run(relay.step(TOPIC, "test")) == 10
    assert max(most) == 4
    with pytest.raises(ValueError, match="has a handler test already"):
        relay.on(TOPIC, "test", handle)
    for width in (0, 65):
        with pytest.raises(ValueError, match="between 1 and 64"):
            relay.on("other", "test", handle, concurrency=width)


def test_one_look_tells_which_of_many_readers_have_something_to_do(runtime, run):
    relay, _ = collecting(runtime, fails=[2])
    here, there = readers.Reader(TOPIC, "test"), readers.Reader("other", "test")
    begin = readers.Mark("0", 0)

    def busy(*marks):
        return run(readers.find_busy(runtime.database, marks, runtime.clock.now()))

    assert busy((here, begin), (there, begin)) == []
    run(write(runtime, 1, 2))
    assert busy((there, begin), (here, begin)) == [1]

    run(relay.step(TOPIC, "test"))
    mark = run(all_of(runtime, "select xid::text, id from runtime.reader"))[0]
    read = here, readers.Mark(*mark)
    assert busy(read) == []  # one waits to be tried again, and its pause is not over
    runtime.clock.advance(timedelta(seconds=1))
    assert busy(read, (there, begin)) == [0]


def test_an_event_written_twice_is_one_event(runtime, run):
    relay, seen = collecting(runtime)

    run(write(runtime, 1, 1))
    run(write(runtime, 1))
    run(relay.step(TOPIC, "test"))

    assert seen == [1]


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process or task makes it true
            await asyncio.sleep(0.005)
