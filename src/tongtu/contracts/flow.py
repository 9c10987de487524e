"""Show the costs, let them be read, print the agreement, sign it. Each writes its log leaf.

Printing and sealing happen outside transactions; what they made counts once it is committed.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta

import zstandard

from tongtu.contracts import store
from tongtu.contracts.dossier import reading_json
from tongtu.contracts.model import (
    Agreement,
    AgreementStatus,
    Deal,
    Disclosure,
    Withdrawal,
    check_move,
)
from tongtu.contracts.paper import Borrower, Cover, agreement_data
from tongtu.contracts.paper_seal import open_paper, seal_paper
from tongtu.contracts.press import LINE, LOAN, Press, Signer
from tongtu.contracts.rules import cost_table, disagreements, table_hash, table_json
from tongtu.contracts.seal import Prepared
from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.kernel.ids import AgreementId, id_shard
from tongtu.runtime.api import Connection, Runtime, SealedColumn

SALT_BYTES = 16
SERIAL_BYTES = 16
# A long contract has about 200 kB; the bound is for a store that was tampered with.
PAGE_BYTES_MAX = 4_000_000
PACKING_LEVEL = 3
SIGN_REASON = "Tongtu loan agreement"


async def show_cost(connection: Connection, runtime: Runtime, deal: Deal) -> Disclosure:
    """Return the offer's cost table as first shown; the first look starts the reading time."""
    cell, at, table = runtime.cell(deal.party), runtime.clock.now(), cost_table(deal)
    shown = Disclosure(
        offer=deal.offer,
        application=deal.application,
        party=deal.party,
        table=table,
        sha256=table_hash(table_json(table)),
        salt=runtime.entropy.bytes(SALT_BYTES),
        shown_at=at,
        readable_at=at + timedelta(seconds=runtime.settings.reading_seconds),
        confirmed_at=None,
    )
    if not await store.show(connection, cell, shown, deal):
        return (await find_disclosure(connection, runtime, deal.offer, deal.party))[0]
    about = (deal.party, "disclosure", deal.offer)
    await write_leaf(connection, runtime, about, (shown.salt, shown.sha256))
    return shown


async def find_disclosure(
    connection: Connection, runtime: Runtime, offer: int, party: int
) -> tuple[Disclosure, Deal]:
    """Return the party's own disclosure with its deal. Raises NotFound before it was shown."""
    found = await store.find_disclosure(connection, runtime.cell(party), offer, party)
    if found is None:
        raise NotFound("the cost table of this offer was not shown yet")
    return found


