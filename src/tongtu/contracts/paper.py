"""What stands in an agreement: a deal and the two names, as texts for the template. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tongtu.contracts.model import CostTable, Deal
from tongtu.contracts.rules import PLATFORM_EN, PLATFORM_ZH, VALID_DAYS, percent, yuan
from tongtu.terms.api import PaymentOrder

# What a payment pays of what is due, in the words of the paper.
_ORDERS = {
    PaymentOrder.OLDEST_FIRST: (
        "先还已到期的期次，从最早的一期起，依次为费用、利息、本金",
        "what is due, oldest first: fee, interest, principal",
    ),
    PaymentOrder.INTEREST_FIRST: (
        "先还全部已到期期次的费用与利息，再还已到期期次的本金，均从最早的一期起",
        "fee and interest of all that is due, then its principal, oldest first",
    ),
    PaymentOrder.PRINCIPAL_FIRST: (
        "先还已到期的期次，从最早的一期起，依次为本金、利息、费用",
        "what is due, oldest first: principal, interest, fee",
    ),
}


@dataclass(frozen=True, slots=True)
class Borrower:
    """The person, as named in the document and nowhere else outside the vault."""

    name: str
    resident_id: str
    party: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first lines say besides the deal."""

    number: str
    business_date: date
    reading_seconds: int
    table_sha256: bytes


def mask_resident_id(resident_id: str) -> str:
    """Return the number with its middle hidden: enough to tell two people of one name apart."""
    return f"{resident_id[:3]}{'*' * (len(resident_id) - 7)}{resident_id[-4:]}"


def agreement_data(
    deal: Deal, table: CostTable, borrower: Borrower, cover: Cover
) -> dict[str, Any]:
    """Return the template's data: texts only, each amount already written out."""
    return {
        "title": f"{cover.number}",
        "number": cover.number,
        "business_date": cover.business_date.isoformat(),
        "platform": PLATFORM_EN,
        "platform_zh": PLATFORM_ZH,
        "platform_en": PLATFORM_EN,
        "borrower": borrower.name,
        "resident_id": mask_resident_id(borrower.resident_id),
        "party": borrower.party,
        "lender_zh": deal.lender.name_zh,
        "lender_en": deal.lender.name_en,
        "product_zh": deal.product_zh,
        "product_en": deal.product_en,
        "principal": yuan(deal.principal_minor),
        "months": str(len(deal.rows)),
        "rate": percent(deal.rate_bps * 100),
        "overdue": percent(deal.overdue_rate_bps * 100),
        "valid_days": str(VALID_DAYS),
        "start": deal.rows[0].start.isoformat(),
        "end": deal.rows[-1].due_date.isoformat(),
        "total": yuan(table.total_minor),
        "irr12": table.irr12_percent,
        "effective": table.effective_percent,
        "cap": table.cap_percent,
        "basis_zh": table.basis_zh,
        "basis_en": table.basis_en,
        "no_other_charges_zh": table.no_other_charges_zh,
        "no_other_charges_en": table.no_other_charges_en,
        "costs_zh": [
            [_with_note(row.item_zh, row.note_zh, "（{}）"), row.how_zh, yuan(row.amount_minor)]
            for row in table.rows
        ],
        "costs_en": [
            [_with_note(row.item_en, row.note_en, " ({})"), row.how_en, yuan(row.amount_minor)]
            for row in table.rows
        ],
        "contingent_zh": [[item.item_zh, item.terms_zh] for item in table.contingent],
        "contingent_en": [[item.item_en, item.terms_en] for item in table.contingent],
        "schedule": _schedule(deal),
        "schedule_sum": _sums(deal),
        "order_zh": _ORDERS[deal.payment_order][0],
        "order_en": _ORDERS[deal.payment_order][1],
        "payout_zh": _payout_zh(deal),
        "payout_en": _payout_en(deal),
        "withdrawal_zh": _withdrawal_zh(deal),
        "withdrawal_en": _withdrawal_en(deal),
        "reading_seconds": str(cover.reading_seconds),
        "table_sha256": cover.table_sha256.hex(),
    }


def _payout_zh(deal: Deal) -> str:
    if not deal.payee_zh:
        return "借款全额划入借款人本人账户，不预先扣除任何利息或费用。"
    return (
        f"借款人委托贷款人将借款全额直接支付给商户{deal.payee_zh}（受托支付），"
        "不预先扣除任何利息或费用。"
    )


def _payout_en(deal: Deal) -> str:
    where = "to the borrower's own account"
    if deal.payee_en:
        where = f"straight to the merchant {deal.payee_en}, as the borrower asks"
    return f"The whole amount is paid {where}. Nothing is deducted in advance."


def _withdrawal_zh(deal: Deal) -> str:
    if not deal.withdrawal_days:
        return ""
    return (
        f"自签署之日起{deal.withdrawal_days}日内（签署当日计入），借款人可以撤回本合同：归还本金，"
        "并按实际用款天数支付利息，不承担任何其他费用；已付的费用抵作本金。"
    )


def _withdrawal_en(deal: Deal) -> str:
    if not deal.withdrawal_days:
        return ""
    return (
        f"Within {deal.withdrawal_days} days, that of signing counted, the borrower may withdraw:"
        " the principal goes back with interest for the days it was there, and no other charge;"
        " fees paid before count as principal."
    )


def _with_note(item: str, note: str, form: str) -> str:
    return item + form.format(note) if note else item


def _schedule(deal: Deal) -> list[list[str]]:
    left, rows = deal.principal_minor, []
    for row in deal.rows:
        left -= row.principal_minor
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor, row.total_minor, left)
        rows.append([str(row.nr), row.due_date.isoformat(), *map(yuan, amounts)])
    return rows


def _sums(deal: Deal) -> list[str]:
    interest = sum(row.interest_minor for row in deal.rows)
    fee = sum(row.fee_minor for row in deal.rows)
    amounts = (deal.principal_minor, interest, fee, deal.total_minor)
    return ["", "", *map(yuan, amounts), ""]
