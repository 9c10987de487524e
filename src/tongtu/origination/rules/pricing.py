"""From lenders' answers to offers, for a whole batch at once.

Quotes, the law's checks, the order a person is shown, the quota that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import islice
from operator import attrgetter, or_

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.api import Book, Lender, Program, ProgramQuote, RemoteQuote, Steering
from tongtu.identity.api import Scope, consent_bit
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.model import OFFERS_HELD, Offer
from tongtu.origination.rules.draft import Draft
from tongtu.policy.api import Check, Finding, Laws, Screen, Severity
from tongtu.terms.api import quote_batch


class Pricing:
    """Knows each lender's law and the book; asks neither clock nor database."""

    def __init__(self, laws: Laws, book: Book) -> None:
        self._laws, self._pack = laws, laws.base
        self._law_of = {
            program.id: laws.of(book.lender(program.lender).id) for program in book.programs()
        }
        self.book = book
        self._share_bits = {lender.number: _share_bits(book, lender) for lender in book.lenders}
        self._all_shared = reduce(or_, self._share_bits.values(), 0)
        self._kinds = {lender.number: lender.kind.value for lender in book.lenders}
        self._static = {program.id: _lender_facts(book, program) for program in book.programs()}
        self._checks: tuple[date, Mapping[ProgramId, Check]] | None = None
        self._screens: tuple[date, list[tuple[Screen, NDArray[np.bool_]]]] | None = None

    def share_bit(self, lender: LenderId) -> int:
        """Return the bits of the consents to share with a lender and those who lend with it."""
        return self._share_bits[lender]

    def willing(
        self, draft: Draft, quotes: Sequence[ProgramQuote], kinds: Sequence[str], day: date
    ) -> Sequence[ProgramQuote]:
        """Return the quotes of lenders the product admits and the person's data may go to."""
        silent, kind_of = self._unshared(draft, day), self._kinds
        if not silent and all(kind_of[quote.lender] in kinds for quote in quotes):
            return quotes
        kept = []
        for quote in quotes:
            if kind_of[quote.lender] not in kinds:
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
        checks = self.checks_on(day)
        for draft, quotes in asked:
            lawful = []
            facts = draft.facts.copy()
            for offer in islice(offers, len(quotes)):
                facts["irr12_ppm"] = offer.irr12_ppm
                found = checks[offer.program](facts)
                if found and (against := forbids(found)):
                    draft.refusals[offer.lender] = against
                else:
                    lawful.append(offer)
            lawful.sort(key=_order(draft.case.known.steering))
            self.hold(draft, lawful, remaining)

    def hold(self, draft: Draft, offers: Sequence[Offer], remaining: dict[ProgramId, int]) -> None:
        """Give the draft the offers there is money for, in their order; the first hold theirs."""
        draft.offers = _within_quota(draft, offers, remaining)
        draft.shared = reduce(or_, [self._share_bits[one.lender] for one in draft.offers], 0)

    def lawful(self, draft: Draft, quote: RemoteQuote, day: date) -> Offer | Finding:
        """Return a remote lender's terms as an offer, or the rule that stands against them.

        The figures are the platform's own, from its own schedule: a lender says a price, no cost.
        """
        terms = [quote.amount_minor], [quote.rate_bps]
        months, fees = [draft.case.request.tenor_months], [quote.fee_monthly_minor]
        columns = [np.array(one, np.int64) for one in (*terms, months, fees)]
        made = quote_batch(columns[0], columns[1], columns[2], columns[3])
        offer = Offer(
            quote.program,
            quote.lender,
            quote.amount_minor,
            draft.case.request.tenor_months,
            quote.rate_bps,
            quote.fee_monthly_minor,
            int(made.instalment[0]),
            int(made.last[0]),
            int(made.total[0]),
            int(made.cost[0]),
            int(made.irr12_ppm[0]),
            int(made.effective_ppm[0]),
        )
        known = _lender_facts(self.book, self.book.program(quote.program))
        facts = {**draft.facts, "irr12_ppm": offer.irr12_ppm, "amount_minor": offer.amount_minor}
        law = self._laws.of(self.book.lender(quote.lender).id)
        found = law.compile_for("offer.build", day, known)(facts)
        against = next((one for one in found if one.severity is not Severity.WARN), None)
        return offer if against is None else against

    def checks_on(self, day: date) -> Mapping[ProgramId, Check]:
        """Return what the law says of each program's offers on the day."""
        held = self._checks  # one look: another thread may ask about another day meanwhile
        if held is None or held[0] != day:
            checks = {
                program: self._law_of[program].compile_for("offer.build", day, known)
                for program, known in self._static.items()
            }
            self._checks = held = day, checks
        return held[1]

    def screens_on(self, day: date) -> list[tuple[Screen, NDArray[np.bool_]]]:
        """Return the law's screens, each with whether it looks at a program, by its place."""
        held = self._screens
        if held is None or held[0] != day:
            found: dict[int, tuple[Screen, NDArray[np.bool_]]] = {}
            for place, (program, known) in enumerate(self._static.items()):
                screen = self._law_of[program].screen_for("offer.build", day, known)
                members = np.zeros(len(self._static), np.bool_)
                found.setdefault(id(screen), (screen, members))[1][place] = True
            self._screens = held = day, list(found.values())
        return held[1]

    def unshared_code(self, day: date) -> str:
        """Return the code of a lender the person's data may not go to; "" where it may."""
        found = self._pack.compile("consent.check", day)({"has_consent_share": False})
        return found[0].code if found else ""

    def _unshared(self, draft: Draft, day: date) -> frozenset[LenderId]:
        """Return the lenders the person's data may not go to; they are told "consent missing"."""
        mask = draft.case.known.consent_mask
        if mask & self._all_shared == self._all_shared:
            return frozenset()
        code = self.unshared_code(day)
        if not code:
            return frozenset()
        silent = [number for number, bit in self._share_bits.items() if mask & bit != bit]
        draft.refusals.update(dict.fromkeys(silent, code))
        return frozenset(silent)


