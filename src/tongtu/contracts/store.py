"""The SQL of disclosures, agreements and sealed documents. Callers own the transaction."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from tongtu.contracts.clauses import Acknowledged, clause_json, clause_of_json
from tongtu.contracts.model import (
    Agreement,
    AgreementStatus,
    Deal,
    Disclosure,
    Lender,
    PlanRow,
    Withdrawal,
)
from tongtu.contracts.rules import table_json, table_of_json
from tongtu.runtime.api import Connection
from tongtu.terms.api import PaymentOrder

_DISCLOSURE = (
    "offer, application, party, sha256, salt, body, deal, shown_at, readable_at, confirmed_at"
)
_SHOW = f"""
INSERT INTO contracts.disclosure (cell, {_DISCLOSURE})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)
ON CONFLICT (cell, offer) DO NOTHING RETURNING offer
"""
_FIND_DISCLOSURE = f"""
SELECT {_DISCLOSURE} FROM contracts.disclosure WHERE cell = $1 AND offer = $2 AND party = $3
"""
_CONFIRM = """
UPDATE contracts.disclosure SET confirmed_at = $4
WHERE cell = $1 AND offer = $2 AND party = $3 AND confirmed_at IS NULL AND readable_at <= $4
RETURNING offer
"""
_HOLD = "SELECT offer FROM contracts.disclosure WHERE cell = $1 AND offer = $2 FOR UPDATE"
_ACKNOWLEDGE = """
INSERT INTO contracts.acknowledgement (cell, offer, clause, sha256, body, at)
SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""
_ACKNOWLEDGED = """
SELECT body, at FROM contracts.acknowledgement WHERE cell = $1 AND offer = $2 ORDER BY at, clause
"""
_AGREEMENT = (
    "id, offer, application, party, lender, status, business_date, deal, draft_sha256, "
    "signed_sha256, prepared_at, signed_at, binding"
)
_PREPARE = """
INSERT INTO contracts.agreement
    (cell, id, offer, application, party, lender, status, business_date, deal, draft_sha256, salt,
     prepared_at)
VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, $8, $9, $10, $11)
ON CONFLICT (cell, offer) WHERE status <> 'replaced' DO NOTHING RETURNING id
"""
_FIND_AGREEMENT = f"""
SELECT {_AGREEMENT} FROM contracts.agreement WHERE cell = $1 AND id = $2 AND party = $3
"""
_OF_OFFER = f"""
SELECT {_AGREEMENT} FROM contracts.agreement
WHERE cell = $1 AND offer = $2 AND party = $3 AND status <> 'replaced'
"""
_OF_APPLICATION = f"""
SELECT {_AGREEMENT} FROM contracts.agreement
WHERE cell = $1 AND party = $3 AND application = $2 AND status <> 'replaced'
"""
_SIGN = """
UPDATE contracts.agreement
SET status = 'signed', signed_sha256 = $4, signed_at = $5, binding = $6
WHERE cell = $1 AND id = $2 AND party = $3 AND status = 'ready' RETURNING salt
"""
_SIGNED_ON = """
SELECT signed_sha256 FROM contracts.agreement
WHERE cell = $1 AND business_date = $2 AND status = 'signed'
"""
_REPLACE = """
UPDATE contracts.agreement SET status = 'replaced'
WHERE cell = $1 AND id = $2 AND status = 'ready' RETURNING id
"""
_KEEP = """
INSERT INTO contracts.document (cell, sha256, agreement, kind, sealed, bytes, at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (cell, sha256) DO NOTHING
"""
_DROP_DRAFT = "DELETE FROM contracts.document WHERE cell = $1 AND agreement = $2 AND kind = 'draft'"
_SALT = "SELECT salt FROM contracts.agreement WHERE cell = $1 AND id = $2"
_DOCUMENT = "SELECT sealed FROM contracts.document WHERE cell = $1 AND sha256 = $2"

