"""Which ways money never goes, by the law of a day."""

from __future__ import annotations

from datetime import date

from tongtu.journey.api import flows_forbidden
from tongtu.ledger.api import AccountKind, Code, KindName
from tongtu.policy.api import Pack

DAY = date(2026, 11, 24)
HOLDERS = {
    AccountKind.LENDER_FUNDS: "lender",
    AccountKind.BORROWER_CASH: "borrower",
    AccountKind.CLEARING_COLLECT: "clearing",
    AccountKind.SUSPENSE: "suspense",
    AccountKind.PLATFORM_FEE: "platform",
    AccountKind.GUARANTOR_FUNDS: "guarantor",
    AccountKind.MERCHANT_CASH: "merchant",
}
KINDS = [KindName(kind, holder, "", "", holder == "platform") for kind, holder in HOLDERS.items()]


def test_the_law_of_china_lets_a_borrower_pay_a_lender_a_guarantor_and_the_custodian_only():
    found = flows_forbidden(Pack.load("cn/2026.08"), DAY, KINDS)

    whatever = {(flow.credit_kind, flow.debit_kind) for flow in found if flow.code == 0}
    borrower = AccountKind.BORROWER_CASH
    assert whatever == {
        (kind, borrower)
        for kind in (
            borrower,
            AccountKind.SUSPENSE,
            AccountKind.PLATFORM_FEE,
            AccountKind.MERCHANT_CASH,
        )
    }
    assert {flow.rule for flow in found if flow.code == 0} == {"PRICE-04.ledger"}


def test_a_charge_that_no_catalogue_names_is_forbidden_to_a_borrower_under_its_code():
    found = flows_forbidden(Pack.load("cn/2026.08"), DAY, KINDS)

    charged = {(flow.code, flow.credit_kind) for flow in found if flow.rule == "PRICE-03.ledger"}
    assert charged == {
        (code, kind)
        for code in (Code.PLATFORM_SERVICE_FEE, Code.MERCHANT_CHARGE)
        for kind in (
            AccountKind.LENDER_FUNDS,
            AccountKind.CLEARING_COLLECT,
            AccountKind.GUARANTOR_FUNDS,
        )
    }


def test_on_a_day_before_the_law_no_way_is_open():
    found = flows_forbidden(Pack.load("cn/2026.08"), date(2025, 9, 30), KINDS)

    assert len(found) == len(KINDS) ** 2
    assert {flow.rule for flow in found} == {"PACK"}
