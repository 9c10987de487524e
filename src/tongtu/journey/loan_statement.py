"""A loan's statement as a file: a table for machines, a paper for people.

Both say what the JSON says, to the fen. A statement of past days is as those days were known, so it
is the same file whenever it is asked for. It names the loan and its lender, and no person.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tongtu.contracts.api import STATEMENT
from tongtu.identity.api import Caller
from tongtu.journey.needs import Lending, Printing
from tongtu.kernel.ids import LenderId
from tongtu.kernel.money import MINOR_PER_MAJOR
from tongtu.servicing.api import Days, find_loan, statement

JSON = Mapping[str, Any]
# What a movement paid, a column each; a fee and a penalty are one to who pays them.
PARTS: Mapping[str, tuple[str, ...]] = {
    "principal": ("principal",),
    "interest": ("interest",),
    "overdue_interest": ("overdue_interest",),
    "fee": ("fee", "penalty"),
    "beyond": ("surplus",),
}
COLUMNS = ("line", "date", "booked_on", "payment", "amount", *PARTS, "principal_left")
TITLES = {"zh": "借款对账单", "en": "Loan statement"}
# How an event is called on paper: Chinese, English.
NAMES: Mapping[str, tuple[str, str]] = {
    "disbursed": ("放款", "Paid out"),
    "imported": ("转入的余额", "Taken over"),
    "repaid": ("还款", "Repaid"),
    "recovered": ("核销后收回", "Recovered"),
    "merchant_refunded": ("商户退款", "Refund by the merchant"),
    "charged": ("收费", "Charged"),
    "charge_waived": ("免除费用", "Charge waived"),
    "charged_back": ("拒付退回", "Charged back"),
    "cash_refunded": ("退款", "Refunded"),
    "balance_refunded": ("多还款项退回", "Sent back"),
    "undone": ("撤销", "Taken back"),
    "rescheduled": ("调整还款计划", "Rescheduled"),
    "re_aged": ("重新分期", "Re-aged"),
    "re_amortized": ("重新摊还", "Re-amortised"),
    "interest_paused": ("暂停计息", "Interest paused"),
    "charged_off": ("转为不良", "Charged off"),
    "written_off": ("核销", "Written off"),
    "withdrawn": ("撤回合同", "Contract withdrawn"),
    "overdue_capped": ("下调逾期利率", "Overdue rate lowered"),
    "import_undone": ("转入已撤销", "Taking over undone"),
    # No loan of this house has these: they are of the loans that `tongtu loan` reads.
    "down_paid": ("首付", "Down payment"),
    "payout_refunded": ("放款退回", "Payout sent back"),
    "goodwill_credited": ("优惠抵减", "Goodwill credit"),
    "charge_adjusted": ("费用调整", "Charge adjusted"),
    "principal_credited": ("本金贷记", "Principal credited"),
    "interest_credited": ("利息贷记", "Interest credited"),
    "compensated": ("代偿", "Paid by the guarantor"),
    "paid_off": ("提前结清", "Paid off"),
    "day_closed": ("日终", "Day closed"),
}


class Office(Lending, Printing, Protocol):
    """What a statement needs of the running platform."""


async def statement_file(office: Office, caller: Caller, loan: int, days: Days) -> bytes:
    """Return a loan's movements of some days as CSV, UTF-8, in yuan.

    Raises:
        NotFound: no such loan of the caller's.
        BadInput: the days are in no order, or not over nor of today.
    """
    async with office.runtime.database.reading() as connection:
        found = await statement(connection, office.runtime, caller, loan, days)
    return statement_csv(found)


async def print_statement(
    office: Office, caller: Caller, loan: int, days: Days, language: str
) -> bytes:
    """Return the same as a PDF in one language. Raises as `statement_file`, and Overloaded."""
    async with office.runtime.database.reading() as connection:
        found = await statement(connection, office.runtime, caller, loan, days)
        shown = await find_loan(connection, office.runtime, caller, loan)
    lender = office.book.lender(LenderId(shown["lender"]))
    data = statement_data(found, {"zh": lender.zh, "en": lender.en}, language)
    return await office.press.print(data, language, STATEMENT)


def statement_csv(found: JSON) -> bytes:
    """Return the table: what was owed before, each movement, what was claimed, what is owed after.

    opening + disbursed or imported + claimed - received = closing.
    """
    told = io.StringIO()
    rows = csv.writer(told, lineterminator="\n")
    rows.writerow(COLUMNS)
    before, after = found["opened_on"], found["closed_on"]
    rows.writerow(_balance("opening", before, found["opening_minor"]))
    for line in found["lines"]:
        payment = line["payment"] or ""
        head = (line["kind"], line["date"], line["business_date"], payment)
        rows.writerow((*head, yuan(line["amount_minor"]), *_parts(line),
                       yuan(line["outstanding_minor"])))  # fmt: skip
    for name in ("claimed", "received", "closing"):
        rows.writerow(_balance(name, after, found[f"{name}_minor"]))
    return told.getvalue().encode()


def statement_data(found: JSON, lender: Mapping[str, str], language: str) -> dict[str, Any]:
    """Return the template's data: texts only, each amount already written out."""
    place = ("zh", "en").index(language)
    return {
        "title": TITLES[language],
        "number": found["loan"],
        "platform": "Tongtu 通途",
        "lender": lender[language],
        "opened_on": found["opened_on"],
        "closed_on": found["closed_on"],
        "balances": [
            yuan(found[f"{name}_minor"])
            for name in ("opening", "lent", "claimed", "received", "closing")
        ],
        "whole": [
            yuan(found[f"{name}_minor"])
            for name in ("principal", "repaid", "interest_paid", "fee_paid", "outstanding",
                         "payoff")
        ],
        "lines": [
            [line["date"], NAMES[line["kind"]][place], yuan(line["amount_minor"]),
             *_parts(line), yuan(line["outstanding_minor"])]
            for line in found["lines"]
        ],
    }  # fmt: skip


def yuan(minor: int) -> str:
    """Return fen as yuan with two decimals and no separators: a number to any program."""
    sign, amount = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{amount // MINOR_PER_MAJOR}.{amount % MINOR_PER_MAJOR:02d}"


def _balance(name: str, day: str, amount_minor: int) -> Sequence[str]:
    return (name, day, day, "", yuan(amount_minor), *[""] * (len(PARTS) + 1))


def _parts(line: JSON) -> list[str]:
    sums = dict.fromkeys(PARTS, 0)
    for part in line["parts"]:
        name = next(name for name, kinds in PARTS.items() if part["component"] in kinds)
        sums[name] += part["amount_minor"]
    return [yuan(amount) if amount else "" for amount in sums.values()]