_WITHDRAWAL = "agreement, party, loan, pack_hash, business_date, repay_by, body, at"
_WITHDRAW = f"""
INSERT INTO contracts.withdrawal (cell, {_WITHDRAWAL}, salt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING agreement
"""
_FIND_WITHDRAWAL = f"""
SELECT {_WITHDRAWAL} FROM contracts.withdrawal WHERE cell = $1 AND agreement = $2 AND party = $3
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A sealed paper of an agreement; `sealed` opens only with its own hash."""

    agreement: int
    kind: str
    sha256: bytes
    sealed: bytes
    length: int


async def show(connection: Connection, cell: int, shown: Disclosure, deal: Deal) -> bool:
    """Keep a table as first shown; False when the offer's table was shown before."""
    written = await connection.fetchval(
        _SHOW, cell, shown.offer, shown.application, shown.party, shown.sha256, shown.salt,
        table_json(shown.table), deal_json(deal), shown.shown_at, shown.readable_at,
    )  # fmt: skip
    return written is not None


async def find_disclosure(
    connection: Connection, cell: int, offer: int, party: int
) -> tuple[Disclosure, Deal] | None:
    """Return the party's own disclosure of an offer with its deal."""
    row = await connection.fetchrow(_FIND_DISCLOSURE, cell, offer, party)
    if row is None:
        return None
    values = {name: value for name, value in row.items() if name not in ("body", "deal")}
    return Disclosure(table=table_of_json(row["body"]), **values), deal_of_json(row["deal"])


async def confirm(connection: Connection, cell: int, offer: int, party: int, at: datetime) -> bool:
    """Confirm a table whose reading time is over; False when it is not, or was confirmed."""
    return await connection.fetchval(_CONFIRM, cell, offer, party, at) is not None


async def hold_disclosure(connection: Connection, cell: int, offer: int) -> None:
    """Hold an offer's disclosure to the end of the transaction: its record is told in one order."""
    await connection.execute(_HOLD, cell, offer)


async def acknowledge(
    connection: Connection, cell: int, offer: int, new: Sequence[Acknowledged]
) -> None:
    """Keep that clauses were acknowledged; the same words again change nothing."""
    await connection.execute(
        _ACKNOWLEDGE, cell, offer, [one.clause.id for one in new],
        [one.clause.sha256 for one in new], [clause_json(one.clause) for one in new],
        [one.at for one in new],
    )  # fmt: skip


async def acknowledged(connection: Connection, cell: int, offer: int) -> list[Acknowledged]:
    """Return what was acknowledged of an offer, earliest first."""
    rows = await connection.fetch(_ACKNOWLEDGED, cell, offer)
    return [Acknowledged(clause_of_json(row["body"]), row["at"]) for row in rows]


async def prepare(connection: Connection, cell: int, ready: Agreement, salt: bytes) -> bool:
    """Write a ready agreement; False when another one of the same offer counts."""
    written = await connection.fetchval(
        _PREPARE, cell, ready.id, ready.offer, ready.application, ready.party, ready.lender,
        ready.business_date, deal_json(ready.deal), ready.draft_sha256, salt, ready.prepared_at,
    )  # fmt: skip
    return written is not None


async def find_agreement(
    connection: Connection, cell: int, identifier: int, party: int
) -> Agreement | None:
    """Return the party's own agreement."""
    return _agreement(await connection.fetchrow(_FIND_AGREEMENT, cell, identifier, party))


async def agreement_of_offer(
    connection: Connection, cell: int, offer: int, party: int
) -> Agreement | None:
    """Return the agreement that counts for an offer of the party's own."""
    return _agreement(await connection.fetchrow(_OF_OFFER, cell, offer, party))


async def agreement_of_application(
    connection: Connection, cell: int, application: int, party: int
) -> Agreement | None:
    """Return the agreement that counts for an application of the party's own."""
    return _agreement(await connection.fetchrow(_OF_APPLICATION, cell, application, party))


