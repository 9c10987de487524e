"""The decision lane: whatever waits together is decided as one batch and written by one commit.

A race with another commit writes nothing, and the batch looks again; nobody's error is another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import msgspec

from tongtu.evidence.api import commitment
from tongtu.funding.api import Steering
from tongtu.identity.api import consent_bit
from tongtu.kernel.errors import KeyReused, NotFound, Overloaded, TongtuError
from tongtu.kernel.ids import id_shard
from tongtu.origination.flow.arms import Acting, Arms
from tongtu.origination.flow.counsel import Counsel
from tongtu.origination.flow.questions import Ask, Questions
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import ApplyAnswer, ApplyRequest, Case, Known
from tongtu.origination.rules.answer import Telling, end_of, instant
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, encode
from tongtu.origination.store.batch import (
    DAY,
    Commit,
    Prefetched,
    Raced,
    StoredCommand,
    Written,
    prefetch,
    write,
)
from tongtu.risk.api import OutsideRow, Sighting, Signalled, Watch, pack_signals, read_rows
from tongtu.runtime.api import Connection, Lane, Runtime, business_date, count, latency

# Each round sees what the last one missed; the runtime then halves the batch down to one.
ROUNDS_MAX = 4
RETRY_AFTER_S = 1
# Between the end of a day and the opening of the next lie a few commits.
DAY_PAUSE_S = 0.05
_encode_event = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """Where each outcome leads: handed down by journey, which alone knows the order of things."""

    version: str
    step_of: Mapping[str, str]


ArmsOf = Callable[["DecisionLane", DecisionEngine], Awaitable[Arms | None]]


class DecisionLane:
    """One lane a cell. `submit` waits for the durable answer of one application."""

    def __init__(
        self, runtime: Runtime, engine: DecisionEngine, plan: ProcessPlan, *, lanes: int = 1
    ) -> None:
        # The models are stopped: from the next batch on the rules decide, and a person the rest.
        self.rules_only = False
        # The router's prices, given from outside the lane; None: it is off, the cheapest stands.
        self.steering: Steering | None = None
        # A price experiment over the engine that decides; None: everybody pays what is published.
        self.arms: Arms | None = None
        # Makes the arms of an engine that is about to decide: both change together.
        self.arms_of: ArmsOf | None = None
        self._runtime = runtime
        self._plan = plan
        self.versions = Versions(engine, runtime.public)
        self.counsel = Counsel(runtime, self.versions)
        self._questions = Questions(runtime)
        settings = runtime.settings
        self.watch = Watch(runtime)
        self._lanes = [
            Lane(
                f"decision-{cell}",
                runtime.database.lane_connection,
                partial(self.handle, cell),
                batch_max=settings.lane_batch_max,
                queue_max=settings.lane_queue_max,
                lanes=lanes,
                gathers=True,
            )
            for cell in range(settings.cells)
        ]

    async def start(self) -> None:
        """Register what decides from now on, then open the lanes."""
        async with self._runtime.database.transaction() as connection:
            await self.versions.register(connection, self._runtime.clock.now())
        if self.arms_of is not None:
            self.arms = await self.arms_of(self, self.engine)
        await self.watch.start()
        for lane in self._lanes:
            await lane.start()

    async def stop(self) -> None:
        """Finish what waits, then close."""
        for lane in self._lanes:
            await lane.stop()
        await self.watch.stop()

    @property
    def engine(self) -> DecisionEngine:
        """What decides now."""
        return self.versions.engine

    @property
    def scores_nobody(self) -> bool:
        """Whether the rules decide alone: the models are stopped, or there is none to score by."""
        return self.rules_only or self.engine.is_unscored

    async def swap(self, engine: DecisionEngine) -> None:
        """Decide with another engine from the next batch on; what was begun ends as it began."""
        async with self._runtime.database.transaction() as connection:
            at = self._runtime.clock.now()
            number = await self.versions.number_of(connection, engine, at)
        arms = None if self.arms_of is None else await self.arms_of(self, engine)
        self.versions.take(engine, number)
        self.arms = arms

    def acting(self, at: datetime) -> Acting:
        """Return what decides at an instant: a grid that is tried then, or what is published."""
        versions = self.versions
        tried = None if self.arms is None else self.arms.at(at)
        return tried or Acting(versions.engine, versions.number, versions.packer)

    async def submit(self, request: ApplyRequest) -> ApplyAnswer:
        """Return the answer once it is durable.

        Raises:
            KeyReused: the key was used with another body.
            NotFound: no such product, or no such party.
            Overloaded, DeadlinePassed: as the runtime's lane says.
        """
        return await self.enqueue(request)

    def enqueue(self, request: ApplyRequest) -> asyncio.Future[ApplyAnswer]:
        """Return the future of the durable answer. Raises Overloaded; other faults are its own."""
        return self._lanes[self._runtime.cell(request.party)].enqueue(request)

    def ask_first(self, request: ApplyRequest, ask: Ask) -> asyncio.Future[ApplyAnswer]:
        """Return the future of the answer to what is decided once `ask` is over.

        Raises Overloaded: nobody was asked; other faults are the future's own.
        """
        lane = self._lanes[self._runtime.cell(request.party)]
        return self._questions.begin(lane, request, ask)

    def held_by(self, cell: int, application: int, at: datetime) -> tuple[str, ...]:
        """Return why a decided application is not to go on by itself, as links and lists are now.

        The first of a ring is decided before it is one: so it is asked again before money moves.
        """
        return self.engine.suspicions(self.watch.now(cell, application, int(at.timestamp())))

    @property
    def waiting(self) -> int:
        """How many applications wait now."""
        return sum(lane.waiting for lane in self._lanes)

    async def handle(
        self, cell: int, connection: Connection, requests: Sequence[ApplyRequest]
    ) -> list[ApplyAnswer | TongtuError]:
        """Answer a batch of one cell, in order. Raises Overloaded when the races do not end."""
        answers: dict[int, ApplyAnswer | TongtuError] = {}
        leaders, followers = _by_key(requests)
        for _ in range(ROUNDS_MAX):
            try:
                await self._round(connection, cell, leaders, answers)
                break
            except Raced as raced:
                count(f"decision_races_{raced.race}").inc()
                if raced.race == DAY:
                    await asyncio.sleep(DAY_PAUSE_S)
        else:
            raise Overloaded("too many at once; try again", retry_after_s=RETRY_AFTER_S)
        return [
            _follow(answers[place], requests[place], request) if place != n else answers[n]
            for n, (request, place) in enumerate(zip(requests, followers, strict=True))
        ]

    async def _round(
        self,
        connection: Connection,
        cell: int,
        leaders: Mapping[int, ApplyRequest],
        answers: dict[int, ApplyAnswer | TongtuError],
    ) -> None:
        clock = self._runtime.clock
        began_s = clock.monotonic_s()
        places, requests = list(leaders), list(leaders.values())
        day, at = await business_date(connection), clock.now()
        facts = await prefetch(connection, cell, requests, day)
        latency("decision_prefetch").observe(clock.monotonic_s() - began_s)
        fresh: list[int] = []
        for n, place in enumerate(places):
            stored = facts.stored.get(n)
            if stored is not None:
                answers[place] = await self._stored(connection, stored, requests[n])
            elif facts.people[n].is_identified is None:
                answers[place] = NotFound("no such party")
            else:
                fresh.append(n)
        if not fresh:
            return
        sighting, is_written = self.watch.sight(cell), False
        try:
            made = self._decide(requests, facts, fresh, _Moment(cell, day, at, sighting))
            for n, answer in made.answers.items():
                answers[places[n]] = answer
            if made.rows:
                began_s = clock.monotonic_s()
                await write(connection, made.commit, made.rows)
                latency("decision_write").observe(clock.monotonic_s() - began_s)
            is_written = True
        finally:
            if not is_written:
                sighting.undo()

    def _decide(
        self, requests: Sequence[ApplyRequest], facts: Prefetched, fresh: list[int], on: _Moment
    ) -> _Made:
        clock = self._runtime.clock
        began_s = clock.monotonic_s()
        acting = self.acting(on.at)
        how = self.scores_nobody, self.steering, acting
        cases = _cases(requests, facts, fresh, on.sighting, how)
        results = acting.engine.decide(cases, dict(facts.remaining), on.day)
        decided_s = clock.monotonic_s()
        expires_at = instant(end_of(on.day, self._runtime.settings.zone))
        answers: dict[int, ApplyAnswer | TongtuError] = {}
        places: list[int] = []
        records: list[Record] = []
        for n, case, decided in zip(fresh, cases, results, strict=True):
            if isinstance(decided, TongtuError):
                answers[n] = decided
                on.sighting.drop(case.request.application)
                continue
            decided_in_us = round((decided_s - case.request.received_s) * 1_000_000)
            places.append(n)
            records.append(Record(case, on.day, on.at, decided_in_us, decided))
        steps = [self._plan.step_of[record.decided.outcome] for record in records]
        told = acting.engine.tellings(records, steps, expires_at)
        write_answer = acting.engine.answers.write
        for n, record, telling in zip(places, records, told, strict=True):
            answers[n] = ApplyAnswer(write_answer(record, telling), is_replay=False)
        rows = [
            _row(acting, record, telling) for record, telling in zip(records, told, strict=True)
        ]
        news = [
            (asked.application, asked.decision, asked.party, decided.outcome, known.consent_mask)
            for (asked, known), _, _, _, decided in records
        ]
        commit = Commit(
            cell=on.cell,
            batch=self._runtime.ids.new(id_shard(requests[0].party)),
            version=acting.number,
            business_date=on.day,
            at=on.at,
            process_version=self._plan.version,
            event=_encode_event(
                {"version": 1, "business_date": on.day.isoformat(), "decisions": news}
            ),
            signals=pack_signals(on.sighting.rows),
            hits=on.sighting.hits or None,
            writer=self.watch.writer,
        )
        latency("decision_decide").observe(clock.monotonic_s() - began_s)
        return _Made(commit, rows, answers)

    async def _stored(
        self, connection: Connection, stored: StoredCommand, request: ApplyRequest
    ) -> ApplyAnswer | TongtuError:
        if stored.body_hash != request.body_hash:
            return _reused()
        unpacker = await self.versions.unpacker_of(connection, stored.version)
        return ApplyAnswer(unpacker.answer(stored.record), is_replay=True)


@dataclass(frozen=True, slots=True)
class _Moment:
    """When and where a batch is decided."""

    cell: int
    day: date
    at: datetime
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class _Made:
    """A decided batch before its commit."""

    commit: Commit
    rows: list[Written]
    answers: dict[int, ApplyAnswer | TongtuError]


def _row(acting: Acting, record: Record, telling: Telling) -> Written:
    request, decided, encoded = record.case.request, record.decided, encode(record)
    # In the order of the fields: by name costs three times as much (ADR 0004).
    return Written(
        request,
        decided.outcome,
        telling.step,
        decided.points,
        decided.band,
        tuple([offer.program for offer in decided.offers]),
        acting.packer.pack(encoded, telling.packed()),
        commitment(request.salt, encoded),
        decided.consents_used,
    )


def _cases(
    requests: Sequence[ApplyRequest],
    facts: Prefetched,
    fresh: list[int],
    sighting: Sighting,
    how: tuple[bool, Steering | None, Acting],
) -> list[Case]:
    """Return the cases, each knowing of those before it in the batch.

    They are earlier applications of a party or a device, though no database holds them yet.
    """
    rules_only, steering, acting = how
    cases = []
    for n in fresh:
        request = requests[n]
        phone, resident_id, address, card = facts.links[n]
        keys = (request.device_hash, request.ip_hash, phone, resident_id, address, card)
        at_s = int(request.submitted_at.timestamp())
        row = Signalled(request.application, request.party, at_s, keys)
        fraud = sighting.see(row, facts.backgrounds[n])
        is_identified, adult_on, consents, exposure_minor, *_ = facts.people[n]
        signals = fraud.signals
        known = Known(
            is_identified, adult_on, consents, exposure_minor,
            signals.party_7d, signals.device_24h, fraud, rules_only, steering, None,
            acting.tried, outside_of(acting.engine, request, (facts.outside[n], consents), at_s),
        )  # fmt: skip
        cases.append(Case(request, known))
    return cases


def outside_of(
    engine: DecisionEngine, request: ApplyRequest, known: tuple[str | None, int], at_s: int
) -> tuple[OutsideRow, ...]:
    """Return what the sources that this amount needs say of a person, as far as they consent now.

    `known` is what stands of the person, and their mask. What a decision may not look at is not
    kept with it.
    """
    told, consents = known
    if told is None:
        return ()
    needed = engine.needed(request.product, request.amount_minor)
    read = {one.id for one in needed if consents >> consent_bit(one.scope) & 1}
    return tuple([one for one in read_rows(told, at_s) if one.source in read]) if read else ()


def _by_key(requests: Sequence[ApplyRequest]) -> tuple[dict[int, ApplyRequest], list[int]]:
    """Return the first request of each key by place, and each request's place of its first.

    A key that stands twice in a batch is decided once.
    """
    first: dict[tuple[int, str], int] = {}
    places = [first.setdefault((one.caller, one.key), n) for n, one in enumerate(requests)]
    return {place: requests[place] for place in first.values()}, places


def _follow(
    answer: ApplyAnswer | TongtuError, leader: ApplyRequest, request: ApplyRequest
) -> ApplyAnswer | TongtuError:
    if leader.body_hash != request.body_hash:
        return _reused()
    return answer if isinstance(answer, TongtuError) else ApplyAnswer(answer.body, is_replay=True)


def _reused() -> KeyReused:
    return KeyReused("this Idempotency-Key was used with another body; send a new key")
