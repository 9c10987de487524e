"""The cost table and whether all papers of a loan tell the same figures. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from tongtu.contracts.model import Contingent, CostRow, CostTable, Deal, PlanRow
from tongtu.kernel.money import MINOR_PER_MAJOR, divide_half_up

PPM_PER_HUNDREDTH_PERCENT = 100
PLATFORM_ZH, PLATFORM_EN = "通途", "Tongtu"
# Overdue interest is one and a half times the contract's rate, the usual line of Chinese lenders,
# and never above the cap (PRICE-06).
OVERDUE_NUMERATOR, OVERDUE_DENOMINATOR = 3, 2
DAYS_OF_YEAR = 360
# Our own choice: a refused payout is asked for again within days; after that a person signs anew.
VALID_DAYS = 10


def overdue_rate_bps(rate_bps: int, cap_ppm: int) -> int:
    """Return the yearly rate on overdue principal, capped."""
    return min(rate_bps * OVERDUE_NUMERATOR // OVERDUE_DENOMINATOR, cap_ppm // 100)


def is_payable(rows: Sequence[PlanRow], on: date) -> bool:
    """Tell whether an agreement with this plan may be paid out on a day, as its text says."""
    return rows[0].start <= on <= rows[0].start + timedelta(days=VALID_DAYS)


def moved(rows: Sequence[PlanRow], starts: Sequence[date], due: Sequence[date]) -> list[PlanRow]:
    """Return a plan whose money left on another day: its dates move, its amounts do not."""
    return [
        replace(row, start=start, due_date=day)
        for row, start, day in zip(rows, starts, due, strict=True)
    ]


def percent(ppm: int) -> str:
    """Return parts per million as percent with two decimals, half up: 240039 is "24.00"."""
    hundredths = divide_half_up(ppm, PPM_PER_HUNDREDTH_PERCENT)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def yuan(minor: int) -> str:
    """Return fen as yuan with separators and two decimals."""
    return f"{minor // MINOR_PER_MAJOR:,}.{minor % MINOR_PER_MAJOR:02d}"


def cost_table(deal: Deal) -> CostTable:
    """Return the table of all costs. Items that are not charged stay and say so."""
    return CostTable(
        rows=(_principal(deal), _interest(deal), *_subsidy(deal), _fee(deal), _platform()),
        contingent=_contingent(deal),
        principal_minor=deal.principal_minor,
        total_minor=deal.total_minor,
        cost_minor=deal.cost_minor,
        instalments=len(deal.rows),
        instalment_minor=deal.rows[0].total_minor,
        last_instalment_minor=deal.rows[-1].total_minor,
        irr12_percent=percent(deal.irr12_ppm),
        effective_percent=percent(deal.effective_ppm),
        cap_percent=percent(deal.cap_ppm),
        basis_zh="单利口径：月内部收益率 × 12；含全部费用，以实际占用的本金计算",
        basis_en=(
            "Simple basis: monthly internal rate of return × 12, all charges included, "
            "on the principal actually outstanding"
        ),
        no_other_charges_zh="除上表所列项目外，不再收取任何其他费用。",
        no_other_charges_en="No charge other than those listed above will be made.",
    )


def disagreements(deal: Deal, table: CostTable) -> tuple[str, ...]:
    """Return the names of the figures in which table, offer and plan differ (DISC-02)."""
    by_item = {row.item_en: row.amount_minor for row in table.rows}
    pairs = {
        "principal": (table.principal_minor, sum(row.principal_minor for row in deal.rows)),
        "amount": (by_item["Principal"], deal.principal_minor),
        "interest": (by_item["Interest"], sum(row.interest_minor for row in deal.rows)),
        "fee": (by_item["Guarantee or insurance fee"], sum(row.fee_minor for row in deal.rows)),
        "total": (table.total_minor, sum(by_item.values())),
        "cost": (table.cost_minor, deal.cost_minor),
        "irr12": (table.irr12_percent, percent(deal.irr12_ppm)),
        "effective": (table.effective_percent, percent(deal.effective_ppm)),
        "table": (table, cost_table(deal)),
    }
    return tuple(name for name, (told, true) in pairs.items() if told != true)


def table_json(table: CostTable) -> str:
    """Return the stored and hashed form of a table: sorted, without spaces."""
    body = dataclasses.asdict(table)
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def table_of_json(text: str) -> CostTable:
    """Read what `table_json` wrote."""
    body = json.loads(text)
    body["rows"] = tuple(CostRow(**row) for row in body["rows"])
    body["contingent"] = tuple(Contingent(**row) for row in body["contingent"])
    return CostTable(**body)


def table_hash(text: str) -> bytes:
    """Return the SHA-256 of a stored table."""
    return hashlib.sha256(text.encode()).digest()


def _principal(deal: Deal) -> CostRow:
    return CostRow(
        item_zh="贷款本金",
        item_en="Principal",
        note_zh=_note_zh(deal),
        note_en=_note_en(deal),
        how_zh=f"{deal.lender.name_zh}{_straight(deal.payee_zh)}发放，不预扣",
        how_en=f"paid out by {deal.lender.name_en}{_straight_en(deal.payee_en)}, nothing deducted",
        collected_by=deal.lender.name_zh,
        amount_minor=deal.principal_minor,
    )


def _note_zh(deal: Deal) -> str:
    if deal.is_line:
        return "额度；以首日全额支用为例"
    return "全额付给商户" if deal.payee_zh else "到账等于本金"


def _note_en(deal: Deal) -> str:
    if deal.is_line:
        return "a limit; the example draws it whole on the first day"
    return "the merchant receives all of it" if deal.payee_zh else "you receive all of it"


def _straight(payee: str) -> str:
    return f"直接向{payee}（受托支付）" if payee else ""


def _straight_en(payee: str) -> str:
    return f" straight to {payee}" if payee else ""


def _subsidy(deal: Deal) -> tuple[CostRow, ...]:
    """Return the interest a merchant pays: it stands there as what it is, and costs nothing."""
    if not deal.paid_by_payee_minor:
        return ()
    paid = yuan(deal.paid_by_payee_minor)
    return (
        CostRow(
            item_zh="商户承担的利息（贴息）",
            item_en="Interest paid by the merchant",
            note_zh=f"{paid} 元，不由你承担",
            note_en=f"{paid} yuan, not by you",
            how_zh=f"由{deal.payee_zh}付给{deal.lender.name_zh}",
            how_en=f"by {deal.payee_en} to {deal.lender.name_en}",
            collected_by="",
            amount_minor=0,
        ),
    )


def _interest(deal: Deal) -> CostRow:
    rate = percent(deal.rate_bps * 100)
    months = len(deal.rows)
    return CostRow(
        item_zh="利息",
        item_en="Interest",
        note_zh=f"年利率 {rate}%",
        note_en=f"{rate}% a year",
        how_zh=f"分 {months} 期收取，{deal.lender.name_zh}",
        how_en=f"in {months} instalments, by {deal.lender.name_en}",
        collected_by=deal.lender.name_zh,
        amount_minor=sum(row.interest_minor for row in deal.rows),
    )


def _fee(deal: Deal) -> CostRow:
    total = sum(row.fee_minor for row in deal.rows)
    each, months = yuan(deal.fee_monthly_minor), len(deal.rows)
    return CostRow(
        item_zh="担保费、保险费",
        item_en="Guarantee or insurance fee",
        note_zh=f"每期 {each} 元" if total else "",
        note_en=f"{each} yuan an instalment" if total else "",
        how_zh=f"分 {months} 期收取，{deal.fee_payee_zh}" if total else "不收取",
        how_en=f"in {months} instalments, by {deal.fee_payee_en}" if total else "not charged",
        collected_by=deal.fee_payee_zh if total else "",
        amount_minor=total,
    )


def _platform() -> CostRow:
    return CostRow(
        item_zh="平台服务费",
        item_en="Platform fee",
        note_zh="",
        note_en="",
        how_zh=f"{PLATFORM_ZH}不向你收费",
        how_en=f"{PLATFORM_EN} charges you nothing",
        collected_by="",
        amount_minor=0,
    )


def _contingent(deal: Deal) -> tuple[Contingent, ...]:
    yearly = percent(deal.overdue_rate_bps * 100)
    daily = percent(divide_half_up(deal.overdue_rate_bps * 100, DAYS_OF_YEAR))
    cap = percent(deal.cap_ppm)
    return (
        Contingent(
            item_zh="逾期罚息，按逾期本金每天",
            item_en="Overdue interest, a day on overdue principal",
            terms_zh=f"约 {daily}%，年 {yearly}%（不超过年 {cap}%）",
            terms_en=f"about {daily}%, {yearly}% a year (never above {cap}%)",
            rate_bps=deal.overdue_rate_bps,
        ),
        Contingent(
            item_zh="提前还款违约金",
            item_en="Early repayment charge",
            terms_zh="不收取",
            terms_en="not charged",
            rate_bps=0,
        ),
        Contingent(
            item_zh="改还款日、换扣款卡",
            item_en="Change of due day or card",
            terms_zh="不收取",
            terms_en="not charged",
            rate_bps=0,
        ),
    )