async def confirm_cost(
    connection: Connection, runtime: Runtime, offer: int, party: int
) -> Disclosure:
    """Confirm that the cost table was read.

    Raises:
        NotFound: it was not shown.
        Conflict: `reading_not_over` with the seconds left, or figures that disagree.
    """
    shown, deal = await find_disclosure(connection, runtime, offer, party)
    if shown.confirmed_at is not None:
        return shown
    if wrong := disagreements(deal, shown.table):
        raise Broken(f"offer {offer} and its cost table disagree on {', '.join(wrong)}")
    at = runtime.clock.now()
    if not await store.confirm(connection, runtime.cell(party), offer, party, at):
        again, _ = await find_disclosure(connection, runtime, offer, party)
        if again.confirmed_at is not None:
            return again
        left_s = (shown.readable_at - at).total_seconds()
        raise Conflict(
            "please read the cost table to its end",
            code="reading_not_over",
            retry_after_s=max(1, int(left_s) + 1),
        )
    payload = reading_json(shown.sha256, (shown.shown_at, shown.readable_at, at))
    await write_leaf(connection, runtime, (party, "reading", offer), (shown.salt, payload))
    return dataclasses.replace(shown, confirmed_at=at)


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A printed agreement that nobody has signed."""

    agreement: Agreement
    document: store.Document
    salt: bytes


async def print_draft(
    runtime: Runtime, press: Press, found: tuple[Disclosure, Deal], who: Borrower, day: date
) -> Draft:
    """Print the agreement of a confirmed disclosure in Chinese; nothing is written yet.

    Raises:
        Conflict: the cost table was not confirmed.
    """
    shown, deal = found
    if shown.confirmed_at is None:
        raise Conflict("the cost table is to be confirmed first", code="cost_not_confirmed")
    if wrong := disagreements(deal, shown.table):
        raise Broken(f"offer {deal.offer} and its cost table disagree on {', '.join(wrong)}")
    identifier = AgreementId(runtime.ids.new(id_shard(deal.party)))
    seconds = int((shown.confirmed_at - shown.shown_at).total_seconds())
    cover = Cover(runtime.public.show("agreement", identifier), day, seconds, shown.sha256)
    data = agreement_data(deal, shown.table, who, cover)
    page = await press.print(data, "zh", LINE if deal.is_line else LOAN)
    document = _sealed(runtime, identifier, "draft", page)
    agreement = Agreement(
        id=identifier,
        offer=deal.offer,
        application=deal.application,
        party=deal.party,
        lender=deal.lender.number,
        status=AgreementStatus.READY,
        business_date=day,
        draft_sha256=document.sha256,
        signed_sha256=None,
        prepared_at=runtime.clock.now(),
        signed_at=None,
        deal=deal,
    )
    return Draft(agreement, document, runtime.entropy.bytes(SALT_BYTES))


async def keep_draft(connection: Connection, runtime: Runtime, draft: Draft) -> Agreement:
    """Write a printed agreement; of one day, the one written first is the one that counts.

    An unsigned one of an earlier day is replaced. Raises Conflict when it was signed.
    """
    cell, agreement = runtime.cell(draft.agreement.party), draft.agreement
    before = await store.agreement_of_offer(connection, cell, agreement.offer, agreement.party)
    if before is not None and before.business_date == agreement.business_date:
        return before
    if before is not None:
        check_move(before.status, AgreementStatus.REPLACED)
        if not await store.replace(connection, cell, before):
            return await _written_meanwhile(connection, cell, agreement)
    if not await store.prepare(connection, cell, agreement, draft.salt):
        return await _written_meanwhile(connection, cell, agreement)
    await store.keep(connection, cell, draft.document, agreement.prepared_at)
    return agreement


async def _written_meanwhile(connection: Connection, cell: int, agreement: Agreement) -> Agreement:
    """Return the paper of the same day that another command wrote first."""
    first = await store.agreement_of_offer(connection, cell, agreement.offer, agreement.party)
    if first is None or first.business_date != agreement.business_date:
        raise Conflict("this agreement was signed before", code="wrong_step")
    return first


async def find_agreement(
    connection: Connection, runtime: Runtime, identifier: int, party: int
) -> Agreement:
    """Return the party's own agreement. Raises NotFound."""
    found = await store.find_agreement(connection, runtime.cell(party), identifier, party)
    if found is None:
        raise NotFound("there is no such agreement")
    return found


async def agreement_of_offer(
    connection: Connection, runtime: Runtime, offer: int, party: int
) -> Agreement | None:
    """Return the agreement of an offer of the party's own, None before there is one."""
    return await store.agreement_of_offer(connection, runtime.cell(party), offer, party)


async def agreement_of_application(
    connection: Connection, runtime: Runtime, application: int, party: int
) -> Agreement | None:
    """Return the agreement of an application of the party's own, None before there is one."""
    cell = runtime.cell(party)
    return await store.agreement_of_application(connection, cell, application, party)


async def read_document(connection: Connection, runtime: Runtime, agreement: Agreement) -> bytes:
    """Return the agreement's newest paper as PDF: the signed one once it is signed."""
    sha256 = agreement.signed_sha256 or agreement.draft_sha256
    sealed = await store.find_document(connection, runtime.cell(agreement.party), sha256)
    if sealed is None:
        raise Broken(f"the paper of agreement {agreement.id} is not kept")
    packed = open_paper(runtime.keys, sealed, sha256)
    page = zstandard.decompress(packed, max_output_size=PAGE_BYTES_MAX)
    if hashlib.sha256(page).digest() != sha256:
        raise Broken(f"the paper of agreement {agreement.id} is not the one that was kept")
    return page


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """A lender or guarantor that signs beside the borrower, by a lasting key of its own (DER)."""

    name: str
    field: str
    key: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class AwayHouse:
    """A house that signs on a machine of its own, by the key of this public half (DER)."""

    name: str
    field: str
    public: bytes
    sign: Callable[[Prepared, bytes, datetime], Awaitable[bytes]]


async def read_salt(connection: Connection, runtime: Runtime, agreement: Agreement) -> bytes:
    """Return the salt that opens the agreement's leaf."""
    return await store.agreement_salt(connection, runtime.cell(agreement.party), agreement.id)


