"""A book of every method is taken over, lives, and is undone; its late loans may be paused."""

from __future__ import annotations

from datetime import timedelta

from tongtu.ledger.api import AccountKind

from . import test_loan_import
from .test_loan_import import MAPPING

books = test_loan_import.books
# 12,000 yuan at 12 % over 12 months, two instalments paid, reckoned by hand: what is left, what the
# third asks for, and the principal in it. A level instalment is 12,000 x 1 % / (1 - 1.01^-12).
METHODS = {
    "equal_instalment": ("10098.16", "1066.19", 96_521),
    "equal_principal": ("10000.00", "1100.00", 100_000),
    "interest_only": ("12000.00", "120.00", 0),
    "flat": ("10000.00", "1120.00", 100_000),
}
CONTROLS = (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE)


def rows():
    return [
        {
            "loan_no": f"M{nr}", "customer": f"C{nr}", "principal": "12000.00", "rate": "12.00",
            "months": 12, "start": "2026-08-24", "fee": "0.00", "paid": 2, "part_paid": "0.00",
            "outstanding": left, "next_due": "2026-11-24", "next_amount": asked,
            "method": method,
        }
        for nr, (method, (left, asked, _)) in enumerate(METHODS.items())
    ]  # fmt: skip


def taken(books, batch="b1"):
    mapping = MAPPING.replace("[constants]", 'method = "method"\n\n[constants]')
    (books.folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    status, told = books.take(rows(), batch=batch)
    assert (status, {one["state"] for one in told}) == (0, {"taken"}), told
    return [one["loan"] for one in told]


def minor(yuan):
    return int(yuan.replace(".", ""))


def test_a_loan_of_each_method_is_taken_over_grows_late_and_is_undone(books):
    loans = taken(books)
    for loan, (left, asked, principal) in zip(loans, METHODS.values(), strict=True):
        shown = books.shown(loan)
        first = shown["schedule"][0]
        assert (shown["outstanding_minor"], first["total_minor"]) == (minor(left), minor(asked))
        assert (first["principal_minor"], first["due_date"]) == (principal, "2026-11-24")
        assert sum(row["principal_minor"] for row in shown["schedule"]) == minor(left)
    interest = {
        method: [row["interest_minor"] for row in books.shown(loan)["schedule"]]
        for method, loan in zip(METHODS, loans, strict=True)
    }
    assert interest["equal_principal"] == [10_000 - 1_000 * n for n in range(10)]
    assert interest["interest_only"] == interest["flat"] == [12_000] * 10
    whole = sum(minor(left) for left, *_ in METHODS.values())
    assert books.balance(AccountKind.LOAN_PRINCIPAL, "consumer_cash") == whole

    # Five days past the due date: each day's end has held loans and controls together.
    assert [one.loans for one in books.close(6)] == [4] * 6
    assert [books.shown(loan)["dpd"] for loan in loans] == [6] * 4
    assert books.whole() == (0, 0)

    assert books.undo().json() == {"batch": "b1", "loans": 4}
    assert [books.balance(kind, "consumer_cash") for kind in CONTROLS] == [0, 0, 0]
    assert books.balance(AccountKind.LENDER_CLAIMS) == 0
    assert books.balance(AccountKind.OPENING_BALANCE, owner=0) == 0
    assert (books.whole(), books.undo().json()["loans"]) == ((0, 0), 0)
    [closed] = books.close()
    assert closed.loans == 0


def paused(books, loan, first_on, last_on, reason="illness"):
    body = {"first_on": str(first_on), "last_on": str(last_on), "reason": reason}
    return books.post(f"/v1/loans/{loan}/overdue-pauses", body, books.token)


def test_days_that_two_persons_pause_do_not_count_as_overdue(books):
    loan, other, *_ = taken(books)
    books.close(6)
    today = books.today()
    first_on, last_on = today - timedelta(days=3), today + timedelta(days=40)

    proposed = paused(books, loan, first_on, last_on)

    assert (proposed.status_code, proposed.json()["dpd_before"], proposed.json()["dpd_after"]) == (
        201, 6, 2
    )  # fmt: skip
    path = f"/v1/operations/overdue-pauses/{proposed.json()['approval']}/approval"
    own = books.post(path, None, books.token)
    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert (books.shown(loan)["dpd"], pauses(books)) == (6, [])
    owed = books.shown(loan)["payoff_minor"]

    made = books.post(path, None, books.other)

    assert (made.status_code, made.json()["dpd_after"]) == (201, 2)
    assert (books.shown(loan)["dpd"], books.shown(loan)["payoff_minor"]) == (2, owed)
    assert pauses(books) == [(first_on, last_on, "illness")]
    for wish, code in (
        ((last_on, last_on), "paused_already"),
        ((last_on + timedelta(days=9), last_on + timedelta(days=8)), "bad_pause"),
        ((today - timedelta(days=32), today - timedelta(days=30)), "bad_pause"),
        ((last_on + timedelta(days=1), last_on + timedelta(days=185)), "bad_pause"),
    ):
        assert paused(books, loan, *wish).json()["code"] == code
    assert len(pauses(books)) == 1
    books.close(33)
    assert (books.shown(loan)["dpd"], books.shown(other)["dpd"]) == (2, 39)
    held = books.fetch("select loan, bucket from servicing.delinquency")
    bucket = {books.runtime.public.show("loan", row["loan"]): row["bucket"] for row in held}
    assert (bucket[loan], bucket[other]) == (1, 2)


def pauses(books):
    found = books.fetch("select first_on, last_on, reason from servicing.delinquency_pause")
    return [tuple(row) for row in found]