async def sign(connection: Connection, cell: int, signed: Agreement) -> bytes | None:
    """Take an agreement from ready to signed and return its salt; None when it is not ready."""
    salt: bytes | None = await connection.fetchval(
        _SIGN, cell, signed.id, signed.party, signed.signed_sha256, signed.signed_at,
        signed.binding,
    )  # fmt: skip
    return salt


async def agreement_salt(connection: Connection, cell: int, identifier: int) -> bytes:
    """Return the salt of an agreement that stands."""
    salt: bytes = await connection.fetchval(_SALT, cell, identifier)
    return salt


async def signed_on(connection: Connection, cell: int, day: date) -> list[bytes]:
    """Return the hashes of the papers signed on a business day."""
    return [row["signed_sha256"] for row in await connection.fetch(_SIGNED_ON, cell, day)]


async def papers_of(
    connection: Connection, cell: int, party: int
) -> list[tuple[int, int, date | None]]:
    """Return a party's agreements: each with its application, and the day where it is signed."""
    rows = await connection.fetch(
        """
        SELECT id, application, CASE WHEN status = 'signed' THEN business_date END AS signed_on
        FROM contracts.agreement WHERE cell = $1 AND party = $2 ORDER BY id
        """,
        cell,
        party,
    )
    return [(row["id"], row["application"], row["signed_on"]) for row in rows]


async def replace(connection: Connection, cell: int, old: Agreement) -> bool:
    """Take an unsigned agreement out of force; False when it is not ready any more."""
    return await connection.fetchval(_REPLACE, cell, old.id) is not None


async def keep(connection: Connection, cell: int, document: Document, at: datetime) -> None:
    """Keep a sealed paper; the same paper twice is one."""
    await connection.execute(
        _KEEP, cell, document.sha256, document.agreement, document.kind, document.sealed,
        document.length, at,
    )  # fmt: skip


async def drop_draft(connection: Connection, cell: int, signed: Agreement) -> None:
    """Let the draft go: the signed paper begins with it, byte for byte."""
    await connection.execute(_DROP_DRAFT, cell, signed.id)


async def find_document(connection: Connection, cell: int, sha256: bytes) -> bytes | None:
    """Return a sealed paper by its hash."""
    sealed: bytes | None = await connection.fetchval(_DOCUMENT, cell, sha256)
    return sealed


async def insert_withdrawal(
    connection: Connection, cell: int, new: Withdrawal, salt: bytes
) -> bool:
    """Write a withdrawal; False when the agreement was withdrawn from before."""
    written = await connection.fetchval(
        _WITHDRAW, cell, new.agreement, new.party, new.loan, new.pack_hash, new.business_date,
        new.repay_by, new.body, new.at, salt,
    )  # fmt: skip
    return written is not None


async def find_withdrawal(
    connection: Connection, cell: int, agreement: int, party: int
) -> Withdrawal | None:
    """Return the party's own withdrawal."""
    row = await connection.fetchrow(_FIND_WITHDRAWAL, cell, agreement, party)
    return None if row is None else Withdrawal(**dict(row))


def deal_json(deal: Deal) -> str:
    """Return the stored form of a deal: sorted, without spaces, dates as ISO."""
    body = dataclasses.asdict(deal)
    return json.dumps(
        body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=date.isoformat
    )


def deal_of_json(text: str) -> Deal:
    """Read what `deal_json` wrote."""
    body = json.loads(text)
    body["lender"] = Lender(**body["lender"])
    # Papers of before there was a choice have the first.
    body["payment_order"] = PaymentOrder(body.get("payment_order", PaymentOrder.OLDEST_FIRST))
    body["rows"] = tuple(
        PlanRow(**row | {name: date.fromisoformat(row[name]) for name in ("start", "due_date")})
        for row in body["rows"]
    )
    return Deal(**body)


def _agreement(row: asyncpg.Record | None) -> Agreement | None:
    if row is None:
        return None
    values = dict(row)
    values["status"] = AgreementStatus(values["status"])
    values["deal"] = deal_of_json(values["deal"])
    return Agreement(**values)
