"""A person takes one of their offers: once, in time, within what they may owe in all."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.funding.api import (
    LenderDecision,
    QuotaShort,
    Reservation,
    commit,
    elapsed,
    exchange_quota,
    find_remote_offer,
    release_quota,
    reserve,
    share_out,
)
from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict, Refused
from tongtu.kernel.ids import ApplicationId, DecisionId, OfferId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Acceptance, Accepting, Offer, Outcome, offer_of
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import decode
from tongtu.origination.store import acceptance as acceptances
from tongtu.origination.store import application as applications
from tongtu.origination.store import ruling as rulings
from tongtu.runtime.api import Connection

# The number names an offer of another list than the one that counts now.
LIST_CHANGED = "list_changed"
# Its lender lent the money to others while the person read: what else is left of the list stands.
OFFER_GONE = "offer_gone"


async def accept(
    connection: Connection, versions: Versions, caller: Caller, wish: Accepting
) -> Acceptance:
    """Take the offer: what the list holds of its lender's budget becomes the lender's promise.

    Another offer than that takes its budget now, if it still has it, and what was held goes back.

    The lender's own policy said yes in the decision; its version stands in the promise.

    Raises:
        NotFound: not the caller's application, or no such offer.
        Conflict: no offers, expired (`offer_expired`), or taken before (`already_accepted`);
            `list_changed`: a person decided it since the list was seen, so that the number names
            another offer; one who does not say which list was refused only where there were two.
            `offer_gone`: the lender's budget was lent to others; the transaction is to be given
            up, and what the list holds stays held.
        Refused: what the person may owe in all does not hold it (`party_limit_reached`).
    """
    cell = caller.cell
    row = await applications.find(connection, cell, caller, wish.application)
    if row.outcome is not Outcome.OFFERS:
        raise Conflict("this application has no offers", code="wrong_step")
    unpacker = await versions.unpacker_of(connection, row.version)
    # Before any lock: an old version's engine takes a second to make.
    engine = await versions.engine_of(connection, row.version)
    # As a ruling locks: the application, then the day.
    if await applications.hold(connection, cell, row.id) != row.decision:
        raise _changed()
    await _check_list(connection, cell, wish, row.decision)
    await acceptances.hold_day(connection, cell, row.business_date)
    record = decode(unpacker.unpack(row.record)[0])
    offers = record.decided.offers
    if 1 <= wish.n <= len(offers):
        offer, remote = offers[wish.n - 1], None
        decided = LenderDecision(engine.book.policy_hash(offer.lender), record.decided_at)
    else:
        of = (row.id, row.decision)
        offer, decided = remote = await _remote(connection, engine, cell, of, wish.n)
    taken = Acceptance(
        id=wish.offer,
        application=row.id,
        decision=row.decision,
        party=row.party,
        product=row.product,
        n=wish.n,
        offer=offer,
        commitment=wish.commitment,
        business_date=row.business_date,
        accepted_at=wish.at,
        salt=wish.salt,
    )
    await acceptances.insert(connection, cell, taken, row.holds)
    limit_minor = engine.party_limit_minor(offer.lender, row.business_date)
    if not await acceptances.raise_exposure(
        connection, cell, row.party, offer.amount_minor, limit_minor
    ):
        raise Refused("this and what is owed already pass the limit", code="party_limit_reached")
    held = [one for one in offers[: row.holds] if one.program != offer.program]
    # A remote lender's own yes holds nothing of its budget here either.
    is_held = remote is None and (row.holds is None or wish.n <= row.holds)
    await _take_budget(connection, cell, taken, (held, is_held, wish.zone))
    await _promise(connection, cell, engine, taken, decided)
    return taken


async def _take_budget(
    connection: Connection, cell: int, taken: Acceptance, how: tuple[Sequence[Offer], bool, str]
) -> None:
    """Give back what the list's other offers hold and hold this one. Raises Conflict."""
    held, is_held, zone = how
    day, offer = taken.business_date, taken.offer
    back = {one.program: one.amount_minor for one in held}
    if is_held:
        if back:
            await release_quota(connection, cell, day, back)
        return
    wanted = offer.program, offer.amount_minor, elapsed(taken.accepted_at, day, zone)
    try:
        await exchange_quota(connection, cell, day, back, wanted)
    except QuotaShort as short:
        raise Conflict(
            "this lender has lent its money to others meanwhile; choose another offer",
            code=OFFER_GONE,
        ) from short


