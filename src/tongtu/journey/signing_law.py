"""What the law says of signing: each figure is read from where it is kept, then asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tongtu.contracts.api import Agreement, Deal, Disclosure
from tongtu.funding.api import CommitmentState, find_commitment
from tongtu.journey.draw import check_line
from tongtu.journey.needs import Lending, UnderLaw
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.api import Offer
from tongtu.policy.api import Judgement, Pack, Severity
from tongtu.runtime.api import Connection
from tongtu.servicing.api import find_draw
from tongtu.terms.api import quote

_PPM_PER_BPS = 100


class LawOfLenders(Lending, UnderLaw, Protocol):
    """What judging a signature needs of the running platform."""

    def law_of(self, lender: str) -> Pack: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What a signature rests on, each read from where it is kept."""

    agreement: Agreement
    disclosed: tuple[Disclosure, Deal]
    offer: Offer
    is_lender_decided: bool
    clauses: tuple[str, ...]  # that were acknowledged
    signer: tuple[bytes, int]  # the hash of what is signed, and by which party


async def is_promised(connection: Connection, agreement: Agreement, cell: int) -> bool:
    """Tell whether the lender itself decided: for this loan, or for the line it is drawn on.

    Raises:
        Refused: the line may not be drawn on now.
    """
    draw = await find_draw(connection, cell, agreement.application)
    if draw is not None:
        await check_line(connection, cell, draw)
        return True
    promised = await find_commitment(connection, cell, agreement.deal.commitment)
    return promised.state is CommitmentState.COMMITTED and promised.decision is not None


def judge(needs: LawOfLenders, judged: Judged, today: date) -> Judgement:
    """Return what the pack says of signing this. Raises Refused with the first finding's code.

    The three papers are read from where each is kept: the offer from origination, the table as it
    was shown, the agreement as it was printed; the agreement's yearly cost is solved once more.
    """
    (shown, told), deal, offer = judged.disclosed, judged.agreement.deal, judged.offer
    wanted, signer = judged.signer
    lender = needs.book.lender(LenderId(deal.lender.number))
    listed_from, listed_to = needs.book.listed(ProgramId(deal.program))
    read_s = int((shown.confirmed_at - shown.shown_at).total_seconds()) if shown.confirmed_at else 0
    printed = quote(deal.principal_minor, deal.rate_bps, len(deal.rows), deal.fee_monthly_minor)
    facts: dict[str, object] = {
        "irr12_ppm": printed.irr12_ppm,
        "lender_kind": lender.kind.value,
        "listed_from": listed_from,
        "listed_to": listed_to,
        "is_lender_decided": judged.is_lender_decided,
        "is_cost_confirmed": shown.confirmed_at is not None,
        "reading_seconds": read_s,
        "offer_total_minor": offer.total_minor,
        "table_total_minor": shown.table.total_minor,
        "agreement_total_minor": deal.total_minor,
        "offer_irr12_ppm": offer.irr12_ppm,
        "table_irr12_ppm": told.irr12_ppm,
        "agreement_irr12_ppm": printed.irr12_ppm,
        "overdue_rate_ppm": deal.overdue_rate_bps * _PPM_PER_BPS,
        "is_paper_unchanged": wanted == judged.agreement.draft_sha256,
        "clauses_acknowledged": judged.clauses,
        "is_signer_borrower": signer == judged.agreement.party,
        # The white list ends by the signer's clock; the books may still be on the day before.
        "signed_on": business_date_of(needs.runtime.clock.now(), needs.runtime.settings.zone),
    }
    law = needs.law_of(lender.id)
    judgement = law.judgement("contract.sign", facts, today)
    for finding in judgement.findings:
        if finding.severity is not Severity.WARN:
            raise Refused(law.reason(finding.code, "en"), code=finding.code)
    return judgement
