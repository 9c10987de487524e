"""Acceptances and exposure: every write is guarded by its own statement."""

from __future__ import annotations

import json
from datetime import date

import asyncpg

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import ApplicationId, DecisionId, OfferId, PartyId
from tongtu.origination.model import Acceptance, Offer, StepAt, offer_of
from tongtu.runtime.api import Connection

DAY_CLOSED = "TQ003"
_HOLD = "select origination.hold_day($1, $2)"
_INSERT = """
insert into origination.acceptance
    (cell, id, application, decision, party, n, lender, program, commitment, amount_minor,
     exposure_minor, offer, business_date, accepted_at, salt, holds)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11::jsonb, $12, $13, $14, $15)
on conflict (cell, application) do nothing
"""
_RAISE = """
insert into origination.exposure as e (cell, party, used_minor)
select $1, $2, $3::int8 where $3::int8 <= $4::int8
on conflict (cell, party) do update set used_minor = e.used_minor + excluded.used_minor
 where e.used_minor + excluded.used_minor <= $4::int8
"""
_LOWER = """
with held as (
    select party, exposure_minor from origination.acceptance
     where cell = $1 and id = $2 and exposure_minor >= $3 for update
), lowered as (
    update origination.acceptance set exposure_minor = $3
     where cell = $1 and id = $2 and exists (select from held)
)
update origination.exposure e set used_minor = e.used_minor - (h.exposure_minor - $3)
  from held h where e.cell = $1 and e.party = h.party
"""
_RESTORE = """
with held as (
    select party, exposure_minor from origination.acceptance
     where cell = $1 and id = $2 and exposure_minor < $3 for update
), raised as (
    update origination.acceptance set exposure_minor = $3
     where cell = $1 and id = $2 and exists (select from held)
)
update origination.exposure e set used_minor = e.used_minor + ($3 - h.exposure_minor)
  from held h where e.cell = $1 and e.party = h.party
"""
_RAISE_AGAIN = """
with held as (
    select party, amount_minor from origination.acceptance
     where cell = $1 and id = $2 and exposure_minor = 0 for update
), raised as (
    update origination.exposure e set used_minor = e.used_minor + h.amount_minor
      from held h where e.cell = $1 and e.party = h.party and e.used_minor + h.amount_minor <= $3
    returning h.amount_minor
)
update origination.acceptance set exposure_minor = r.amount_minor
  from raised r where cell = $1 and id = $2
"""
# The exposure of a line follows its limit up; it is there already where more is used.
_RAISE_TO = """
with held as (
    select party, exposure_minor from origination.acceptance
     where cell = $1 and id = $2 and exposure_minor < $3 for update
), raised as (
    update origination.exposure e set used_minor = e.used_minor + ($3 - h.exposure_minor)
      from held h where e.cell = $1 and e.party = h.party
       and e.used_minor + ($3 - h.exposure_minor) <= $4
    returning e.party
)
update origination.acceptance set exposure_minor = $3
  from raised r where cell = $1 and id = $2
"""
_STANDS = "select exposure_minor from origination.acceptance where cell = $1 and id = $2"
_COLUMNS = """
    t.id, t.application, t.decision, t.party, a.product, t.n, t.commitment, t.offer,
    t.business_date, t.accepted_at, t.salt
  from origination.acceptance t
  join origination.application a on a.cell = t.cell and a.id = t.application
"""
_OF_BORROWER = f"select {_COLUMNS} where t.cell = $1 and t.id = $2 and t.party = $3"
_OF_LENDER = f"select {_COLUMNS} where t.cell = $1 and t.id = $2 and t.lender = $3"
_OF_ANYONE = f"select {_COLUMNS} where t.cell = $1 and t.id = $2"
# The offer taken is one of its decision's own: same application, same decision, its program; or
# what a remote lender answered about that very decision, under that number.
_APPROVED = """
select (t.offer ->> 'amount_minor')::int8 from origination.acceptance t
  join origination.application a on a.cell = t.cell and a.id = t.application
  join origination.decision d on d.cell = t.cell and d.id = t.decision
 where t.cell = $1 and t.id = $2 and t.application = $3 and t.decision = $4
   and a.decision = d.id and d.application = a.id and d.outcome = 'offers'
   and (t.program = any (d.programs)
        or t.program = funding.remote_program(t.cell, t.application, t.decision, t.n))
"""
_EXPIRE = "select origination.expire_day($1, $2, $3, $4, $5, $6)"
_TAKEN = """
select decision, n, offer from origination.acceptance
 where cell = $1 and business_date between $2 and $3
"""
# By the application, which has an index, and of that decision only: a person's list has its own
# numbers.
_TAKEN_OF = """
select t.n from origination.decision d
  join origination.acceptance t
    on t.cell = d.cell and t.application = d.application and t.decision = d.id
 where d.cell = $1 and d.id = $2
"""


async def hold_day(connection: Connection, cell: int, business_date: date) -> None:
    """Keep the day's offers alive until this transaction ends. Raises Conflict once expired."""
    try:
        await connection.execute(_HOLD, cell, business_date)
    except asyncpg.PostgresError as error:
        if error.sqlstate != DAY_CLOSED:
            raise
        raise Conflict("these offers have expired; please apply again", code="offer_expired") from (
            error
        )


