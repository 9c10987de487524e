"""A person decides what waits for one, by the engine and the facts of this moment.

The law, the product, lists of fraud and every lender keep their say; the machine's own decision
stays as it is, and the person's stands beside it with a leaf of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tongtu.evidence.api import commitment
from tongtu.kernel.errors import Refused, TongtuError
from tongtu.kernel.ids import ApplicationId, DecisionId, id_shard
from tongtu.origination.flow.arms import Acting
from tongtu.origination.flow.lane import DecisionLane, outside_of
from tongtu.origination.model import Case, Outcome, Ruling, Said
from tongtu.origination.rules.answer import end_of, instant
from tongtu.origination.rules.desk import is_override
from tongtu.origination.rules.record import Record, decode, encode
from tongtu.origination.store import document as documents
from tongtu.origination.store import ruling as store
from tongtu.origination.store.batch import prefetch
from tongtu.origination.store.document import DocumentRequest
from tongtu.origination.store.ruling import InForce, NewDecision, RulingRow
from tongtu.runtime.api import Connection, Runtime, business_date

SALT_BYTES = 16
IMPOSSIBLE = "ruling_impossible"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a person is shown of a case that waits: the machine's word and what is against it."""

    waits: store.Waits
    answer: dict[str, Any]
    request: DocumentRequest | None  # of documents


@dataclass(frozen=True, slots=True)
class RulingWish:
    """What a member of staff decides of an application, and by whose approval."""

    application: ApplicationId
    said: Said
    codes: tuple[str, ...]
    staff: int
    approval: int | None = None
    documents: tuple[str, ...] = ()  # commitments of what was uploaded, in hexadecimal


@dataclass(frozen=True, slots=True)
class Ruled:
    """A person's decision as it stands from now on."""

    decision: DecisionId
    application: ApplicationId
    party: int
    outcome: Outcome
    is_override: bool


async def waiting(
    connection: Connection, lane: DecisionLane, cell: int, page: tuple[str, int, int]
) -> list[Looked]:
    """Return a page of a queue (its name, after which application, how many), oldest first."""
    found = []
    day = await business_date(connection)
    for waits in await store.waiting(connection, cell, page, day):
        unpacker = await lane.versions.unpacker_of(connection, waits.version)
        answer = msgspec.json.decode(unpacker.answer(waits.record), type=dict[str, Any])
        request = await documents.find(connection, cell, waits.application)
        found.append(Looked(waits, answer, request))
    return found


async def weigh(
    connection: Connection, lane: DecisionLane, cell: int, wish: RulingWish
) -> tuple[InForce, bool]:
    """Return the decision in force, locked, and whether the wish says otherwise than the machine.

    Raises NotFound.
    """
    stands = await store.hold_in_force(connection, cell, wish.application)
    machine = await _machine(connection, lane, stands)
    return stands, is_override(stands.machine_said, _lines(machine), wish.said)


async def rule(
    connection: Connection,
    runtime: Runtime,
    lane: DecisionLane,
    wish: RulingWish,
    step_of: Mapping[str, str],
) -> Ruled:
    """Decide a case as a person says, in the caller's commit; moving the case is the caller's.

    Raises:
        NotFound: no such application.
        Refused: `ruling_impossible`: the law, the product or every lender says no; the detail
            names the reasons. Nothing has changed.
        Raced: a quota, a consent or the day moved meanwhile; the whole is to be tried again.
    """
    cell = runtime.cell(wish.application)
    stands = await store.hold_in_force(connection, cell, wish.application)
    machine = await _machine(connection, lane, stands)
    made, acting = await _decide(connection, runtime, lane, (wish, stands, machine))
    decided, outcome = made.decided, made.decided.outcome
    if outcome is not (Outcome.OFFERS if wish.said is Said.APPROVE else Outcome.DECLINED):
        raise Refused(f"this stands against it: {', '.join(decided.reasons)}", code=IMPOSSIBLE)
    await store.write(
        connection, cell, _new(runtime, acting, (made, stands, step_of[outcome.value]))
    )
    lines = _lines(machine)
    row = RulingRow(
        id=made.case.request.decision,
        application=stands.application,
        machine=stands.machine,
        machine_said=stands.machine_said,
        lines_said=lines,
        said=wish.said,
        codes=wish.codes,
        cleared=_seen(stands, machine),
        is_override=is_override(stands.machine_said, lines, wish.said),
        staff=wish.staff,
        business_date=made.business_date,
        decided_at=made.decided_at,
    )
    await store.note(connection, cell, row, wish.approval)
    return Ruled(row.id, stands.application, stands.party, outcome, row.is_override)


