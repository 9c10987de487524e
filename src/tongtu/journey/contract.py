"""From an accepted offer to a signed agreement: show the costs, confirm, print, sign.

Each write is a command of the borrower's: the same key gives the same answer. The case moves in the
same commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from tongtu.catalog.api import Catalogue
from tongtu.checkout.api import Purchase, find_purchase
from tongtu.contracts.api import (
    GUARANTOR,
    LENDER,
    Agreement,
    AgreementStatus,
    AwayHouse,
    Borrower,
    Deal,
    Disclosure,
    House,
    Lender,
    PlanRow,
    agreement_of_offer,
    confirm_cost,
    find_acknowledged,
    find_agreement,
    find_disclosure,
    keep_clauses,
    keep_draft,
    keep_signed,
    overdue_rate_bps,
    print_draft,
    read_document,
    seal_draft,
    show_cost,
)
from tongtu.funding.api import Book, Program, paper_generations, paper_key
from tongtu.identity.api import Caller, CommandKey, VaultKind, once, read_vault
from tongtu.journey.case import move_on, step_of
from tongtu.journey.clause import check_acknowledged
from tongtu.journey.dossier import bound
from tongtu.journey.draw import accepted_of
from tongtu.journey.needs import Printing
from tongtu.journey.purchase import borne
from tongtu.journey.remote_paper import Reaching, remote_houses
from tongtu.journey.signing_law import Judged, LawOfLenders, is_promised, judge
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import LenderId, ProgramId, id_shard
from tongtu.origination.api import Acceptance
from tongtu.payments.api import Mandate, grant
from tongtu.process.api import find as find_case
from tongtu.runtime.api import Connection, Runtime, business_date, publish
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.api import share_books
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

SIGNED = "contracts.agreement_signed"
_PPM_PER_PERCENT = 10_000


class Papers(LawOfLenders, Reaching, Printing, Protocol):
    """What making papers needs of the running platform."""

    @property
    def catalogue(self) -> Catalogue: ...


@dataclass(frozen=True, slots=True)
class Signature:
    """What the borrower signs: the agreement whose paper has this hash.

    With it they may let what falls due be collected from their account.
    """

    agreement: int
    sha256: bytes
    is_debit_allowed: bool = False


def deal_of(
    papers: Papers, accepted: Acceptance, start: date, purchase: Purchase | None = None
) -> Deal:
    """Return the accepted offer as the figures that table, contract and loan share.

    For a purchase the buyer's figures are those left after what the merchant pays.
    """
    offer, terms_of_merchant = borne(accepted.offer, purchase), purchase and purchase.terms
    lender, program = papers.book.lender(offer.lender), papers.book.program(offer.program)
    product = papers.catalogue.find(accepted.product)
    cap_ppm = int(papers.law_of(lender.id).param("all_in_cap_ppm", start, kind=lender.kind.value))
    terms = LoanTerms(
        offer.amount_minor, offer.rate_bps, offer.tenor_months, start,
        fees=monthly_fee(offer.fee_monthly_minor),
    )  # fmt: skip
    payee = _guarantor(papers.book, program)
    rows, begins = [], start
    for row in schedule(terms).rows:
        rows.append(
            PlanRow(
                row.nr, begins, row.due_date, row.principal_minor, row.interest_minor, row.fee_minor
            )
        )
        begins = row.due_date
    return Deal(
        offer=accepted.id,
        application=accepted.application,
        decision=accepted.decision,
        party=accepted.party,
        commitment=accepted.commitment,
        lender=_who_lends(papers.book, program),
        program=program.id,
        product=product.id,
        product_zh=product.name["zh"],
        product_en=product.name["en"],
        principal_minor=offer.amount_minor,
        rate_bps=offer.rate_bps,
        fee_monthly_minor=offer.fee_monthly_minor,
        fee_payee_zh=payee[0] if offer.fee_monthly_minor else "",
        fee_payee_en=payee[1] if offer.fee_monthly_minor else "",
        # Whoever pays the interest, being late costs what the lender's own price says.
        overdue_rate_bps=overdue_rate_bps(accepted.offer.rate_bps, cap_ppm),
        irr12_ppm=offer.irr12_ppm,
        effective_ppm=offer.effective_ppm,
        cap_ppm=cap_ppm,
        rows=tuple(rows),
        payee_zh=terms_of_merchant.name_zh if terms_of_merchant else "",
        payee_en=terms_of_merchant.name_en if terms_of_merchant else "",
        paid_by_payee_minor=accepted.offer.cost_minor - offer.cost_minor,
        payment_order=product.payment_order,
        # Money for goods went to their merchant: goods go back to it instead.
        withdrawal_days=0 if purchase else lender.withdrawal_days,
        # A draw is a loan; what its line was granted on is none.
        is_line=product.is_revolving and int(accepted.id) != int(accepted.application),
    )


def _who_lends(book: Book, program: Program) -> Lender:
    """Return who the papers name as lender: all funders of a joint loan, the lead lender first."""
    lead = book.lender(program.lender)
    if program.joint is None:
        return Lender(lead.number, lead.zh, lead.en)
    names = [
        (one.zh, one.en, f"{Decimal(part.share_ppm) / _PPM_PER_PERCENT:f}%")
        for one, part in zip(book.funders(program.id), program.joint.funders, strict=True)
    ]
    zh = "、".join(f"{name}（{share}）" for name, _, share in names)
    en = ", ".join(f"{name} ({share})" for _, name, share in names)
    return Lender(lead.number, f"{zh}联合出资", f"{en}, lending jointly")


def _guarantor(book: Book, program: Program) -> tuple[str, str]:
    """Return who receives the fee, as the papers name it."""
    if program.joint is None:
        return "合作担保公司", "the partner guarantor"
    found = book.guarantor(program.joint.guarantor)
    return found.zh, found.en


def _houses(papers: Papers, deal: Deal, generations: Mapping[str, int]) -> list[House]:
    """Return the lenders in process and the guarantor, who sign beside the borrower.

    A lender on a machine of its own signs there (`remote_houses`).
    """
    book, keys = papers.book, papers.runtime.keys

    def key_of(house: str) -> bytes:
        return paper_key(keys, house, generations.get(house, 1))

    joint = book.program(ProgramId(deal.program)).joint
    houses = [
        House(one.zh, f"{LENDER}{number or ''}", key_of(one.id))
        for number, one in enumerate(book.funders(ProgramId(deal.program)))
        if one in book.lenders
    ]
    if joint is not None:
        guarantor = book.guarantor(joint.guarantor)
        houses.append(House(guarantor.zh, GUARANTOR, key_of(guarantor.id)))
    return houses


async def show(papers: Papers, caller: Caller, offer: int) -> Disclosure:
    """Return the cost table of an offer of the caller's own; the first look is recorded."""
    async with papers.runtime.database.transaction() as connection:
        accepted = await accepted_of(connection, papers.runtime, caller, offer)
        purchase = await find_purchase(connection, caller.cell, accepted.application)
        deal = deal_of(papers, accepted, await business_date(connection), purchase)
        shown = await show_cost(connection, papers.runtime, deal)
        case = await find_case(connection, caller.cell, accepted.application)
        if case is not None and case.step == Step.ACCEPTED:
            await move_on(connection, papers.runtime, accepted.application, Event.COST_SHOWN)
        return shown


