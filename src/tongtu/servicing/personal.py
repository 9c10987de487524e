"""What servicing holds of a person: loans and lines are books, which keep numbers and no name."""

from __future__ import annotations

from tongtu.runtime.api import End, Holding

_MONEY = ("transaction", "bad_record", "credit_agreement", "contract")
_OF_LOAN = "t.cell = :cell and t.loan = any(:loans)"
_OWN = "t.cell = :cell and t.party = :party"
_OF_LINE = (
    "t.cell = :cell and t.facility in (select f.id from servicing.facility f"
    " where f.cell = :cell and f.party = :party)"
)


def _book(table: str, whose: str, words: tuple[str, str], hidden: tuple[str, ...] = ()) -> Holding:
    zh, en = words
    return Holding(
        f"servicing.{table}", whose, zh, en, duties=_MONEY, end=End.NUMBER, hidden=hidden
    )


HELD = (
    _book("loan", _OWN, ("借款", "Your loans"), ("snapshot",)),
    _book("loan_event", _OF_LOAN, ("借款的每笔变动", "What happened on your loans"), ("salt",)),
    _book("early_choice", "t.cell = :cell and t.payment in (select e.payment from"
          " servicing.loan_event e where e.cell = :cell and e.loan = any(:loans))",
          ("提前还款的选择", "What you chose when paying early")),
    _book("delinquency", _OF_LOAN, ("逾期与分类", "Days late and classes")),
    _book("delinquency_pause", _OF_LOAN, ("不计逾期的日子", "Days that do not count as late")),
    _book("relief_request", _OF_LOAN, ("困难帮助的申请", "Requests for relief")),
    _book("money_back", _OF_LOAN, ("退款", "Money given back")),
    _book("credit_balance", _OF_LOAN, ("多付的余额", "Money paid beyond the debt")),
    _book("joint", _OF_LOAN, ("联合贷款的担保", "Guarantee of a joint loan")),
    _book("share", _OF_LOAN, ("联合贷款的份额", "Shares of a joint loan")),
    _book("compensation", _OF_LOAN, ("代偿", "What a guarantor paid"), ("salt",)),
    _book("facility", _OWN, ("信用额度", "Your credit lines")),
    _book("facility_event", _OF_LINE, ("额度的每次变动", "What happened on your lines"), ("salt",)),
    _book("draw", _OF_LINE, ("支用", "Draws")),
    _book("line_review", _OWN, ("额度的复审", "Reviews of your lines"), ("salt",)),
    Holding("servicing.imported", _OWN, "接收自其他机构的借款资料",
            "What came with a loan taken over", duties=_MONEY, end=End.BLANK,
            blank="source = '{}'::jsonb, external = 'erased-' || t.loan", hidden=("row_sha256",)),
    Holding("servicing.imported_borrower", "t.party = :party", "原机构的客户号（仅为散列）",
            "Your number at the former lender, as a hash", duties=_MONEY, hidden=("blind",)),
)  # fmt: skip
NUMBERED = {
    "servicing.day_chunk": "sums and lists of loans a day closed with",
    "servicing.control": "sums by lender and product",
    "servicing.day_end": "sums a day closed with",
}
