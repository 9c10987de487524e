"""A decided case for lenders that are asked beside the lane, and what their terms come to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tongtu.funding.api import RemoteQuote
from tongtu.kernel.ids import DecisionId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Offer
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.store import application as applications
from tongtu.policy.api import Finding
from tongtu.runtime.api import Connection


async def find_record(
    connection: Connection, versions: Versions, cell: int, decision: int
) -> Record:
    """Return what was decided and on what. Raises NotFound."""
    row = await applications.find_decision(connection, cell, DecisionId(decision))
    unpacker = await versions.unpacker_of(connection, row.version)
    return decode(unpacker.unpack(row.record)[0])


@dataclass(frozen=True, slots=True)
class Answered:
    """What a lender in process said of one application, by which version of its policy."""

    decision: int
    lender: int
    policy_hash: str
    words: str  # the whole answer, one line

    def leaf(self) -> bytes:
        """Return the bytes that stand for this answer under the lender's signature."""
        text = f"{self.decision}|{self.lender}|{self.policy_hash}|{self.words}"
        return hashlib.sha256(text.encode()).digest()


async def answers_beyond(
    connection: Connection, versions: Versions, cell: int, beyond: tuple[int, int], limit: int
) -> tuple[int, list[Answered]]:
    """Return what lenders in process answered in decisions between two ids, both left out.

    In the order of decisions, then lenders, of at most `limit` decisions; and the last decision
    looked at, 0 when there was none.
    """
    rows = await applications.decisions_beyond(connection, cell, beyond, limit)
    numbers = {row.version for row in rows}
    unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
    books = {n: (await versions.engine_of(connection, n)).book for n in numbers}
    found: list[Answered] = []
    last = 0
    for row in rows:
        record = decode(unpackers[row.version].unpack(row.record)[0])
        last = record.case.request.decision
        said = {
            one.lender: f"offer|{one.program}|{one.amount_minor}|{one.tenor_months}|"
            f"{one.rate_bps}|{one.fee_monthly_minor}"
            for one in record.decided.offers
        } | {one.lender: f"no|{one.reason}" for one in record.decided.not_offered}
        book = books[row.version]
        found += [
            Answered(last, lender, book.policy_hash(lender), words)
            for lender, words in sorted(said.items())
        ]
    return last, found


async def judge_remote(
    connection: Connection, versions: Versions, place: tuple[int, int], quote: RemoteQuote
) -> Offer | Finding | None:
    """Return a remote lender's terms as an offer, by the law and the files of the decision.

    `place` is the cell and the decision. The rule that stands against it instead; None where the
    case has no offers.

    Raises:
        NotFound: no such decision.
    """
    cell, decision = place
    row = await applications.find_decision(connection, cell, DecisionId(decision))
    engine = await versions.engine_of(connection, row.version)
    record = await find_record(connection, versions, cell, decision)
    return engine.judge_remote(record.case, quote, record.business_date)