async def _check_list(
    connection: Connection, cell: int, wish: Accepting, decision: DecisionId
) -> None:
    """Raise Conflict where the number may be of another list than the one in force."""
    if wish.decision is None:
        if await rulings.had_other_offers(connection, cell, wish.application, decision):
            raise _changed()
    elif wish.decision != decision:
        raise _changed()


def _changed() -> Conflict:
    return Conflict("this application was decided anew; look again", code=LIST_CHANGED)


async def _promise(
    connection: Connection,
    cell: int,
    engine: DecisionEngine,
    taken: Acceptance,
    decided: LenderDecision,
) -> None:
    """Make the held quota the lender's promise, each funder's share where several lend."""
    offer, book = taken.offer, engine.book
    held = Reservation(
        id=taken.commitment,
        application=taken.application,
        program=offer.program,
        lender=offer.lender,
        amount_minor=offer.amount_minor,
        day=taken.business_date,
    )
    await reserve(connection, cell, held, taken.accepted_at)
    shares = book.shares(offer.program, offer.amount_minor, offer.rate_bps)
    if shares is not None:
        policies = {one.lender: book.policy_hash(one.lender) for one in shares.members}
        shared = policies, decided.decided_at
        await share_out(connection, cell, taken.commitment, shares, shared)
    await commit(connection, cell, taken.commitment, decided, taken.accepted_at)


async def _remote(
    connection: Connection,
    engine: DecisionEngine,
    cell: int,
    of: tuple[ApplicationId, DecisionId],
    n: int,
) -> tuple[Offer, LenderDecision]:
    """Return a remote lender's standing offer beside this decision, and that lender's own yes."""
    found = await find_remote_offer(connection, cell, of, n)
    if found is None:
        raise Conflict("there is no offer of this number", code="no_such_offer")
    terms, policy_hash, decided_at = found
    offer = offer_of(terms)
    if not engine.book.knows(offer.program):  # nothing says what its limits were
        raise Conflict("the lender joined after this decision", code="no_such_offer")
    return offer, LenderDecision(policy_hash, decided_at)


async def find_acceptance(connection: Connection, caller: Caller, offer: int) -> Acceptance:
    """Return an accepted offer the caller may see. Raises NotFound."""
    return await acceptances.find(connection, caller.cell, caller, OfferId(offer))


async def approved_minor(
    connection: Connection, cell: int, offer: int, application: int, decision: int
) -> int | None:
    """Return the amount that this decision offered and the person took; None when it did not.

    Read from the decision itself: papers carry copies of its id.
    """
    of = ApplicationId(application), DecisionId(decision)
    return await acceptances.approved_minor(connection, cell, OfferId(offer), of)


async def lower_exposure(connection: Connection, cell: int, offer: int, to_minor: int) -> bool:
    """Note that less is owed on an accepted offer; 0 when it is settled or cancelled.

    Safe to repeat and in any order. Returns whether it was lowered.
    """
    return await acceptances.lower_exposure(connection, cell, OfferId(offer), to_minor)


async def restore_exposure(connection: Connection, cell: int, offer: int, to_minor: int) -> bool:
    """Note that more is owed again on an accepted offer: the bank took a repayment back.

    Safe to repeat. Returns whether it was raised.
    """
    return await acceptances.restore_exposure(connection, cell, OfferId(offer), to_minor)


async def raise_exposure_again(
    connection: Connection, cell: int, offer: int, limit_minor: int
) -> None:
    """Note that an accepted offer whose payout failed is to be paid after all.

    Raises:
        Refused: code `party_limit_reached`: what the person owes meanwhile leaves no room.
    """
    if not await acceptances.raise_exposure_again(connection, cell, OfferId(offer), limit_minor):
        raise Refused("this and what is owed already pass the limit", code="party_limit_reached")


async def raise_exposure_to(
    connection: Connection, cell: int, offer: int, to: tuple[int, int]
) -> None:
    """Let an accepted line count for more; `to` is its new limit, and the party's limit in all.

    Raises:
        Refused: code `party_limit_reached`.
    """
    if not await acceptances.raise_exposure_to(connection, cell, OfferId(offer), to):
        raise Refused("this and what is owed already pass the limit", code="party_limit_reached")
