"""From drafts to offers by column: every lender's answer to a whole batch in a few array calls.

It answers exactly as `Pricing` does one by one, which stays the law for small batches and for
whatever has no columns. Every offer's figures come from the schedule of its own amount.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.api import (
    ANSWERS,
    QUOTES,
    SoughtBatch,
    Steering,
    Worths,
    recommend_each,
)
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.model import OFFERS_HELD, NotOffered, Offer
from tongtu.origination.rules.draft import Draft
from tongtu.origination.rules.pricing import Pricing, forbids
from tongtu.risk.api import HOMES, JOBS, MONEY_MINOR_MAX, UNKNOWN, columns_of
from tongtu.tables.api import Given, Words
from tongtu.terms.api import quote_batch

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Distinct sets of refusals whose words are kept ready; beyond them all are made anew.
KEPT_MAX = 8_192
_PPM = 1_000_000
_PPM_PER_PERCENT = 10_000
_DSR_PERCENT_MAX = 1_000_000_000
_TENOR_MONTHS_MAX = 84
_NO_PRODUCT = ANSWERS.index("product_not_offered")


class _Quotes(NamedTuple):
    """Lenders' yeses by column: places of case, lender and program, then an offer's terms."""

    case: Ints
    lender: Ints
    program: Ints
    terms: Ints  # one row a field of Offer, in its order

    def picked(self, places: Ints) -> _Quotes:
        """Return those at the places, in that order."""
        return _Quotes(
            self.case[places], self.lender[places], self.program[places], self.terms[:, places]
        )


_offer = partial(tuple.__new__, Offer)  # a fourth of what the class's own call costs
_COST, _IRR12 = Offer._fields.index("cost_minor"), Offer._fields.index("irr12_ppm")
_FEE = Offer._fields.index("fee_monthly_minor")
_AMOUNT, _MONTHS = Offer._fields.index("amount_minor"), Offer._fields.index("tenor_months")


class Market:
    """Knows the lenders as columns. Its caller has a book whose table has columns."""

    def __init__(self, pricing: Pricing, worths_on: Callable[[date], Worths]) -> None:
        book = pricing.book
        assert book.router is not None
        self._pricing, self._worths_on = pricing, worths_on
        self._router, self._outside = book.router, book.outside
        self._lenders = tuple(one.number for one in book.lenders)
        self._programs = tuple(one.id for one in book.programs())
        self._numbers = np.array(self._lenders, np.int64)
        self._ids = np.array(self._programs, np.int64)
        self._bits = np.array([pricing.share_bit(one) for one in self._lenders], np.int64)
        self._kinds = [one.kind.value for one in book.lenders]
        self._barred: dict[Sequence[str], Flags] = {}
        self._codes = list(ANSWERS)
        self._tolled: tuple[Steering, Ints] | None = None
        self._service: tuple[Worths, Ints] | None = None
        self._silent: dict[bytes, tuple[NotOffered, ...]] = {}

    def offer(
        self,
        asked: Sequence[tuple[Draft, Sequence[str]]],
        remaining: dict[ProgramId, int],
        day: date,
    ) -> bool:
        """Give each draft its offers, first come first served; False: ask them one by one.

        With each draft come the kinds of lender its product admits. Nothing is changed when the
        answer is False.
        """
        drafts = [draft for draft, _ in asked]
        steering = drafts[0].case.known.steering
        sought = _sought(drafts, self._outside)
        if sought is None or not _is_one(steering, drafts):
            return False
        routing = self._router.route(sought)
        if routing.strange.any():
            return False
        said = routing.answers
        answers, unshared = self._willing(said, asked, day)
        case, lender = np.nonzero(answers == QUOTES)
        quotes = self._quoted(
            sought, (case, lender), [column[case, lender] for column in routing[1:4]]
        )
        refused = self._lawful(quotes, drafts, answers, day)
        lawful = quotes.picked(np.flatnonzero(answers[case, lender] == QUOTES))
        rows = self._ranked(lawful, steering)
        if self._give(rows, drafts, answers, remaining) and steering is not None:
            self._steer(rows, drafts, steering, self._worths_on(day))
        self._tell(drafts, answers)
        for place, draft in enumerate(drafts):
            if not draft.offers:  # why nobody lends is told in the order in which it was found
                said_no = said[place] != QUOTES, unshared[place], answers[place]
                draft.refusals = self._in_order(*said_no, refused.get(place, [])) | draft.refusals
        return True

    def _willing(
        self, said: Ints, asked: Sequence[tuple[Draft, Sequence[str]]], day: date
    ) -> tuple[Ints, Flags]:
        """Return the answers once law and product have said who may be asked at all.

        Beside them stands whom the person did not agree to share with.
        """
        answers = said.copy()
        masks = np.array([draft.case.known.consent_mask for draft, _ in asked], np.int64)
        unshared = (masks[:, None] & self._bits) != self._bits
        if unshared.any():
            code = self._pricing.unshared_code(day)
            unshared &= code != ""
            answers[unshared] = self._number(code)
        barred = np.stack([self._bars(kinds) for _, kinds in asked])
        answers[barred & (said == QUOTES)] = _NO_PRODUCT
        return answers, unshared

    def _bars(self, kinds: Sequence[str]) -> Flags:
        found = self._barred.get(kinds)
        if found is None:
            found = np.array([kind not in kinds for kind in self._kinds])
            self._barred[kinds] = found
        return found

    def _quoted(
        self, sought: SoughtBatch, where: tuple[Ints, Ints], priced: Sequence[Ints]
    ) -> _Quotes:
        case, lender = where
        program, rate_bps, fee = priced
        terms = np.empty((len(Offer._fields), len(case)), np.int64)
        amount, months = sought.amount_minor[case], sought.tenor_months[case]
        terms[:6] = (
            self._ids[program], self._numbers[lender], amount, months, rate_bps, fee,
        )  # fmt: skip
        if len(case):
            quoted = quote_batch(amount, rate_bps, months, fee)
            terms[6:] = (
                quoted.instalment, quoted.last, quoted.total, quoted.cost, quoted.irr12_ppm,
                quoted.effective_ppm,
            )  # fmt: skip
        return _Quotes(case, lender, program, terms)

    def _lawful(
        self, quotes: _Quotes, drafts: Sequence[Draft], answers: Ints, day: date
    ) -> dict[int, list[int]]:
        """Put the law's code where it forbids an offer; return those lenders by case, in order."""
        refused: dict[int, list[int]] = {}
        exposure = np.array([draft.case.known.exposure_minor for draft in drafts], np.int64)
        facts: dict[str, Ints] = {
            "tenor_months": quotes.terms[_MONTHS],
            "amount_minor": quotes.terms[_AMOUNT],
            "exposure_minor": exposure[quotes.case],
            "irr12_ppm": quotes.terms[_IRR12],
        }
        unseen = np.zeros(len(quotes.case), np.bool_)
        for screen, members in self._pricing.screens_on(day):
            of_these = members[quotes.program].nonzero()[0]
            given = {name: column[of_these] for name, column in facts.items()}
            unseen[of_these] = screen(given, len(of_these))
        checks = self._pricing.checks_on(day)
        for place in unseen.nonzero()[0].tolist():
            case, lender = int(quotes.case[place]), int(quotes.lender[place])
            asked = {**drafts[case].facts, "irr12_ppm": int(quotes.terms[_IRR12, place])}
            against = forbids(checks[self._programs[quotes.program[place]]](asked))
            if against:
                answers[case, lender] = self._number(against)
                refused.setdefault(case, []).append(lender)
        return refused

    def _ranked(self, quotes: _Quotes, steering: Steering | None) -> _Quotes:
        """Return them by case, cheapest total first; ties by yearly figure, toll, then lender."""
        keys = [quotes.lender, quotes.terms[_IRR12], quotes.terms[_COST], quotes.case]
        if steering is not None and steering.tolls:
            keys.insert(1, self._tolls(steering)[quotes.program])
        return quotes.picked(np.lexsort(keys))

    def _tolls(self, steering: Steering) -> Ints:
        """Return the toll of each program in ppm."""
        held = self._tolled
        if held is None or held[0] is not steering:
            toll_of = dict(steering.tolls)
            tolls = np.array([toll_of.get(program, 0) for program in self._programs], np.int64)
            self._tolled = held = steering, tolls
        return held[1]

    def _services(self, worths: Worths) -> Ints:
        held = self._service
        if held is None or held[0] is not worths:
            fees = np.array([worths.service_of(one) for one in self._programs], np.int64)
            self._service = held = worths, fees
        return held[1]

    def _steer(
        self, quotes: _Quotes, drafts: Sequence[Draft], steering: Steering, worths: Worths
    ) -> None:
        """Let the router recommend one offer of each list; nothing was taken off any of them."""
        sizes = np.bincount(quotes.case, minlength=len(drafts))
        ends = np.cumsum(sizes)
        listed = np.flatnonzero(sizes)
        if not len(listed):
            return
        terms = quotes.terms
        amount, months = terms[_AMOUNT], terms[_MONTHS]
        worth = worths.of_columns(
            self._services(worths)[quotes.program],
            (amount, months),
            terms[_COST],
            terms[_FEE] * months,
        )
        net = worth
        if steering.tolls:
            net = worth - amount * self._tolls(steering)[quotes.program] // _PPM
        starts = (ends - sizes)[listed]
        places = recommend_each(terms[_IRR12], net, starts, steering.guard_ppm)
        flat = worth.tolist()
        told = zip(
            listed.tolist(), starts.tolist(), ends[listed].tolist(), places.tolist(), strict=True
        )
        for case, start, end, place in told:
            drafts[case].recommended, drafts[case].worths = place, tuple(flat[start:end])

    def _give(
        self,
        quotes: _Quotes,
        drafts: Sequence[Draft],
        answers: Ints,
        remaining: dict[ProgramId, int],
    ) -> bool:
        """Hand the offers out as far as the quotas last; return whether nothing was short."""
        offers = list(map(_offer, zip(*quotes.terms.tolist(), strict=True)))
        upto = np.cumsum(np.bincount(quotes.case, minlength=len(drafts)))
        ends, shared = upto.tolist(), np.zeros(len(drafts), np.int64)
        if self._take(quotes, upto, remaining):
            np.bitwise_or.at(shared, quotes.case, self._bits[quotes.lender])
            start = 0
            for draft, end, bits in zip(drafts, ends, shared.tolist(), strict=True):
                draft.offers, draft.shared = offers[start:end], bits
                start = end
            return True
        short = self._number("quota_exhausted")
        start = 0
        for case, (draft, end) in enumerate(zip(drafts, ends, strict=True)):
            self._pricing.hold(draft, offers[start:end], remaining)
            start = end
            for number in draft.refusals:
                answers[case, self._lenders.index(number)] = short
        return False

    def _take(self, quotes: _Quotes, ends: Ints, remaining: dict[ProgramId, int]) -> bool:
        """Lower the quotas by what the lists hold when there is money for all; else lower none.

        Whatever the order of the cases, each finds at least what is left after all of them.
        """
        amounts, places = quotes.terms[_AMOUNT], np.arange(len(quotes.case))
        starts = ends - np.diff(ends, prepend=0)
        is_held = places < starts[quotes.case] + OFFERS_HELD
        held = np.zeros(len(self._programs), np.int64)
        np.add.at(held, quotes.program[is_held], amounts[is_held])
        most = np.zeros(len(self._programs), np.int64)
        np.maximum.at(most, quotes.program, amounts)
        told = zip(self._programs, held.tolist(), most.tolist(), strict=True)
        wanted = [one for one in told if one[2]]
        if any(total + one > remaining.get(program, 0) for program, total, one in wanted):
            return False
        for program, total, _ in wanted:
            remaining[program] -= total
        return True

    def _tell(self, drafts: Sequence[Draft], answers: Ints) -> None:
        """Write down who makes no offer and why."""
        width, packed = len(self._lenders), answers.astype(np.uint8).tobytes()
        for case, draft in enumerate(drafts):
            draft.silent = self._words(packed[case * width : (case + 1) * width])

    def _in_order(
        self, said_no: Flags, unshared: Flags, answers: Ints, refused: Sequence[int]
    ) -> dict[LenderId, str]:
        """Return refusals as they came to be: policies, consents, kinds, the law; not quotas."""
        codes = [self._codes[code] for code in answers.tolist()]
        kinds = (answers == _NO_PRODUCT) & ~said_no
        order: list[int] = []
        for found in (said_no, unshared, kinds):
            order += np.flatnonzero(found).tolist()
        return {self._lenders[place]: codes[place] for place in (*order, *refused)}

    def _words(self, packed: bytes) -> tuple[NotOffered, ...]:
        found = self._silent.get(packed)
        if found is None:
            if len(self._silent) >= KEPT_MAX:
                self._silent.clear()
            found = self._silent[packed] = tuple(
                NotOffered(lender, self._codes[code])
                for lender, code in zip(self._lenders, packed, strict=True)
                if code != QUOTES
            )
        return found

    def _number(self, code: str) -> int:
        """Return a code's number; a pack has fewer codes than a byte has values."""
        if code not in self._codes:
            assert len(self._codes) < 255
            self._codes.append(code)
        return self._codes.index(code)


