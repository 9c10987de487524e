"""The first stage of a decision: the pack's first point, the product, the rules, the fraud rules.

A batch asks its rules by column; the pack's point is short, and asked of each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tongtu.catalog.api import Catalogue, LoanProduct, fits
from tongtu.identity.api import Scope, consent_bit
from tongtu.kernel.errors import BadInput, TongtuError
from tongtu.origination.model import Case, Known, Said
from tongtu.origination.rules.draft import UNTOLD, Draft
from tongtu.policy.api import Pack
from tongtu.risk.api import (
    OUTSIDE_MISSING as MISSING,
)
from tongtu.risk.api import (
    FraudFacts,
    FraudRules,
    OutsideBook,
    columns_of,
    rule_columns,
    rule_facts,
    stated_row,
    verdict,
    with_outside,
)
from tongtu.tables.api import Table

IDENTITY = 1 << consent_bit(Scope.IDENTITY_CHECK)
AUTOMATED = 1 << consent_bit(Scope.AUTOMATED_DECISION)
_POINT = "application.accept"
# What a case is told that came while the models were stopped; packs that have no such text say the
# other one, which all have.
STOPPED = "model_stopped"
# What a case is told whose amount is too much for how surely it is known who asks.
UNVERIFIED = "verification_needed"


class Opening:
    """Opens drafts. Knows the pack, the products and both tables of rules."""

    def __init__(
        self,
        pack: Pack,
        catalogue: Catalogue,
        rules: Table,
        known: tuple[FraudRules | None, OutsideBook | None],
    ) -> None:
        self._pack = pack
        self._catalogue = catalogue
        self._rules = rules
        self._fraud, self._outside = known
        self._silent = MISSING if MISSING in pack.reason_codes else UNTOLD
        self._stopped = STOPPED if STOPPED in pack.reason_codes else UNTOLD
        self._unverified = UNVERIFIED if UNVERIFIED in pack.reason_codes else UNTOLD

    def one(self, place: int, case: Case, day: date) -> Draft:
        """Return a draft that has passed this stage.

        Raises:
            NotFound: no such product.
            BadInput, BadFact: a statement no rule can read.
        """
        draft = self._begun(place, case)
        draft.find(self._pack.compile(_POINT, day)(draft.facts))
        product = self._catalogue.find(case.request.product)
        _fit(draft, product)
        draft.take(verdict(self._rules.evaluate(_rule_facts(draft))))
        self._look_on(draft, product)
        return draft

    def many(self, cases: Sequence[Case], day: date) -> tuple[list[Draft], dict[int, TongtuError]]:
        """Return `one` of each case, and the faults of the others by place."""
        faults: dict[int, TongtuError] = {}
        begun: list[Draft] = []
        for place, case in enumerate(cases):
            try:
                begun.append(self._begun(place, case))
            except TongtuError as fault:
                faults[place] = fault
        if not begun:
            return [], faults
        check = self._pack.compile(_POINT, day)
        given = rule_columns(
            columns_of([draft.row for draft in begun]),
            party_recent=_ints([draft.case.known.party_recent for draft in begun]),
            device_recent=_ints([draft.case.known.device_recent for draft in begun]),
        )
        said = self._rules.evaluate_columns(
            given, len(begun), lambda place: _rule_facts(begun[place])
        )
        drafts = []
        for draft, fired in zip(begun, said, strict=True):
            if found := check(draft.facts):
                draft.find(found)
            product = self._catalogue.find(draft.case.request.product)
            _fit(draft, product)
            try:
                if isinstance(fired, TongtuError):
                    raise fired
                if fired:
                    draft.take(verdict(fired))
                self._look_on(draft, product)
            except TongtuError as fault:
                faults[draft.place] = fault
            else:
                drafts.append(draft)
        return drafts, faults

    def _begun(self, place: int, case: Case) -> Draft:
        request, known, said = case.request, case.known, case.request.declared
        self._catalogue.find(request.product)
        ruling = known.ruling
        return Draft(
            place,
            case,
            facts={
                "is_identified": known.is_identified,
                "adult_on": known.adult_on,
                "has_consent_identity_check": known.consent_mask & IDENTITY > 0,
                "has_consent_automated_decision": known.consent_mask & AUTOMATED > 0,
                "tenor_months": request.tenor_months,
                "purpose": request.purpose,
                "amount_minor": request.amount_minor,
                "exposure_minor": known.exposure_minor,
            },
            # What is declared stands in the order of the score's own facts (a test holds it).
            row=stated_row((*said, request.amount_minor, request.tenor_months)),
            declines=list(ruling.codes) if ruling and ruling.said is Said.DECLINE else [],
            clears=ruling is not None and ruling.said is Said.APPROVE,
        )

    def _look_on(self, draft: Draft, product: LoanProduct) -> None:
        known = draft.case.known
        if self._fraud is not None:
            request, facts = draft.case.request, _fraud_facts(known)
            said = self._fraud.judge(facts, product.bureau_days)
            if said.fired:
                draft.take(said, is_fixed=True)
            if product.verified_caps_minor and not (
                draft.clears or product.is_sure_enough(facts.verified, request.amount_minor)
            ):
                draft.holds.append(self._unverified)
        if self._outside is not None:
            self._compare(draft, self._outside)
        if known.rules_only and not draft.clears:
            draft.holds.append(self._stopped)

    def _compare(self, draft: Draft, book: OutsideBook) -> None:
        """Hold what is stated to what outside sources say, where the amount needs them."""
        request, known = draft.case.request, draft.case.known
        asked = request.product, request.amount_minor
        looked = book.look(asked, known.outside, known.consent_mask)
        if looked is None:
            return
        draft.outside = looked.features
        draft.row = with_outside(draft.row, looked.features)
        draft.take(book.judge(looked, draft.row))
        if looked.is_missing and not draft.clears:
            draft.holds.append(self._silent)


def _fit(draft: Draft, product: LoanProduct) -> None:
    request = draft.case.request
    if against := fits(product, request.amount_minor, request.tenor_months, request.purpose):
        draft.declines += against


def _rule_facts(draft: Draft) -> dict[str, object]:
    known = draft.case.known
    return rule_facts(draft.row, party_recent=known.party_recent, device_recent=known.device_recent)


def _fraud_facts(known: Known) -> FraudFacts:
    if known.fraud is None:
        raise BadInput("nobody looked for signals of fraud")
    return known.fraud


def _ints(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)