async def confirm(papers: Papers, caller: Caller, offer: int, key: CommandKey) -> bytes:
    """Confirm that the cost table was read to its end.

    Raises:
        Conflict: `reading_not_over`, with the seconds left.
    """
    runtime = papers.runtime

    async def effect(connection: Connection) -> bytes:
        shown = await confirm_cost(connection, runtime, offer, caller.subject)
        step = await step_of(connection, runtime, shown.application)
        if step is not Step.COST_CONFIRMED:
            step = await move_on(connection, runtime, shown.application, Event.COST_CONFIRMED)
        return _answer(confirmed_at=shown.confirmed_at, step=step)

    return await once(runtime, caller, "confirm_cost", key, effect)


async def prepare(papers: Papers, caller: Caller, offer: int, key: CommandKey) -> bytes:
    """Print the agreement of an offer whose costs were confirmed.

    A paper of an earlier day that nobody signed is printed anew: interest runs from the day of
    signing, so its dates have moved while every amount stays.
    """
    runtime = papers.runtime
    async with runtime.database.transaction() as connection:
        shown, _ = await find_disclosure(connection, runtime, offer, caller.subject)
        before = await agreement_of_offer(connection, runtime, offer, caller.subject)
        accepted = await accepted_of(connection, papers.runtime, caller, offer)
        purchase = await find_purchase(connection, caller.cell, accepted.application)
        who = await _borrower(connection, runtime, caller)
        today = await business_date(connection)
    draft = None
    if before is None or is_stale(before, today):
        found = shown, deal_of(papers, accepted, today, purchase)
        draft = await print_draft(runtime, papers.press, found, who, today)

    async def effect(connection: Connection) -> bytes:
        ready = before if draft is None else await keep_draft(connection, runtime, draft)
        if ready is None:
            raise Conflict("the agreement is being made; ask again", code="wrong_step")
        case = await find_case(connection, caller.cell, ready.application)
        step = Step(case.step) if case else Step.COST_CONFIRMED
        if step is Step.COST_CONFIRMED:
            step = await move_on(connection, runtime, ready.application, Event.AGREEMENT_MADE)
        return _answer(
            agreement=runtime.public.show("agreement", ready.id),
            sha256=ready.draft_sha256.hex(),
            step=step,
        )

    return await once(runtime, caller, "prepare_agreement", key, effect)