async def seal_draft(
    runtime: Runtime,
    press: Press,
    agreement: Agreement,
    draft: bytes,
    by: tuple[str, Sequence[House | AwayHouse]],
) -> tuple[Agreement, store.Document]:
    """Put the signatures of the borrower and of the houses on a draft; nothing is written yet.

    Those that are made elsewhere come last.
    """
    check_move(agreement.status, AgreementStatus.SIGNED)
    at, (borrower, houses) = runtime.clock.now(), by
    signers = [Signer(borrower, at, runtime.entropy.bytes(SERIAL_BYTES))]
    for house in houses:
        if isinstance(house, House):
            serial = runtime.entropy.bytes(SERIAL_BYTES)
            signers.append(Signer(house.name, at, serial, house.field, house.key))
    page = await press.sign(draft, signers, SIGN_REASON)
    for house in houses:
        if isinstance(house, AwayHouse):
            mark = at, runtime.entropy.bytes(SERIAL_BYTES)
            page = await press.sign_away(page, house, mark, SIGN_REASON)
    document = _sealed(runtime, agreement.id, "signed", page)
    signed = dataclasses.replace(
        agreement, status=AgreementStatus.SIGNED, signed_sha256=document.sha256, signed_at=at
    )
    return signed, document


async def keep_signed(
    connection: Connection, runtime: Runtime, signed: Agreement, document: store.Document
) -> None:
    """Write a signature; its leaf opens with the agreement's stored salt and signed hash.

    What it rests on (`binding`) is a leaf beside it, of the same salt.

    Raises Conflict when the agreement was signed or replaced meanwhile.
    """
    cell = runtime.cell(signed.party)
    salt = await store.sign(connection, cell, signed)
    if salt is None:
        raise Conflict("this agreement was signed or replaced before", code="wrong_step")
    at = runtime.clock.now()
    await store.keep(connection, cell, document, at)
    await store.drop_draft(connection, cell, signed)
    about = (signed.party, "agreement", signed.id)
    await write_leaf(connection, runtime, about, (salt, document.sha256))
    if signed.binding is not None:
        about = (signed.party, "binding", signed.id)
        await write_leaf(connection, runtime, about, (salt, signed.binding.encode()))


async def keep_withdrawal(
    connection: Connection, runtime: Runtime, agreement: Agreement, withdrawal: Withdrawal
) -> None:
    """Write that the borrower withdrew, with its leaf; once.

    Raises:
        Conflict: the agreement is not signed (`wrong_step`), or was withdrawn from before
            (`withdrawn_already`).
    """
    if agreement.status is not AgreementStatus.SIGNED:
        raise Conflict("nothing is signed to withdraw from", code="wrong_step")
    cell, salt = runtime.cell(withdrawal.party), runtime.entropy.bytes(SALT_BYTES)
    if not await store.insert_withdrawal(connection, cell, withdrawal, salt):
        raise Conflict("the contract was withdrawn from before", code="withdrawn_already")
    payload = hashlib.sha256(withdrawal.body.encode()).digest()
    about = (withdrawal.party, "withdrawal", withdrawal.agreement)
    await write_leaf(connection, runtime, about, (salt, payload))


async def find_withdrawal(
    connection: Connection, runtime: Runtime, agreement: int, party: int
) -> Withdrawal | None:
    """Return the party's own withdrawal from an agreement, None where there is none."""
    return await store.find_withdrawal(connection, runtime.cell(party), agreement, party)


def _sealed(runtime: Runtime, agreement: int, kind: str, page: bytes) -> store.Document:
    """Return the page packed and sealed, bound to its own hash: a name in it is personal data."""
    sha256 = hashlib.sha256(page).digest()
    sealed = seal_paper(runtime, zstandard.compress(page, PACKING_LEVEL), sha256)
    return store.Document(agreement, kind, sha256, sealed, len(page))


SEALED = (
    SealedColumn(
        "contracts.document", ("cell", "sha256"), "sealed", lambda row: bytes(row["sha256"])
    ),
)


async def write_leaf(
    connection: Connection,
    runtime: Runtime,
    about: tuple[int, str, int],
    opening: tuple[bytes, bytes],
) -> None:
    """Write a leaf about (party, kind, subject) that opens with (salt, payload)."""
    party, kind, subject = about
    entry = Entry(kind, subject, commitment(*opening))
    batch = runtime.ids.new(id_shard(party))
    await append(connection, runtime.cell(party), batch, [entry], runtime.clock.now())
