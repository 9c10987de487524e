"""From lenders' answers to offers, for a whole batch at once.

Quotes, the law's checks, the order a person is shown, the quota that is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from tongtu.funding.api import Book, Lender, ProgramQuote
from tongtu.identity.api import Scope, consent_bit
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.model import Offer
from tongtu.origination.rules.draft import Draft
from tongtu.policy.api import Pack
from tongtu.terms.api import quote_batch


class Pricing:
    """Knows the pack and the book; asks neither clock nor database."""

    def __init__(self, pack: Pack, book: Book) -> None:
        self._pack = pack
        self._book = book
        self._share_bits = {
            lender.number: 1 << consent_bit(Scope.SHARE_LENDER, lender.number)
            for lender in book.lenders
        }
        self._static = {
            program.id: _lender_facts(book.lender(program.lender), program.fee_payee)
            for program in book.programs()
        }

    def share_bit(self, lender: LenderId) -> int:
        """Return the bit of the consent to share with a lender."""
        return self._share_bits[lender]

    def unshared(self, draft: Draft, day: date) -> frozenset[LenderId]:
        """Return the lenders the person's data may not go to; they are told "consent missing"."""
        mask = draft.case.known.consent_mask
        silent = [number for number, bit in self._share_bits.items() if not mask & bit]
        if not silent:
            return frozenset()
        found = self._pack.compile("consent.check", day)({"has_consent_share": False})
        if not found:
            return frozenset()
        for number in silent:
            draft.refusals[number] = found[0].code
        return frozenset(silent)

    def offer(
        self,
        asked: Sequence[tuple[Draft, Sequence[ProgramQuote]]],
        remaining: dict[ProgramId, int],
        day: date,
    ) -> None:
        """Give each draft its offers, first come first served from the quotas that remain."""
        rows = [
            (draft, quote, draft.case.request.amount_minor, draft.case.request.tenor_months)
            for draft, quotes in asked
            for quote in quotes
        ]
        if not rows:
            return
        figures = quote_batch(
            np.array([amount for _, _, amount, _ in rows], np.int64),
            np.array([quote.rate_bps for _, quote, _, _ in rows], np.int64),
            np.array([tenor for _, _, _, tenor in rows], np.int64),
            np.array([quote.fee_minor_monthly for _, quote, _, _ in rows], np.int64),
        )
        columns = zip(
            figures.instalment.tolist(),
            figures.last.tolist(),
            figures.total.tolist(),
            figures.cost.tolist(),
            figures.irr12_ppm.tolist(),
            figures.effective_ppm.tolist(),
            strict=True,
        )
        for (draft, quote, amount, tenor), figure in zip(rows, columns, strict=True):
            draft.offers.append(
                Offer(
                    quote.program,
                    quote.lender,
                    amount,
                    tenor,
                    quote.rate_bps,
                    quote.fee_minor_monthly,
                    *figure,
                )
            )
        check = self._pack.compile("offer.build", day)
        for draft, _ in asked:
            lawful = []
            for offer in draft.offers:
                facts = {**draft.facts, **self._static[offer.program]}
                facts["irr12_ppm"] = offer.irr12_ppm
                found = check(facts)
                if any(finding.severity != "warn" for finding in found):
                    draft.refusals[offer.lender] = found[0].code
                else:
                    lawful.append(offer)
            lawful.sort(key=_dearness)
            draft.offers = _within_quota(draft, lawful, remaining)


def _dearness(offer: Offer) -> tuple[int, int, int]:
    """Total cost in fen first; ties by yearly figure, then lender: a total order."""
    return offer.cost_minor, offer.irr12_ppm, offer.lender


def _within_quota(
    draft: Draft, offers: Sequence[Offer], remaining: dict[ProgramId, int]
) -> list[Offer]:
    kept = []
    for offer in offers:
        left = remaining.get(offer.program, 0)
        if left < offer.amount_minor:
            draft.exhausted.append(offer.program)
            draft.refusals[offer.lender] = "quota_exhausted"
        else:
            remaining[offer.program] = left - offer.amount_minor
            kept.append(offer)
    return kept


def _lender_facts(lender: Lender, fee_payee: str | None) -> Mapping[str, object]:
    return {
        "lender_kind": lender.kind.value,
        "listed_from": lender.listed_from,
        "listed_to": lender.listed_to,
        "fee_payees": () if fee_payee is None else (fee_payee,),
    }
