"""The market of some days, and one decision's lenders: read from the records, never estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Offer, Outcome
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.rules.tally import Tally, Worthy
from tongtu.origination.store import acceptance as acceptances
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime

PAGE = 500
# A report is held in memory; more is asked for by days.
DECISIONS_MAX = 200_000
Engines = Mapping[int, DecisionEngine]
Taken = Mapping[DecisionId, tuple[int, Offer]]


@dataclass(frozen=True, slots=True)
class LenderLine:
    """What one lender said to one application: an offer at its place, or why there is none."""

    lender: LenderId
    reason: str  # "" where there is an offer
    place: int  # as it was shown, from 1; 0: not shown
    offer: Offer | None
    worth_minor: int
    toll_minor: int  # what lending this takes from those who come later, where the router was on
    is_recommended: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision with every lender's answer, offers in the order they were shown."""

    decision: DecisionId
    application: ApplicationId
    business_date: date
    outcome: Outcome
    band: int
    is_steered: bool  # the router was on
    lines: tuple[LenderLine, ...]


async def tally(
    runtime: Runtime, versions: Versions, days: tuple[date, date], *, of_persons: bool = False
) -> Tally:
    """Return the market of these business days, both included: the machine's, or persons' alone.

    A case that a person decided stands in both: with the machine's answer, of which nothing was
    taken, and with the person's, on the day it was made.

    Raises:
        BadInput: more than DECISIONS_MAX decisions, or days in the wrong order.
    """
    if days[0] > days[1]:
        raise BadInput("the first day is after the last", code="days_out_of_order")
    found, read = Tally(), applications.ruled if of_persons else applications.decisions
    for cell in range(runtime.settings.cells):
        after = 0
        while True:
            async with runtime.database.reading() as connection:
                if not after:
                    taken = await acceptances.taken(connection, cell, days)
                rows = await read(connection, cell, days, after, PAGE)
                numbers = {row.version for row in rows}
                unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
            packed = [(row.version, unpackers[row.version].unpack(row.record)[0]) for row in rows]
            if packed:
                work = partial(_count, found, packed, taken)
                after = await versions.work_apart(runtime.database, numbers, work)
            if found.decisions > DECISIONS_MAX:
                raise BadInput(f"more than {DECISIONS_MAX} decisions: ask for fewer days")
            if len(rows) < PAGE:
                break
    return found


async def explain_decision(runtime: Runtime, versions: Versions, decision: DecisionId) -> Explained:
    """Return every lender's answer in one decision.

    Raises:
        NotFound: no such decision.
        NotReady: its version was registered without its files.
    """
    cell = runtime.cell(decision)
    async with runtime.database.reading() as connection:
        row = await applications.find_decision(connection, cell, decision)
        taken = await acceptances.taken_of(connection, cell, decision)
        unpacker = await versions.unpacker_of(connection, row.version)
    record = decode(unpacker.unpack(row.record)[0])
    work = partial(_explained, record, taken, row.version)
    return await versions.work_apart(runtime.database, {row.version}, work)


def _count(
    found: Tally, packed: Sequence[tuple[int, bytes]], taken: Taken, own: Engines
) -> DecisionId:
    """Count a page; return its last decision."""
    for version, encoded in packed:
        record = decode(encoded)
        decision = record.case.request.decision
        worths = _worths(record, own[version])
        n, offer = taken.get(decision, (0, None))
        found.add(Worthy(record.decided, worths, n, offer))
    return decision


def _worths(record: Record, engine: DecisionEngine) -> Sequence[int]:
    """Return the worth of each offer: as the record has it, or counted where it has none."""
    if record.decided.worths:
        return record.decided.worths
    day = record.business_date
    return [engine.worth_minor(offer, day) for offer in record.decided.offers]


def _explained(record: Record, taken: int, version: int, own: Engines) -> Explained:
    decided, request = record.decided, record.case.request
    steering = record.case.known.steering
    worths = _worths(record, own[version])
    shown = [
        LenderLine(
            offer.lender,
            "",
            place,
            offer,
            worth,
            0 if steering is None else steering.toll_minor(offer.program, offer.amount_minor),
            is_recommended=place == decided.recommended,
            is_taken=place == taken,
        )
        for place, (offer, worth) in enumerate(zip(decided.offers, worths, strict=True), start=1)
    ]
    silent = [
        LenderLine(one.lender, one.reason, 0, None, 0, 0, is_recommended=False, is_taken=False)
        for one in decided.not_offered
    ]
    return Explained(
        request.decision,
        request.application,
        record.business_date,
        decided.outcome,
        decided.band,
        steering is not None,
        (*shown, *silent),
    )