async def _machine(connection: Connection, lane: DecisionLane, stands: InForce) -> Record:
    unpacker = await lane.versions.unpacker_of(connection, stands.machine_version)
    return decode(unpacker.unpack(stands.machine_record)[0])


async def _decide(
    connection: Connection,
    runtime: Runtime,
    lane: DecisionLane,
    of: tuple[RulingWish, InForce, Record],
) -> tuple[Record, Acting]:
    """Decide by what is known now of what was said then, by what everybody is priced by now."""
    wish, stands, machine = of
    cell, clock, shard = runtime.cell(stands.application), runtime.clock, id_shard(stands.party)
    began_s, at = clock.monotonic_s(), clock.now()
    day = await business_date(connection)
    request = machine.case.request._replace(
        decision=DecisionId(runtime.ids.new(shard)), salt=runtime.entropy.bytes(SALT_BYTES)
    )
    facts = await prefetch(connection, cell, [request], day)
    fraud = lane.watch.now(cell, stands.application, int(at.timestamp()), facts.backgrounds[0])
    person, told = facts.people[0], facts.outside[0]
    ruling = Ruling(wish.said, wish.codes, wish.staff, stands.machine, wish.documents)
    acting = lane.acting(at)
    known = machine.case.known._replace(
        is_identified=person.is_identified,
        adult_on=person.adult_on,
        consent_mask=person.consent_mask,
        exposure_minor=person.exposure_minor,
        fraud=fraud,
        outside=outside_of(
            acting.engine, request, (told, person.consent_mask), int(at.timestamp())
        ),
        rules_only=lane.scores_nobody,
        steering=lane.steering,  # none where the router was stopped since
        ruling=ruling,
        tried=acting.tried,
    )
    case = Case(request, known)
    remaining = dict(facts.remaining)
    if stands.business_date == day:
        for program in stands.holding:  # what it gives back, it may take again
            remaining[program] = remaining.get(program, 0) + stands.amount_minor
    (decided,) = acting.engine.decide([case], remaining, day)
    if isinstance(decided, TongtuError):
        raise decided
    took_us = round((clock.monotonic_s() - began_s) * 1_000_000)
    return Record(case, day, at, took_us, decided), acting


def _new(runtime: Runtime, acting: Acting, of: tuple[Record, InForce, str]) -> NewDecision:
    made, stands, step = of
    decided, request, encoded = made.decided, made.case.request, encode(made)
    expires_at = instant(end_of(made.business_date, runtime.settings.zone))
    (telling,) = acting.engine.tellings([made], [step], expires_at)
    return NewDecision(
        batch=runtime.ids.new(id_shard(stands.party)),
        version=acting.number,
        business_date=made.business_date,
        at=made.decided_at,
        application=stands.application,
        before=stands.decision,
        decision=request.decision,
        party=stands.party,
        amount_minor=stands.amount_minor,
        outcome=decided.outcome.value,
        points=decided.points,
        band=decided.band,
        programs=tuple(offer.program for offer in decided.offers),
        salt=request.salt,
        record=acting.packer.pack(encoded, telling.packed()),
        commitment=commitment(request.salt, encoded),
        consents_used=decided.consents_used,
    )


def _lines(machine: Record) -> str:
    """Return what the challenger's two lines said beside the machine; empty: none scored."""
    beside = machine.decided.challenger
    return "" if beside is None else beside.side


def _seen(stands: InForce, machine: Record) -> tuple[str, ...]:
    """Return what stood against the case and the person has seen: it holds it up no more.

    What came to light since they looked is not among it: the acceptance asks once more.
    """
    held = machine.decided.reasons if machine.decided.outcome is Outcome.REVIEW else ()
    return tuple(dict.fromkeys((*held, *stands.reasons)))