def _is_one(steering: Steering | None, drafts: Sequence[Draft]) -> bool:
    """Return whether all drafts are steered alike, as they are in the lane."""
    for draft in drafts:
        own = draft.case.known.steering
        if own is not steering and own != steering:
            return False
    return True


def _sought(drafts: Sequence[Draft], outside: Sequence[str]) -> SoughtBatch | None:
    """Return what lenders are asked, None when a statement is larger than a column holds."""
    columns = columns_of([draft.row for draft in drafts])
    income, assets = columns["income_minor"], columns["assets_minor"]
    if max(income.max(), assets.max(), columns["seniority_years"].max()) >= MONEY_MINOR_MAX:
        return None
    requests = [draft.case.request for draft in drafts]
    months = np.array([request.tenor_months for request in requests], np.int64)
    band = np.array([draft.band for draft in drafts], np.int64)
    debt_service = [draft.facts["dsr_ppm"] for draft in drafts]
    has_dsr = np.array([one is not None for one in debt_service])
    dsr = np.array([one or 0 for one in debt_service], np.int64)
    words: dict[str, int] = {}
    purposes = [words.setdefault(request.purpose, len(words)) for request in requests]
    facts: dict[str, Given] = {
        "band": band,
        "records": columns["records"] == 1,
        "job": Words(columns["job"], JOBS),
        "home": Words(columns["home"], HOMES),
        "purpose": Words(np.array(purposes, np.int64), tuple(words)),
        "seniority_years": columns["seniority_years"],
        "tenor_months": np.minimum(months, _TENOR_MONTHS_MAX),
        "amount_minor": columns["amount_minor"],
        "has_income": income != UNKNOWN,
        "income_minor": np.maximum(income, 0),
        "has_assets": assets != UNKNOWN,
        "assets_minor": np.maximum(assets, 0),
        "has_dsr": has_dsr,
        # Rounded up, so that "at most 50 %" is never passed by 50.4 %.
        "dsr_percent": np.minimum(-(-dsr // _PPM_PER_PERCENT), _DSR_PERCENT_MAX),
    }
    for name in outside:
        known = [draft.outside.get(name) for draft in drafts]
        facts[f"has_{name}"] = np.array([one is not None for one in known])
        facts[name] = np.array([one or 0 for one in known], np.int64)
    products = [request.product for request in requests]
    return SoughtBatch(products, columns["amount_minor"], months, band, facts)
