"""A joint loan's promises as rows, one a funder, and what of each payment is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tongtu.funding.model import Guarantor, Reservation, Share, Shares, SplitInstruction
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import LenderId
from tongtu.runtime.api import Connection

_GUARANTORS = """
insert into funding.guarantor (number, id, name_zh, name_en, listed_from, listed_to)
select * from unnest($1::int2[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])
on conflict (number) do update set id = excluded.id, name_zh = excluded.name_zh,
    name_en = excluded.name_en, listed_from = excluded.listed_from, listed_to = excluded.listed_to
"""
_JOINT = """
insert into funding.joint (cell, commitment, guarantor, compensate_after_days, service_fee_ppm)
values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_SHARES = """
insert into funding.share
    (cell, commitment, place, lender, principal_minor, rate_bps, policy_hash, decided_at)
select $1, $2, t.place, t.lender, t.principal_minor, t.rate_bps, t.policy_hash, $7
  from unnest($3::int2[], $4::int8[], $5::int4[], $6::text[])
       with ordinality as t (lender, principal_minor, rate_bps, policy_hash, place)
on conflict do nothing
"""
_FIND = """
select j.guarantor, j.compensate_after_days, j.service_fee_ppm, s.lender, s.principal_minor,
       s.rate_bps
  from funding.commitment c
  join funding.joint j on j.cell = c.cell and j.commitment = c.id
  join funding.share s on s.cell = j.cell and s.commitment = j.commitment
 where c.cell = $1 and c.application = $2 order by s.place
"""
_INSTRUCT = """
insert into funding.split_instruction
    (cell, payment, payee, loan, business_date, principal_minor, interest_minor, fee_minor,
     amount_minor, service_fee_minor, at)
select $1, $2, t.payee, $3, $4, t.principal_minor, t.interest_minor, t.fee_minor,
       t.principal_minor + t.interest_minor + t.fee_minor, t.service_fee_minor, $5
  from unnest($6::int2[], $7::int8[], $8::int8[], $9::int8[], $10::int8[])
       as t (payee, principal_minor, interest_minor, fee_minor, service_fee_minor)
"""
_COLUMNS = """payment, loan, payee, business_date, principal_minor, interest_minor, fee_minor,
    service_fee_minor"""
_OF_LOANS = f"""
select {_COLUMNS} from funding.split_instruction
 where cell = $1 and loan = any ($2) order by loan, payment, payee
"""


async def write_guarantors(connection: Connection, guarantors: Sequence[Guarantor]) -> None:
    """Make the rows say what the book says."""
    await connection.execute(
        _GUARANTORS,
        [one.number for one in guarantors],
        [one.id for one in guarantors],
        [one.zh for one in guarantors],
        [one.en for one in guarantors],
        [one.listed_from for one in guarantors],
        [one.listed_to for one in guarantors],
    )


async def insert(
    connection: Connection,
    cell: int,
    held: Reservation,
    shares: Shares,
    decided: tuple[Mapping[LenderId, str], datetime],
) -> None:
    """Write each funder's promise with the version of its own policy; safe to repeat.

    Raises:
        Conflict: this commitment is shared otherwise already.
    """
    commitment = held.id
    policies, at = decided
    members = shares.members
    terms = (shares.guarantor, shares.compensate_after_days, shares.service_fee_ppm)
    await connection.execute(_JOINT, cell, commitment, *terms)
    await connection.execute(
        _SHARES,
        cell,
        commitment,
        [one.lender for one in members],
        [one.principal_minor for one in members],
        [one.rate_bps for one in members],
        [policies[one.lender] for one in members],
        at,
    )
    if await find(connection, cell, held.application) != shares:
        raise Conflict("this commitment is shared otherwise")


async def find(connection: Connection, cell: int, application: int) -> Shares | None:
    """Return the shares of an application's commitment, or None when one lender gives all."""
    rows = await connection.fetch(_FIND, cell, application)
    if not rows:
        return None
    members = tuple(Share(row["lender"], row["principal_minor"], row["rate_bps"]) for row in rows)
    first = rows[0]
    return Shares(
        members, first["guarantor"], first["compensate_after_days"], first["service_fee_ppm"]
    )


async def instruct(
    connection: Connection, cell: int, instructions: Sequence[SplitInstruction], at: datetime
) -> None:
    """Write what is paid on of one payment; the caller has booked it in the same transaction."""
    if not instructions:
        return
    first = instructions[0]
    await connection.execute(
        _INSTRUCT,
        cell,
        first.payment,
        first.loan,
        first.business_date,
        at,
        [one.payee for one in instructions],
        [one.principal_minor for one in instructions],
        [one.interest_minor for one in instructions],
        [one.fee_minor for one in instructions],
        [one.service_fee_minor for one in instructions],
    )


async def instructions_of(
    connection: Connection, cell: int, loans: Sequence[int]
) -> dict[int, list[SplitInstruction]]:
    """Return what was paid on of each loan's payments, oldest payment first."""
    found: dict[int, list[SplitInstruction]] = {loan: [] for loan in loans}
    for row in await connection.fetch(_OF_LOANS, cell, list(loans)):
        found[row["loan"]].append(SplitInstruction(**dict(row.items())))
    return found
