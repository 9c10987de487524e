"""A lane answers everybody once, whatever fails, is cancelled or comes too late."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from tongtu.kernel.errors import Broken, Conflict, DeadlinePassed, Overloaded
from tongtu.runtime import lane as lane_module
from tongtu.runtime.api import Lane
from tongtu.runtime.crowd import FEW

HUNG_S = 20  # far beyond any of these; only a hung lane reaches it


class Session:
    """What a lane asks of a connection."""

    def __init__(self):
        self.is_dead = False
        self.is_open_transaction = False

    def is_closed(self):
        return self.is_dead

    def is_in_transaction(self):
        return self.is_open_transaction

    def terminate(self):
        self.is_dead = True

    async def close(self, timeout):  # noqa: ASYNC109 - asyncpg's own name
        self.is_dead = True


class Desk:
    """A handler with a gate: batches wait in `taken` until the gate is open."""

    def __init__(self, *, is_open=True):
        self.sessions = []
        self.batches = []
        self.gate = asyncio.Event()
        self.taken = asyncio.Event()
        if is_open:
            self.gate.set()

    async def connect(self):
        self.sessions.append(Session())
        return self.sessions[-1]

    async def handle(self, session, requests):
        self.batches.append(list(requests))
        self.taken.set()
        await self.gate.wait()
        return [request * 10 for request in requests]


class Ticking:
    """The loop's time: a fifth of a millisecond passes at each look, and what a test adds."""

    def __init__(self):
        self.now_s = 1_000.0
        asyncio.get_running_loop().time = self.look

    def look(self):
        self.now_s += 0.0002
        return self.now_s


def proves(case):
    """Run an async test on a loop of its own; a hung lane fails instead of hanging the run."""

    def test(monkeypatch):
        monkeypatch.setattr(lane_module, "RECONNECT_PAUSE_S", 0)
        asyncio.run(asyncio.wait_for(case(), HUNG_S))

    test.__name__ = case.__name__
    return test


async def started(desk, **options):
    lane = Lane("test", desk.connect, options.pop("handle", desk.handle), **options)
    await lane.start()
    return lane


async def turns(number=5):
    """Let the other tasks run until they wait."""
    for _ in range(number):
        await asyncio.sleep(0)


@proves
async def test_what_waits_while_a_batch_is_in_flight_becomes_the_next_batch():
    desk = Desk(is_open=False)
    lane = await started(desk, batch_max=3)
    first = asyncio.create_task(lane.submit(1))
    await desk.taken.wait()
    rest = [asyncio.create_task(lane.submit(n)) for n in (2, 3, 4, 5)]
    await turns()

    desk.gate.set()
    answers = await asyncio.gather(first, *rest)

    assert answers == [10, 20, 30, 40, 50]
    assert desk.batches == [[1], [2, 3, 4], [5]]
    await lane.stop()


@proves
async def test_a_lane_that_lingers_takes_what_came_after_a_batch_of_many_as_one():
    clock = Ticking()
    desk = Desk()
    lane = await started(desk, lingers_s=60.0)

    many = await asyncio.gather(*(lane.submit(n) for n in range(FEW)))
    trickle = []
    for n in range(FEW, FEW + 3):
        trickle.append(asyncio.create_task(lane.submit(n, deadline_s=600.0)))
        await turns()
    assert len(desk.batches) == 1  # they wait, each of them come in a turn of its own

    clock.now_s += 60.0
    assert many + await asyncio.gather(*trickle) == [n * 10 for n in range(FEW + 3)]
    assert [len(batch) for batch in desk.batches] == [FEW, 3]
    await lane.stop()


@proves
async def test_a_lane_that_lingers_keeps_nobody_waiting_after_a_batch_of_a_few():
    desk = Desk()
    lane = await started(desk, lingers_s=600.0)

    assert await asyncio.gather(*(lane.submit(n) for n in range(FEW - 1))) == [
        n * 10 for n in range(FEW - 1)
    ]
    assert await lane.submit(1, deadline_s=5.0) == 10
    await lane.stop()


