"""The decision engine: from facts to a ranked answer.

Pure: the same facts on the same day, in a batch of any size, give the same result for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import BadBook, Book, RemoteQuote, Sought, Worths, recommend
from tongtu.kernel.errors import Broken, TongtuError
from tongtu.kernel.ids import LenderId, ProgramId, PublicIds
from tongtu.origination.model import ApplyRequest, Case, Decided, Offer, Outcome, Version
from tongtu.origination.rules.affordability import Affordability
from tongtu.origination.rules.answer import AnswerWriter, LenderFace, Telling, Words, tellings
from tongtu.origination.rules.draft import UNTOLD, Draft
from tongtu.origination.rules.market import Market
from tongtu.origination.rules.opening import AUTOMATED, IDENTITY, Opening
from tongtu.origination.rules.pricing import Pricing
from tongtu.origination.rules.record import SCHEMA, Record, typical
from tongtu.origination.rules.scoring import FEW, RISKIEST, Scoring, Unscored
from tongtu.origination.rules.selection import UNCLEAR, Selection
from tongtu.policy.api import Finding, Laws, Pack
from tongtu.risk.api import (
    NO_STRATEGY,
    FraudFacts,
    FraudRules,
    OutsideBook,
    OutsideSource,
    Scorecard,
    Strategy,
    Studied,
    band,
    stated_row,
)
from tongtu.tables.api import Table

_ALL_IN_CAP = "all_in_cap_ppm"
_PARTY_LIMIT = "party_limit_minor"


class Bearing(NamedTuple):
    """A person's chance of default and debt service by now, in ppm; None: not known."""

    pd_ppm: int | None
    service_ppm: int | None
    model_hash: str  # of what scored; empty: nothing did