async def sign(papers: Papers, caller: Caller, wanted: Signature, key: CommandKey) -> bytes:
    """Sign the very paper the borrower saw; the payout follows by the event written here.

    Raises:
        Conflict: another paper than the one that counts, signed before under another key, or a
            highlighted clause is not acknowledged (`clause_not_acknowledged`, with its name).
        Refused: the policy pack does not let this be signed.
        Overloaded: a lender that signs on its own machine does not do so now.
    """
    runtime = papers.runtime
    async with runtime.database.transaction() as connection:
        agreement = await find_agreement(connection, runtime, wanted.agreement, caller.subject)
        draft = await read_document(connection, runtime, agreement)
        disclosed = await find_disclosure(connection, runtime, agreement.offer, caller.subject)
        accepted = await accepted_of(connection, runtime, caller, agreement.offer)
        promised = await is_promised(connection, agreement, caller.cell)
        known = await find_acknowledged(connection, runtime, agreement.offer, caller.subject)
        purchase = await find_purchase(connection, caller.cell, agreement.application)
        today = await business_date(connection)
        who = await _borrower(connection, runtime, caller)
        generations = await paper_generations(connection)
    if wanted.sha256 != agreement.draft_sha256:
        raise Conflict("this is not the paper that counts; read it again", code="other_paper")
    _check_day(agreement, today)
    made, judgement = None, None
    if agreement.status is AgreementStatus.READY:
        law = papers.law_of(papers.book.lender(LenderId(agreement.lender)).id)
        clauses = check_acknowledged(law, disclosed[1], known, today)
        offer, signer = borne(accepted.offer, purchase), (wanted.sha256, caller.subject)
        judgement = judge(
            papers, Judged(agreement, disclosed, offer, promised, clauses, signer), today
        )
        houses: list[House | AwayHouse] = [*_houses(papers, agreement.deal, generations)]
        by = who.party, houses + list(await remote_houses(papers, agreement))
        made = await seal_draft(runtime, papers.press, agreement, draft, by)

    async def effect(connection: Connection) -> bytes:
        if made is None:
            raise Conflict("this agreement is signed", code="wrong_step")
        # The day cannot pass between here and the commit: its end waits for this lock.
        await share_books(connection, caller.cell)
        _check_day(agreement, await business_date(connection))
        signed, document = made
        known = await keep_clauses(connection, runtime, disclosed[0])
        signed = await bound(connection, papers, caller, (signed, disclosed[0], known))
        await keep_signed(connection, runtime, signed, document)
        step = await move_on(connection, runtime, signed.application, Event.AGREEMENT_SIGNED)
        assert judgement is not None
        payload = {
            "agreement": str(signed.id),
            "party": str(signed.party),
            "pack": judgement.pack_hash,  # the law it was signed under, to ask it again
        }
        at = runtime.clock.now()
        if wanted.is_debit_allowed:
            await grant(connection, _mandate(runtime, signed))
        await publish(connection, Happened(caller.cell, signed.id, SIGNED, payload, at))
        return _answer(step=step, signed_at=signed.signed_at, signed_sha256=document.sha256.hex())

    return await once(runtime, caller, "sign_agreement", key, effect)


def _mandate(runtime: Runtime, signed: Agreement) -> Mandate:
    """Return the permission that goes with a signature: never more than one instalment at once."""
    return Mandate(
        cell=runtime.cell(signed.party),
        id=runtime.ids.new(id_shard(signed.party)),
        party=signed.party,
        lender=signed.lender,
        subject=signed.application,
        limit_minor=max(row.total_minor for row in signed.deal.rows),
        signed_at=runtime.clock.now(),
    )


def _check_day(agreement: Agreement, today: date) -> None:
    if is_stale(agreement, today):
        raise Conflict("the dates have moved on; please look again", code="terms_changed")


def is_stale(agreement: Agreement, today: date) -> bool:
    """Tell whether an unsigned paper is of another day than today."""
    return agreement.status is AgreementStatus.READY and agreement.business_date != today


async def _borrower(connection: Connection, runtime: Runtime, caller: Caller) -> Borrower:
    kinds = (VaultKind.NAME, VaultKind.RESIDENT_ID)
    found = await read_vault(connection, runtime, caller, caller.subject, kinds)
    party = runtime.public.show("party", caller.subject)
    return Borrower(found[VaultKind.NAME], found[VaultKind.RESIDENT_ID], party)


def _answer(**fields: Any) -> bytes:
    return msgspec.json.encode(fields)
