"""A book of every method is taken over, lives, and is undone; its late loans may be paused."""

from __future__ import annotations

from datetime import timedelta

from tongtu.identity.api import Caller, CommandKey, Role
from tongtu.journey.api import Repayment, payment_settled, repay
from tongtu.ledger.api import AccountKind
from tongtu.payments.api import SETTLED, PaymentKind, RailWorker, Returned, find_latest
from tongtu.payments.flow.hear import hear_return
from tongtu.payments.store.instruction import hold
from tongtu.runtime.api import Relay

from . import test_loan_import
from .test_loan_import import MAPPING, Rail

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


def test_a_repayment_of_a_loan_taken_over_that_the_bank_takes_back_is_owed_again(books):
    loan, *_ = taken(books)
    number = books.runtime.public.read("loan", loan)
    party = books.fetch("select party from servicing.loan where id = $1", number)[0][0]
    relay = Relay(books.runtime)
    relay.on(SETTLED, "settled", lambda event: payment_settled(books.runtime, event))
    books.run(relay.start())
    books.run(relay.stop())
    before = books.shown(loan), books.balance(AccountKind.LENDER_FUNDS)
    caller, key = Caller(Role.BORROWER, party, 0, 0), CommandKey("repay-key-1", bytes(32))
    books.run(repay(books.runtime, caller, number, Repayment(106_619), key))
    books.run(RailWorker(books.runtime, Rail()).step())
    books.run(relay.step(SETTLED, "settled"))
    assert books.balance(AccountKind.LENDER_FUNDS) == before[1] + 106_619

    async def given_back():
        async with books.runtime.database.transaction() as connection:
            paid = await find_latest(connection, 0, number, PaymentKind.COLLECTION)
            held = await hold(connection, 0, paid.id)
            back = Returned(held.end_to_end_id, 106_619, "AC06")
            return await hear_return(connection, books.runtime, held, back)

    assert books.run(given_back())
    books.run(relay.step(SETTLED, "settled"))

    shown, funds = books.shown(loan), books.balance(AccountKind.LENDER_FUNDS)
    for name in ("state", "outstanding_minor", "payoff_minor", "schedule"):
        assert shown[name] == before[0][name]
    assert (funds, books.whole()) == (before[1], (0, 0))
    assert books.fetch("select count(*) from payments.instruction where not is_booked")[0][0] == 0
    books.close()


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