async def insert(connection: Connection, cell: int, new: Acceptance, holds: int | None) -> None:
    """Write the acceptance of a list that holds so many of its offers' amounts; None: each.

    Raises:
        Conflict: the application has one already.
    """
    done = await connection.execute(
        _INSERT,
        cell,
        new.id,
        new.application,
        new.decision,
        new.party,
        new.n,
        new.offer.lender,
        new.offer.program,
        new.commitment,
        new.offer.amount_minor,
        json.dumps(new.offer._asdict()),
        new.business_date,
        new.accepted_at,
        new.salt,
        holds,
    )
    if done != "INSERT 0 1":
        raise Conflict("an offer of this application was accepted already", code="already_accepted")


async def raise_exposure(
    connection: Connection, cell: int, party: PartyId, amount_minor: int, limit_minor: int
) -> bool:
    """Add to what a party may come to owe, if the limit holds it; return whether it did."""
    done = await connection.execute(_RAISE, cell, party, amount_minor, limit_minor)
    return bool(done == "INSERT 0 1")


async def lower_exposure(connection: Connection, cell: int, offer: OfferId, to_minor: int) -> bool:
    """Note that less is owed on an accepted offer, 0 when it is settled or cancelled.

    Safe to repeat and in any order: exposure never rises here. Returns whether it was lowered.
    """
    return bool(await connection.execute(_LOWER, cell, offer, to_minor) == "UPDATE 1")


async def restore_exposure(
    connection: Connection, cell: int, offer: OfferId, to_minor: int
) -> bool:
    """Note that more is owed on an accepted offer than was held; return whether it was raised.

    No limit stands in the way: what is owed is owed, whatever may still be lent.
    """
    return bool(await connection.execute(_RESTORE, cell, offer, to_minor) == "UPDATE 1")


async def raise_exposure_again(
    connection: Connection, cell: int, offer: OfferId, limit_minor: int
) -> bool:
    """Take the whole exposure of an offer that was lowered to 0; False when the limit is passed."""
    done = await connection.execute(_RAISE_AGAIN, cell, offer, limit_minor)
    return bool(done == "UPDATE 1")


async def raise_exposure_to(
    connection: Connection, cell: int, offer: OfferId, to: tuple[int, int]
) -> bool:
    """Let an accepted offer count for more; `to` is how much, and the party's limit in all.

    False when the limit does not hold it.
    """
    to_minor, limit_minor = to
    done = await connection.execute(_RAISE_TO, cell, offer, to_minor, limit_minor)
    if done == "UPDATE 1":
        return True
    stands: int | None = await connection.fetchval(_STANDS, cell, offer)
    return stands is not None and stands >= to_minor


async def find(connection: Connection, cell: int, caller: Caller, offer: OfferId) -> Acceptance:
    """Return an accepted offer the caller may see. Raises NotFound."""
    if caller.role is Role.BORROWER:
        row = await connection.fetchrow(_OF_BORROWER, cell, offer, caller.subject)
    elif caller.role is Role.LENDER:
        row = await connection.fetchrow(_OF_LENDER, cell, offer, caller.organisation)
    elif caller.role is Role.ANALYST:
        row = None
    else:
        row = await connection.fetchrow(_OF_ANYONE, cell, offer)
    if row is None:
        raise NotFound("no such offer")
    return Acceptance(
        id=OfferId(row["id"]),
        application=ApplicationId(row["application"]),
        decision=DecisionId(row["decision"]),
        party=PartyId(row["party"]),
        product=row["product"],
        n=row["n"],
        offer=offer_of(json.loads(row["offer"])),
        commitment=row["commitment"],
        business_date=row["business_date"],
        accepted_at=row["accepted_at"],
        salt=row["salt"],
    )


async def approved_minor(
    connection: Connection, cell: int, offer: OfferId, of: tuple[ApplicationId, DecisionId]
) -> int | None:
    """Return the amount that this decision offered and the person took; None when it did not."""
    found: int | None = await connection.fetchval(_APPROVED, cell, offer, *of)
    return found


async def taken(
    connection: Connection, cell: int, days: tuple[date, date]
) -> dict[DecisionId, tuple[int, Offer]]:
    """Return the offer that was taken of each decision of these business days, by its number."""
    rows = await connection.fetch(_TAKEN, cell, *days)
    return {
        DecisionId(row["decision"]): (row["n"], offer_of(json.loads(row["offer"]))) for row in rows
    }


async def taken_of(connection: Connection, cell: int, decision: DecisionId) -> int:
    """Return the number of the offer that was taken of a decision; 0 when none of it was."""
    return int(await connection.fetchval(_TAKEN_OF, cell, decision) or 0)


async def expire_day(
    connection: Connection, cell: int, business_date: date, origin: str, to: StepAt
) -> int:
    """Let go the offers of a day that nobody took; return how many applications had some."""
    expired: int = await connection.fetchval(
        _EXPIRE, cell, business_date, origin, to.step, to.process_version, to.at
    )
    return expired
