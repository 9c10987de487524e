"""Fees of a loan: who pays whom, on what basis, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.terms.model.fault import BadTerms, bounded_decimal

FEES_MAX = 20
# As much as the largest loan.
FEE_MINOR_MAX = 1_000_000_000


class Actor(StrEnum):
    """Who pays or collects a fee."""

    BORROWER = "borrower"
    LENDER = "lender"
    GUARANTOR = "guarantor"
    MERCHANT = "merchant"
    PLATFORM = "platform"


class FeeBasis(StrEnum):
    """What a fee is taken on: a fixed amount in fen, or a percentage of what is named."""

    AMOUNT = "amount"
    DISBURSED = "percent_of_disbursed"
    OUTSTANDING = "percent_of_outstanding"
    INSTALMENT = "percent_of_instalment"


class FeeTiming(StrEnum):
    """When a fee is due."""

    AT_DISBURSEMENT = "at_disbursement"
    EACH_INSTALMENT = "each_instalment"
    FIRST_INSTALMENT = "first_instalment"
    LAST_INSTALMENT = "last_instalment"


@dataclass(frozen=True, slots=True)
class Fee:
    """`value` is fen for a fixed amount, otherwise percent. Only a borrower's fee is in a row."""

    code: str
    value: Decimal
    basis: FeeBasis = FeeBasis.AMOUNT
    timing: FeeTiming = FeeTiming.EACH_INSTALMENT
    payer: Actor = Actor.BORROWER
    payee: Actor = Actor.GUARANTOR

    def __post_init__(self) -> None:
        if not self.code:
            raise BadTerms("a fee has a code")
        is_amount = self.basis is FeeBasis.AMOUNT
        bounded_decimal("fee", self.value, 0, FEE_MINOR_MAX if is_amount else 100)
        if is_amount and self.value != int(self.value):
            raise BadTerms("a fixed fee is a whole number of fen")
        if self.payer is self.payee:
            raise BadTerms("who pays a fee is not who collects it")
        at_payout = self.timing is FeeTiming.AT_DISBURSEMENT
        if at_payout and self.basis in {FeeBasis.OUTSTANDING, FeeBasis.INSTALMENT}:
            raise BadTerms("a fee at disbursement is an amount or a percentage of the disbursed")


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee come due, in fen. `row` is the index of its period; None is at a disbursement."""

    fee: Fee
    due_date: date
    amount_minor: int
    row: int | None


def monthly_fee(amount_minor: int) -> tuple[Fee, ...]:
    """Return the one fee of so many fen with each instalment, to the guarantor; none for 0."""
    return (Fee("monthly", Decimal(amount_minor)),) if amount_minor else ()