@proves
async def test_no_wake_up_is_lost_when_callers_are_fewer_than_a_batch():
    # A lane that looks at its queue, yields, and only then clears its event hangs here for ever.
    desk = Desk()

    async def yielding(session, requests):
        await asyncio.sleep(0)
        return [request * 10 for request in requests]

    async def caller(pauses):
        answers = []
        for n in range(100):
            answers.append(await lane.submit(n))
            await turns(pauses)
        return answers

    for lanes in (1, 2):
        lane = await started(desk, handle=yielding, lanes=lanes)
        found = await asyncio.gather(*(caller(pauses % 4) for pauses in range(16)))
        assert found == [[n * 10 for n in range(100)]] * 16
        await lane.stop()


@proves
async def test_a_full_queue_refuses_with_retry_after_and_does_nothing():
    desk = Desk(is_open=False)
    lane = await started(desk, queue_max=3)
    first = asyncio.create_task(lane.submit(1))
    await desk.taken.wait()  # in flight, so it counts no more
    two = [asyncio.create_task(lane.submit(n)) for n in (2, 3)]
    await turns()
    assert lane.waiting == 2

    third = asyncio.create_task(lane.submit(4))
    await turns()
    assert lane.waiting == 3
    with pytest.raises(Overloaded) as refused:
        await lane.submit(5)

    assert (refused.value.status, refused.value.retry_after_s) == (503, 1)
    desk.gate.set()
    assert await asyncio.gather(first, *two, third) == [10, 20, 30, 40]
    assert desk.batches == [[1], [2, 3, 4]]
    await lane.stop()


@proves
async def test_a_passed_deadline_leaves_the_effect_standing():
    desk = Desk(is_open=False)
    lane = await started(desk)
    late = asyncio.create_task(lane.submit(1, deadline_s=0.001))
    await desk.taken.wait()

    with pytest.raises(DeadlinePassed) as unknown:
        await late
    desk.gate.set()

    assert unknown.value.retryable is True
    assert await lane.submit(2) == 20
    assert desk.batches == [[1], [2]]
    await lane.stop()


@proves
async def test_deadlines_of_any_length_and_order_end_at_their_own_time_queued_or_in_flight():
    Ticking()  # a busy machine would let two deadlines pass between two looks
    desk = Desk(is_open=False)
    lane = await started(desk, batch_max=1)
    clock, ended = asyncio.get_running_loop().time, {}
    began_s = clock()
    answers = [lane.enqueue(0, 0.06)]
    await desk.taken.wait()  # in flight; the others wait in the queue
    answers += [lane.enqueue(n, due_s) for n, due_s in ((1, 30), (2, 0.02), (3, 0.04), (4, 0.02))]
    for n, answer in enumerate(answers):
        answer.add_done_callback(lambda _, n=n: ended.setdefault(n, clock() - began_s))
    with pytest.raises(DeadlinePassed):
        await answers[0]

    assert list(ended) == [2, 4, 3, 0]  # in the order of their deadlines
    assert [n for n, due_s in ((0, 0.06), (2, 0.02), (3, 0.04)) if ended[n] < due_s - 0.002] == []
    desk.gate.set()
    await lane.stop()
    assert desk.batches == [[0], [1]]  # those whose time had passed were never begun


@proves
async def test_requests_share_one_timer_which_ends_with_the_lane():
    desk = Desk(is_open=False)
    lane = await started(desk)
    first = lane.enqueue(1)
    timer = lane._sweep

    second = lane.enqueue(2)
    assert lane._sweep is timer
    sooner = lane.enqueue(3, deadline_s=1)
    assert (timer.cancelled(), lane._sweep.when() < timer.when()) == (True, True)

    desk.gate.set()
    assert await asyncio.gather(first, second, sooner) == [10, 20, 30]
    await lane.stop()
    assert lane._sweep is None


@proves
async def test_a_caller_that_gave_up_before_its_turn_is_never_handled():
    desk = Desk(is_open=False)
    lane = await started(desk)
    first = asyncio.create_task(lane.submit(1))
    await desk.taken.wait()
    gone = asyncio.create_task(lane.submit(2))
    with pytest.raises(DeadlinePassed):
        await lane.submit(3, deadline_s=0)
    gone.cancel()
    await turns()

    desk.gate.set()

    assert await first == 10
    assert await lane.submit(4) == 40
    assert desk.batches == [[1], [4]]
    await lane.stop()


