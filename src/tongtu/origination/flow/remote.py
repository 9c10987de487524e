"""A decided case for lenders that are asked beside the lane, and what their terms come to."""

from __future__ import annotations

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
