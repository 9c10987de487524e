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
from tongtu.policy.api import Pack, Severity
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
        self._all_shared = sum(self._share_bits.values())
        self._static = {
            program.id: _lender_facts(book.lender(program.lender), program.fee_payee)
            for program in book.programs()
        }

    def share_bit(self, lender: LenderId) -> int:
        """Return the bit of the consent to share with a lender."""
        return self._share_bits[lender]

    def willing(
        self, draft: Draft, quotes: Sequence[ProgramQuote], kinds: Sequence[str], day: date
    ) -> list[ProgramQuote]:
        """Return the quotes of lenders the product admits and the person's data may go to."""
        silent = self._unshared(draft, day)
        kept = []
        for quote in quotes:
            if self._static[quote.program]["lender_kind"] not in kinds:
                draft.refusals[quote.lender] = "product_not_offered"
            elif quote.lender not in silent:
                kept.append(quote)
        return kept

    def offer(
        self,
        asked: Sequence[tuple[Draft, Sequence[ProgramQuote]]],
        remaining: dict[ProgramId, int],
        day: date,
    ) -> None:
        """Give each draft its offers, first come first served from the quotas that remain."""
        offers = iter(_quoted(asked))
        check = self._pack.compile("offer.build", day)
        for draft, quotes in asked:
            lawful = []
            facts = draft.facts.copy()
            for _ in quotes:
                offer = next(offers)
                facts.update(self._static[offer.program])
                facts["irr12_ppm"] = offer.irr12_ppm
                found = [one for one in check(facts) if one.severity is not Severity.WARN]
                if found:
                    draft.refusals[offer.lender] = found[0].code
                else:
                    lawful.append(offer)
            lawful.sort(key=_dearness)
            draft.offers = _within_quota(draft, lawful, remaining)

    def _unshared(self, draft: Draft, day: date) -> frozenset[LenderId]:
        """Return the lenders the person's data may not go to; they are told "consent missing"."""
        mask = draft.case.known.consent_mask
        if mask & self._all_shared == self._all_shared:
            return frozenset()
        found = self._pack.compile("consent.check", day)({"has_consent_share": False})
        if not found:
            return frozenset()
        silent = [number for number, bit in self._share_bits.items() if not mask & bit]
        draft.refusals.update(dict.fromkeys(silent, found[0].code))
        return frozenset(silent)


def _quoted(asked: Sequence[tuple[Draft, Sequence[ProgramQuote]]]) -> list[Offer]:
    """Return an offer for each quote of each draft, in order: one call for the whole batch."""
    rows = [
        (
            quote.program,
            quote.lender,
            draft.case.request.amount_minor,
            draft.case.request.tenor_months,
            quote.rate_bps,
            quote.fee_minor_monthly,
        )
        for draft, quotes in asked
        for quote in quotes
    ]
    if not rows:
        return []
    _, _, amounts, tenors, rates, fees = np.array(rows, np.int64).T
    quotes = quote_batch(amounts, rates, tenors, fees)
    figures = np.stack(
        [
            quotes.instalment,
            quotes.last,
            quotes.total,
            quotes.cost,
            quotes.irr12_ppm,
            quotes.effective_ppm,
        ],
        axis=1,
    )
    return [Offer(*row, *figure) for row, figure in zip(rows, figures.tolist(), strict=True)]


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