@proves
async def test_a_cancelled_caller_takes_no_other_with_it():
    desk = Desk(is_open=False)
    lane = await started(desk)
    opener = asyncio.create_task(lane.submit(0))
    await desk.taken.wait()
    callers = [asyncio.create_task(lane.submit(n)) for n in (1, 2, 3)]
    await turns()
    desk.gate.set()
    desk.gate.clear()
    desk.taken.clear()
    await desk.taken.wait()  # [1, 2, 3] are in flight

    callers[1].cancel()
    await turns()
    desk.gate.set()

    assert await opener == 0
    assert await callers[0] == 10
    assert await callers[2] == 30
    assert callers[1].cancelled()
    assert desk.batches == [[0], [1, 2, 3]]
    await lane.stop()


@proves
async def test_a_refused_member_is_told_alone():
    async def handle(session, requests):
        return [Conflict("taken") if request == 2 else request for request in requests]

    lane = await started(Desk(), handle=handle)

    found = await asyncio.gather(*map(lane.submit, (1, 2, 3)), return_exceptions=True)

    assert found[0::2] == [1, 3]
    assert isinstance(found[1], Conflict)
    await lane.stop()


@proves
async def test_a_batch_that_fails_is_halved_until_the_guilty_stands_alone():
    batches = []

    async def handle(session, requests):
        batches.append(list(requests))
        if 5 in requests:
            raise asyncpg.DataError("out of range")  # an InterfaceError, and no lost connection
        return requests

    desk = Desk()
    lane = await started(desk, handle=handle)

    found = await asyncio.gather(*map(lane.submit, range(8)), return_exceptions=True)

    assert found[:5] + found[6:] == [0, 1, 2, 3, 4, 6, 7]
    assert isinstance(found[5], Broken)
    assert isinstance(found[5].__cause__, asyncpg.DataError)  # the door logs it with its reason
    assert batches == [list(range(8)), [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [4], [5], [6, 7]]
    assert len(desk.sessions) == 1
    await lane.stop()


@proves
async def test_a_fault_whose_caller_has_gone_is_logged_by_the_lane_and_no_other_is():
    async def handle(session, requests):
        await desk.handle(session, requests)
        raise {1: ValueError("odd"), 2: Broken("sum"), 3: Conflict("taken")}[requests[0]]

    with capture_logs() as logs:
        for request in (1, 2, 3):
            desk = Desk(is_open=False)
            lane = await started(desk, handle=handle)
            gone = asyncio.create_task(lane.submit(request))
            await desk.taken.wait()
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            desk.gate.set()
            await lane.stop()
        lane = await started(desk, handle=handle)
        with pytest.raises(Broken):
            await lane.submit(1)
        await lane.stop()

    assert [(line["event"], line["lane"], str(line["exc_info"])) for line in logs] == [
        ("lane_request_failed", "test", "the request could not be handled; a person has been told"),
        ("lane_request_failed", "test", "sum"),
    ]


@proves
async def test_a_lost_connection_replays_the_same_request_objects_on_a_new_one():
    seen = []

    async def handle(session, requests):
        seen.append((session, list(requests)))
        if len(seen) < 3:
            raise ConnectionResetError
        return [len(request) for request in requests]

    desk = Desk()
    lane = await started(desk, handle=handle)
    requests = [["id", 1], ["id", 2, 3]]

    assert await asyncio.gather(*map(lane.submit, requests)) == [2, 3]

    assert [session for session, _ in seen] == desk.sessions
    assert [session.is_dead for session in desk.sessions] == [True, True, False]
    assert all(a is b for _, batch in seen for a, b in zip(batch, requests, strict=True))
    await lane.stop()


@proves
async def test_a_deadlock_is_tried_again_before_anybody_is_told():
    batches = []

    async def handle(session, requests):
        batches.append(list(requests))
        if len(batches) == 1:
            raise asyncpg.DeadlockDetectedError
        return requests

    lane = await started(Desk(), handle=handle)

    assert await asyncio.gather(lane.submit(1), lane.submit(2)) == [1, 2]

    assert batches == [[1, 2], [1, 2]]
    await lane.stop()


@proves
async def test_a_handler_that_breaks_off_in_a_transaction_loses_its_connection():
    async def handle(session, requests):
        if len(desk.sessions) == 1:
            session.is_open_transaction = True
            raise ValueError
        return requests

    desk = Desk()
    lane = await started(desk, handle=handle)

    with pytest.raises(Broken):
        await lane.submit(1)

    assert await lane.submit(2) == 2
    assert [session.is_dead for session in desk.sessions] == [True, False]
    await lane.stop()


@proves
async def test_a_handler_that_answers_too_few_leaves_no_caller_waiting():
    async def handle(session, requests):
        return requests[:1]

    lane = await started(Desk(), handle=handle)

    assert await asyncio.gather(lane.submit(1), lane.submit(2)) == [1, 2]  # one by one it is right
    await lane.stop()


@proves
async def test_a_stopped_lane_has_answered_what_waited_and_takes_no_more():
    desk = Desk(is_open=False)
    lane = await started(desk, batch_max=1)
    waiting = [asyncio.create_task(lane.submit(n)) for n in (1, 2, 3)]
    await desk.taken.wait()
    stopping = asyncio.create_task(lane.stop())
    await turns()

    with pytest.raises(Overloaded):
        await lane.submit(4)
    desk.gate.set()
    await stopping

    assert await asyncio.gather(*waiting) == [10, 20, 30]
    assert desk.batches == [[1], [2], [3]]
    assert desk.sessions[0].is_dead


@proves
async def test_a_stop_that_cannot_wait_tells_its_callers_that_the_effect_is_unknown():
    desk = Desk(is_open=False)
    lane = await started(desk, batch_max=1)
    waiting = [asyncio.create_task(lane.submit(n)) for n in (1, 2)]
    await desk.taken.wait()

    await lane.stop(timeout_s=0)

    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [DeadlinePassed, DeadlinePassed]


async def in_two_halves(*, gathers):
    """Twenty callers ask three times each, ten of them while the first ten are served."""
    clock, desk = Ticking(), Desk(is_open=False)

    async def slow(session, requests):
        answers = await desk.handle(session, requests)
        await turns()  # those answered before come back meanwhile
        clock.now_s += 0.02
        return answers

    lane = await started(desk, handle=slow, gathers=gathers)

    async def caller(n):
        return [await lane.submit(n) for _ in range(3)]

    first = [asyncio.create_task(caller(n)) for n in range(10)]
    await desk.taken.wait()
    second = [asyncio.create_task(caller(n)) for n in range(10, 20)]
    await turns()
    desk.gate.set()
    found = await asyncio.gather(*first, *second)
    assert found == [[10 * n] * 3 for n in range(20)]
    await lane.stop()
    return [len(batch) for batch in desk.batches]


@proves
async def test_a_lane_that_does_not_gather_serves_its_callers_in_two_halves():
    assert await in_two_halves(gathers=False) == [10, 10, 10, 10, 10, 10]


@proves
async def test_a_lane_that_gathers_joins_the_two_halves_of_its_callers():
    assert await in_two_halves(gathers=True) == [10, 20, 20, 10]


@proves
async def test_who_does_not_come_back_is_waited_for_no_longer_than_half_a_batch():
    clock, desk = Ticking(), Desk()

    async def slow(session, requests):
        clock.now_s += 0.02
        return await desk.handle(session, requests)

    lane = await started(desk, handle=slow, gathers=True)
    await asyncio.gather(*(lane.submit(n) for n in range(20)))
    alone = asyncio.create_task(lane.submit(20))
    await turns()
    assert [len(batch) for batch in desk.batches] == [20]

    clock.now_s += 0.011

    assert await alone == 200
    await lane.stop()


@proves
async def test_a_lane_that_is_stopped_while_it_waits_serves_who_is_there():
    clock, desk = Ticking(), Desk()

    async def slow(session, requests):
        clock.now_s += 0.02
        return await desk.handle(session, requests)

    lane = await started(desk, handle=slow, gathers=True)
    await asyncio.gather(*(lane.submit(n) for n in range(20)))
    alone = asyncio.create_task(lane.submit(20))
    await turns()

    await lane.stop()

    assert await alone == 200