class DecisionEngine:
    """Decides batches of cases. Holds no state between them but what it was made of."""

    def __init__(  # noqa: PLR0913 - everything that decides, each named at the call
        self,
        *,
        laws: Laws,
        catalogue: Catalogue,
        scorecard: Scorecard | Studied | Unscored,
        challenger: Studied | None = None,
        rules: Table,
        fraud: FraudRules | None,
        outside: OutsideBook | None = None,
        strategy: Strategy = NO_STRATEGY,
        book: Book,
        public: PublicIds,
        sources: bytes = b"",
    ) -> None:
        self.laws = laws
        self.pack: Pack = laws.base
        self.book = book
        self._catalogue = catalogue
        self._scoring = Scoring(scorecard, challenger)
        if strange := set(book.outside) - (frozenset() if outside is None else outside.shared):
            raise BadBook(f"eligibility: no outside source tells lenders {min(strange)}")
        self._opening = Opening(self.pack, catalogue, rules, (fraud, outside))
        unclear = UNCLEAR if UNCLEAR in self.pack.reason_codes else UNTOLD
        self._selection = Selection(strategy, unclear)
        self._fraud = fraud  # none in versions older than these rules
        self._outside = outside  # the same
        self._pricing = Pricing(laws, book)
        self._market = None if book.router is None else Market(self._pricing, self._worths_on)
        self._affordability: tuple[date, Affordability] | None = None
        self._worths: tuple[date, Worths] | None = None
        self._public = public
        codes = sorted(laws.reason_codes)
        words = Words(
            tuple(
                (one.number, LenderFace(one.id, one.zh, one.en, one.kind)) for one in book.lenders
            ),
            tuple((one.id, one.lender, one.code) for one in book.programs()),
            tuple((code, laws.reason(code, "zh"), laws.reason(code, "en")) for code in codes),
        ).packed()
        self.answers = AnswerWriter.of(words)
        fraud_hash = "" if fraud is None else fraud.hash
        outside_hash = "" if outside is None else outside.hash
        named = f"{rules.hash}{catalogue.hash}{fraud_hash}{strategy.hash}{outside_hash}"
        rules_hash = hashlib.sha256(named.encode()).hexdigest()
        hashes = (laws.hash, scorecard.hash, rules_hash, book.hash)
        _, challenger_hash = self._scoring.hashes
        name = "\n".join([str(SCHEMA), self.pack.id, *hashes, challenger_hash]).encode()
        dictionary = typical(codes)
        kept = hashlib.sha256(dictionary).digest() + hashlib.sha256(words).digest()
        self.version = Version(
            hashlib.sha256(name + kept).digest(),
            self.pack.id,
            *hashes,
            challenger_hash,
            dictionary=dictionary,
            words=words,
            sources=sources,
        )

    def decide(
        self, cases: Sequence[Case], remaining: dict[ProgramId, int], day: date
    ) -> list[Decided | TongtuError]:
        """Return a result for each case, in order; `remaining` is lowered by what lists hold.

        One case's fault (a product that does not exist, a fact that is malformed) is its own.
        """
        results: list[Decided | TongtuError | None] = [None] * len(cases)
        if len(cases) < FEW:
            drafts: list[Draft] = []
            for place, case in enumerate(cases):
                try:
                    drafts.append(self.open(place, case, day))
                except TongtuError as fault:
                    results[place] = fault
        else:
            drafts, unread = self.open_many(cases, day)
            for place, why in unread.items():
                results[place] = why
        self.score(drafts)
        self.judge(drafts, day)
        for place, refused in self.price(drafts, remaining, day).items():
            results[place] = refused
        for draft in drafts:
            if results[draft.place] is None:
                results[draft.place] = draft.close(self._consents_used(draft))
        return [result for result in results if result is not None]

    def open(self, place: int, case: Case, day: date) -> Draft:
        """Return a draft that has passed the pack's first point, the product and the rules.

        Raises:
            NotFound: no such product.
            BadInput, BadFact: a statement no rule can read.
        """
        return self._opening.one(place, case, day)

    def open_many(
        self, cases: Sequence[Case], day: date
    ) -> tuple[list[Draft], dict[int, TongtuError]]:
        """Return `open` of each case, in order, and the faults of the others by place."""
        return self._opening.many(cases, day)

    def score(self, drafts: Sequence[Draft]) -> None:
        """Score all drafts by the champion and the challenger beside it; hold what is unclear."""
        self._scoring.score(drafts)
        self._selection.apply(drafts)

    def judge(self, drafts: Sequence[Draft], day: date) -> None:
        """Ask the pack's last point about each draft as it stands."""
        check = self.pack.compile("decision.final", day)
        affordability = self._affordability_on(day)
        for draft in drafts:
            facts = draft.facts
            if "dsr_ppm" not in facts:
                facts["dsr_ppm"] = affordability.dsr_ppm(draft.case.request, draft.band)
            if draft.judge(check):  # what became a refusal is checked as a refusal
                draft.judge(check)

    def price(
        self, drafts: Sequence[Draft], remaining: dict[ProgramId, int], day: date
    ) -> dict[int, TongtuError]:
        """Ask the lenders for every draft nothing stands against; return the faults by place.

        A draft nobody lends to is declined, and judged again as such.
        """
        faults: dict[int, TongtuError] = {}
        find = self._catalogue.find
        asking = [
            (draft, find(draft.case.request.product).lender_kinds)
            for draft in drafts
            if draft.outcome is Outcome.OFFERS
        ]
        market = self._market if len(asking) >= FEW else None
        if market is None or not market.offer(asking, remaining, day):
            faults = self._price_each(asking, remaining, day)
        unlent = [draft for draft, _ in asking if not draft.offers and draft.place not in faults]
        for draft in unlent:
            draft.decline_without_lender()
        self.judge(unlent, day)
        for draft, _ in asking:
            if draft.offers and not draft.recommended:
                self._steer(draft, day)
        return faults

    def _steer(self, draft: Draft, day: date) -> None:
        """Let the router recommend one of a draft's offers; `Market` does it for whole batches."""
        steering = draft.case.known.steering
        if steering is None:
            return
        draft.worths = tuple([self.worth_minor(offer, day) for offer in draft.offers])
        nets = [
            worth - steering.toll_minor(offer.program, offer.amount_minor)
            for offer, worth in zip(draft.offers, draft.worths, strict=True)
        ]
        yearly = [offer.irr12_ppm for offer in draft.offers]
        draft.recommended = recommend(yearly, nets, steering.guard_ppm)

    def _price_each(
        self,
        asking: Sequence[tuple[Draft, Sequence[str]]],
        remaining: dict[ProgramId, int],
        day: date,
    ) -> dict[int, TongtuError]:
        faults: dict[int, TongtuError] = {}
        asked = []
        for draft, kinds in asking:
            try:
                routing = self.book.route(self._sought(draft))
            except TongtuError as fault:
                faults[draft.place] = fault
                continue
            draft.refusals.update(routing.refusals)
            asked.append((draft, self._pricing.willing(draft, routing.quotes, kinds, day)))
        self._pricing.offer(asked, remaining, day)
        return faults

    def judge_remote(self, case: Case, quote: RemoteQuote, day: date) -> Offer | Finding | None:
        """Return what a remote lender's terms come to for a decided case.

        An offer; the rule of the law that stands against it; or None where the case has no offers
        any more, the product does not admit such a lender, or it joined after this version.
        """
        if not self.book.knows(quote.program):
            return None
        draft = self.open(0, case, day)
        self.score([draft])
        self.judge([draft], day)
        kinds = self._catalogue.find(case.request.product).lender_kinds
        if draft.outcome is not Outcome.OFFERS or (
            self.book.lender(quote.lender).kind.value not in kinds
        ):
            return None
        return self._pricing.lawful(draft, quote, day)

    def tellings(
        self, records: Sequence[Record], steps: Sequence[str], expires_at: str
    ) -> list[Telling]:
        """Return what the answers to decisions say beside their records, in order."""
        return tellings(self._public, records, steps, expires_at)

    def suspicions(self, facts: FraudFacts) -> tuple[str, ...]:
        """Return the reasons the fraud rules give against these facts; none: nothing is wrong."""
        return () if self._fraud is None else self._fraud.judge(facts).reasons

    def bureau_days(self, product: str) -> int:
        """Return how old a bureau's report may be for a product; 0: none is needed, or no such."""
        found = self._catalogue.get(product)
        return 0 if found is None else found.bureau_days

    def needed(self, product: str, amount_minor: int) -> tuple[OutsideSource, ...]:
        """Return the outside sources that are asked before such an amount is decided."""
        return () if self._outside is None else self._outside.needed(product, amount_minor)

    def look_again(self, request: ApplyRequest, day: date, *, is_scored: bool) -> Bearing:
        """Return how a request would be scored today, and the debt service it would come to.

        `is_scored` is false while the models are stopped: then it counts as the riskiest band.
        """
        champion, pd_ppm, model = self._scoring.champion, None, ""
        if is_scored and not isinstance(champion, Unscored):
            stated = (*request.declared, request.amount_minor, request.tenor_months)
            row = stated_row(stated)
            pd_ppm = (
                champion.score_row(row).pd_ppm
                if isinstance(champion, Scorecard)
                else champion.score_rows([row])[0].pd_ppm
            )
            model = champion.hash
        in_band = RISKIEST if pd_ppm is None else band(pd_ppm)
        service = self._affordability_on(day).dsr_ppm(request, in_band)
        return Bearing(pd_ppm, service, model)

    @property
    def champion(self) -> Scorecard | Studied:
        """The model whose score decides. Raises Broken: there is none."""
        found = self._scoring.champion
        if isinstance(found, Unscored):
            raise Broken("there is no model to score by")
        return found

    @property
    def is_unscored(self) -> bool:
        """Whether no model scores: the rules refuse, and a person decides the rest."""
        return isinstance(self._scoring.champion, Unscored)

    def tenors_of(self, product: str) -> tuple[int, ...]:
        """Return the months a product may be asked over. Raises NotFound."""
        return self._catalogue.find(product).tenors_months

    def party_limit_minor(self, lender: LenderId, day: date) -> int:
        """Return how much one person may owe in all, by this lender's own law and kind."""
        found = self.book.lender(lender)
        return int(self.laws.of(found.id).param(_PARTY_LIMIT, day, kind=found.kind.value))

    def worth_minor(self, offer: Offer, day: date) -> int:
        """Return what an offer is worth: the borrower's saving, and what the platform is paid."""
        terms = offer.amount_minor, offer.tenor_months
        fees_minor = offer.fee_monthly_minor * offer.tenor_months
        return self._worths_on(day).of(offer.program, terms, offer.cost_minor, fees_minor)

    def _worths_on(self, day: date) -> Worths:
        held = self._worths
        if held is None or held[0] != day:
            cap = self.pack.param(_ALL_IN_CAP, day)
            self._worths = held = day, Worths(self.book.programs(), int(cap))
        return held[1]

    def _sought(self, draft: Draft) -> Sought:
        request, said = draft.case.request, draft.case.request.declared
        dsr_ppm = draft.facts["dsr_ppm"]
        assert dsr_ppm is None or isinstance(dsr_ppm, int)
        return Sought(
            product=request.product,
            purpose=request.purpose,
            amount_minor=request.amount_minor,
            tenor_months=request.tenor_months,
            band=draft.band,
            home=said.home,
            job=said.job,
            records=said.records,
            seniority_years=said.seniority_years,
            income_minor=said.income_minor,
            assets_minor=said.assets_minor,
            dsr_ppm=dsr_ppm,
            outside=draft.outside,
        )

    def _consents_used(self, draft: Draft) -> int:
        return (IDENTITY | AUTOMATED | draft.shared) & draft.case.known.consent_mask

    def _affordability_on(self, day: date) -> Affordability:
        held = self._affordability  # one look: a thread may ask about another day meanwhile
        if held is None or held[0] != day:
            cap = self.pack.param(_ALL_IN_CAP, day)
            self._affordability = held = day, Affordability(self.book, int(cap))
        return held[1]