def forbids(found: Iterable[Finding]) -> str:
    """Return the code of the first finding that is more than a warning, "" without one."""
    return next((one.code for one in found if one.severity is not Severity.WARN), "")


def _quoted(asked: Sequence[tuple[Draft, Sequence[ProgramQuote]]]) -> list[Offer]:
    """Return an offer for each quote of each draft, in order: one call for the whole batch."""
    # One flat list: numpy takes a list of rows apart at three times the price.
    flat: list[int] = []
    for draft, quotes in asked:
        request = draft.case.request
        amount, months = request.amount_minor, request.tenor_months
        for program, lender, rate_bps, fee in quotes:
            flat += (program, lender, amount, months, rate_bps, fee)
    if not flat:
        return []
    terms = np.ascontiguousarray(np.array(flat, np.int64).reshape(-1, 6).T)
    _, _, amounts, tenors, rates, fees = terms
    quoted = quote_batch(amounts, rates, tenors, fees)
    figures = (
        quoted.instalment,
        quoted.last,
        quoted.total,
        quoted.cost,
        quoted.irr12_ppm,
        quoted.effective_ppm,
    )
    return list(map(Offer._make, np.vstack((terms, *figures)).T.tolist()))


# Total cost in fen first; ties by yearly figure, then lender: a total order.
_dearness = attrgetter("cost_minor", "irr12_ppm", "lender")


def _order(steering: Steering | None) -> Callable[[Offer], tuple[int, ...]]:
    """Return the order of a list: where cost and yearly figure are one, who has most money left."""
    if steering is None or not steering.tolls:
        return _dearness
    toll_of = dict(steering.tolls)
    return lambda one: (*_dearness(one)[:2], toll_of.get(one.program, 0), one.lender)


def _within_quota(
    draft: Draft, offers: Sequence[Offer], remaining: dict[ProgramId, int]
) -> list[Offer]:
    kept: list[Offer] = []
    for offer in offers:
        left = remaining.get(offer.program, 0)
        if left < offer.amount_minor:
            draft.exhausted.append(offer.program)
            draft.refusals[offer.lender] = "quota_exhausted"
        else:
            if len(kept) < OFFERS_HELD:
                remaining[offer.program] = left - offer.amount_minor
            kept.append(offer)
    return kept


def _share_bits(book: Book, lender: Lender) -> int:
    """Return the bits of all who get a person's data when this lender does."""
    numbers = {lender.number} | {
        funder.number for program in lender.programs for funder in book.funders(program.id)
    }
    return sum(1 << consent_bit(Scope.SHARE_LENDER, number) for number in numbers)


def _lender_facts(book: Book, program: Program) -> Mapping[str, object]:
    listed_from, listed_to = book.listed(program.id)
    return {
        "lender_kind": book.lender(program.lender).kind.value,
        "listed_from": listed_from,
        "listed_to": listed_to,
        "fee_payees": () if program.fee_payee is None else (program.fee_payee,),
    }
