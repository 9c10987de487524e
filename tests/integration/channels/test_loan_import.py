"""A running book is taken over: each loan stands as its source had it, to the fen, or is named."""

from __future__ import annotations

import argparse
import csv
import json
import random
from datetime import date, timedelta

import polars as pl
import pytest

from tongtu.channels.cli.import_loans import PROPOSALS, named, report, send
from tongtu.identity.api import Caller, CommandKey, Role, issue_token, open_staff
from tongtu.journey.api import Repayment, close_days, payment_settled, repay
from tongtu.kernel.errors import TongtuError
from tongtu.ledger.api import Account, AccountKind, balances_equal_replay
from tongtu.payments.api import SETTLED, Answer, RailWorker, Saying
from tongtu.runtime.api import Relay, business_date
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

CUT_OVER = date(2026, 11, 24)
LOANS = 200
MAPPING = """
[columns]
external = "loan_no"
borrower = "customer"
principal_minor = "principal"
rate_bps = "rate"
tenor_months = "months"
opened_on = "start"
fee_monthly_minor = "fee"
instalments_paid = "paid"
paid_of_next_minor = "part_paid"
outstanding_minor = "outstanding"
next_due_date = "next_due"
next_instalment_minor = "next_amount"

[constants]
lender = 1
product = "consumer_cash"

[units]
money = "yuan"
rate = "percent"
date = "%Y-%m-%d"
"""


class Rail:
    """A bank that says yes at once."""

    async def pay(self, wire, at):
        return Answer(Saying.YES, reference="ref", amount_minor=wire.amount_minor)

    async def status(self, end_to_end_id):
        return Answer(Saying.NOT_KNOWN)


class Client:
    """The command's client, over the platform of the test."""

    def __init__(self, api, token):
        self.api, self.token, self.base_url = api, token, "http://test"

    def request(self, method, path, *, json=None, headers=None):
        headers = dict(headers or {}, authorization=f"Bearer {self.token}")
        return self.api.send(method, path, body=json, headers=headers)


def yuan(minor):
    return f"{minor // 100}.{minor % 100:02d}"


def source_rows(count, seed=20261124):
    """Return a book as another system would have it: own schedules, some late, some in part."""
    draw, rows = random.Random(seed), []
    for nr in range(count):
        principal = draw.randrange(3_000, 200_000) * 100
        rate, months = draw.randrange(360, 2_000), draw.choice((6, 12, 24, 36))
        fee = draw.choice((0, 0, 3_000))
        start = CUT_OVER - timedelta(days=draw.randrange(1, 170))
        plan = schedule(LoanTerms(principal, rate, months, start, fees=monthly_fee(fee))).rows
        due = sum(row.due_date < CUT_OVER for row in plan)
        late = min(due, draw.choice((0, 0, 0, 1, 2)))
        paid = due - late
        if paid == len(plan):
            paid -= 1
        row = plan[paid]
        total = row.principal_minor + row.interest_minor + row.fee_minor
        part = draw.randrange(1, total) if late and draw.random() < 0.3 else 0
        done = min(part, row.fee_minor + row.interest_minor)
        left = sum(one.principal_minor for one in plan[paid:]) - (part - done)
        rows.append(
            {
                "loan_no": f"L{nr:05}",
                "customer": f"C{nr // 2:05}",
                "principal": yuan(principal),
                "rate": f"{rate / 100:.2f}",
                "months": months,
                "start": start.isoformat(),
                "fee": yuan(fee),
                "paid": paid,
                "part_paid": yuan(part),
                "outstanding": yuan(left),
                "next_due": row.due_date.isoformat(),
                "next_amount": yuan(total - part),
            }
        )
    return rows


class Books:
    """The platform, a book and the command that takes it over."""

    def __init__(self, api, parts, run, tokens, folder):
        self.api, self.parts, self.run, (self.token, self.other) = api, parts, run, tokens
        self.keys = 0
        self.runtime, self.client, self.folder = parts.runtime, Client(api, tokens[0]), folder
        (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")

    def write(self, rows):
        path = self.folder / "book.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return path

    def take(self, rows, batch="b1", **options):
        path = rows if hasattr(rows, "suffix") else self.write(rows)
        given = argparse.Namespace(
            book=path, mapping=self.folder / "mapping.toml", batch=batch,
            cut_over=options.get("cut_over"),
            dry_run=options.get("dry", False), allow_refused=options.get("allow", False),
            report=self.folder / "report.jsonl",
        )  # fmt: skip
        if not (given.dry_run or options.get("is_alone")):
            self.allow(named(self.client, given))
        told = list(send(self.client, given))
        return report(given, told), told

    def post(self, path, body, token):
        self.keys += 1
        return self.api.send("POST", path, body=body, token=token, key=f"books-{self.keys:08}")

    def allow(self, body):
        """Let one operator propose and the other allow; return the last answer."""
        proposed = self.post(PROPOSALS, body, self.token)
        assert proposed.status_code == 201, proposed.text
        path = f"{PROPOSALS}/{proposed.json()['approval']}/approval"
        return self.post(path, None, self.other)

    def undo(self, batch="b1"):
        body = {"batch": batch, "cut_over": str(self.today()), "file_sha256": "0" * 64}
        return self.allow(body | {"is_undo": True})

    def fetch(self, statement, *given):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await connection.fetch(statement, *given)

        return self.run(look())

    def balance(self, kind, product=None, owner=1):
        number = Account(0, kind, owner, product).id
        rows = self.fetch("select balance_minor from ledger.account where id = $1", number)
        return rows[0]["balance_minor"] if rows else 0

    def whole(self):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await balances_equal_replay(connection)

        found = self.run(look())
        return found.differences, found.sum_minor

    def shown(self, loan):
        return self.api.get(f"/v1/loans/{loan}", self.token).json()

    def today(self):
        async def look():
            async with self.runtime.database.reading() as connection:
                return await business_date(connection)

        return self.run(look())

    def close(self, days=1):
        last = self.today() + timedelta(days=days - 1)
        return self.run(close_days(self.parts, last))


@pytest.fixture
def books(api, parts, run, tmp_path):
    operators = [run(open_staff(parts.runtime, name, Role.OPERATOR)) for name in ("op1", "op2")]
    tokens = [run(issue_token(parts.runtime, one)).text for one in operators]
    return Books(api, parts, run, tokens, tmp_path)


def test_two_hundred_loans_stand_as_their_source_had_them_to_the_fen(books, capsys):
    rows = source_rows(LOANS)
    status, dry = books.take(rows, dry=True)
    assert (status, {one["state"] for one in dry}) == (0, {"ready"})
    assert books.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert books.fetch("select count(*) from servicing.import_batch")[0][0] == 0

    status, told = books.take(rows)

    assert (status, {one["state"] for one in told}) == (0, {"taken"})
    total = 0
    for row, one in zip(rows, told, strict=True):
        loan = books.shown(one["loan"])
        oldest = next(each for each in loan["schedule"] if each["paid_minor"] == 0)
        assert yuan(loan["outstanding_minor"]) == row["outstanding"], row
        assert oldest["due_date"] == row["next_due"], row
        assert yuan(oldest["total_minor"]) == row["next_amount"], row
        assert (loan["dpd"] > 0) == (row["next_due"] < CUT_OVER.isoformat())
        total += loan["outstanding_minor"]
    assert books.balance(AccountKind.LOAN_PRINCIPAL, "consumer_cash") == total
    assert books.balance(AccountKind.OPENING_BALANCE, owner=0) == 0
    owed = sum(
        books.balance(kind, "consumer_cash")
        for kind in (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE)
    )
    assert books.balance(AccountKind.LENDER_CLAIMS) == -owed
    assert books.whole() == (0, 0)
    assert books.fetch("select count(distinct party) from servicing.loan")[0][0] == LOANS // 2
    assert f"batch b1: {LOANS} rows; {LOANS} taken" in capsys.readouterr().out

    # Sent again, nothing more is there.
    before = books.fetch("select count(*), sum(amount_minor)::int8 from ledger.transfer")
    status, again = books.take(rows)
    assert (status, {one["state"] for one in again}) == (0, {"already"})
    assert [one["loan"] for one in again] == [one["loan"] for one in told]
    assert books.fetch("select count(*), sum(amount_minor)::int8 from ledger.transfer") == before
    # The day's end holds every loan against the controls.
    [closed] = books.close()
    assert closed.loans == LOANS


def test_a_repayment_of_a_loan_taken_over_settles_it_and_the_days_go_on(books):
    rows = source_rows(3)
    _, told = books.take(rows)
    books.close()
    runtime, loan = books.runtime, told[0]["loan"]
    number = runtime.public.read("loan", loan)
    party = books.fetch("select party from servicing.loan where id = $1", number)[0][0]
    owed = books.shown(loan)["payoff_minor"]
    funds = books.balance(AccountKind.LENDER_FUNDS)
    relay = Relay(runtime)
    relay.on(SETTLED, "settled", lambda event: payment_settled(runtime, event))
    books.run(relay.start())
    books.run(relay.stop())
    caller, key = Caller(Role.BORROWER, party, 0, 0), CommandKey("repay-key-1", bytes(32))

    books.run(repay(runtime, caller, number, Repayment(owed), key))
    books.run(RailWorker(runtime, Rail()).step())
    books.run(relay.step(SETTLED, "settled"))

    assert books.shown(loan)["state"] == "settled"
    assert books.balance(AccountKind.LENDER_FUNDS) == funds + owed
    steps = books.fetch("select step from process.event where instance = $1 order by at", number)
    assert [row["step"] for row in steps] == ["funded", "settled"]
    books.close(3)
    assert books.whole() == (0, 0)
    answer = books.undo()
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_in_use")
    assert books.fetch("select count(*) from servicing.imported where is_undone")[0][0] == 0


def test_bad_rows_are_named_by_line_with_their_reason_and_stop_no_other(books, capsys):
    rows = source_rows(6)
    rows[1]["outstanding"] = yuan(1)
    rows[2]["principal"] = "1,000.005"
    rows[3]["start"] = "31/12/2025"
    rows[4]["paid"] = 99

    status, told = books.take(rows)

    assert [one["state"] for one in sorted(told, key=lambda one: one["line"])] == [
        "taken", "refused", "unreadable", "unreadable", "refused", "taken",
    ]  # fmt: skip
    assert status == 2
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("line 3 L00001: differs: outstanding_minor: theirs 1, ours ")
    assert "instalments paid hold principal" in said[0]
    assert said[1] == "line 4 : unreadable: principal: 1,000.005 is no whole number of a fen"
    assert said[2].startswith("line 5 : unreadable: start: ")
    assert said[3] == "line 6 L00004: nothing_owed: no instalment is left"
    assert books.fetch("select count(*) from servicing.loan")[0][0] == 2
    assert books.take(rows, allow=True)[0] == 0
    lines = (books.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 6


def test_a_dry_run_shows_each_difference_with_its_arithmetic(books):
    rows = source_rows(2)
    rows[0]["next_amount"] = yuan(7)

    status, told = books.take(rows, dry=True)

    assert (status, [one["state"] for one in told]) == (2, ["differs", "ready"])
    [difference] = told[0]["differences"]
    assert (difference["figure"], difference["theirs"]) == ("next_instalment_minor", "7")
    assert difference["ours"] == str(told[0]["next_instalment_minor"])
    assert "(principal + interest + fee)" in difference["arithmetic"]


def test_a_batch_is_undone_whole_even_after_days_and_may_come_again(books):
    rows = source_rows(5)
    books.take(rows)
    books.close(2)
    assert books.balance(AccountKind.LOAN_PRINCIPAL, "consumer_cash") > 0
    transfers = books.fetch("select count(*) from ledger.transfer")[0][0]

    answer = books.undo()

    assert answer.json() == {"batch": "b1", "loans": 5}
    assert books.undo().json() == {"batch": "b1", "loans": 0}
    for kind in (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE):
        assert books.balance(kind, "consumer_cash") == 0
    assert books.balance(AccountKind.LENDER_CLAIMS) == 0
    assert books.balance(AccountKind.OPENING_BALANCE, owner=0) == 0
    assert books.fetch("select count(*) from ledger.transfer")[0][0] > transfers
    assert books.whole() == (0, 0)
    books.close()
    again = books.take(source_rows(5), batch="b2")
    assert {one["state"] for one in again[1]} == {"taken"}
    assert books.undo("none").status_code == 404


def test_a_number_that_stands_for_another_loan_is_refused(books):
    rows = source_rows(2)
    books.take(rows[:1])
    status, told = books.take(rows, batch="b2")

    assert (status, [one["state"] for one in told]) == (2, ["refused", "taken"])
    assert told[0]["code"] == "imported_before"
    assert books.fetch("select count(*) from servicing.loan")[0][0] == 2


def test_a_book_that_one_person_wants_is_not_taken_over(books):
    rows = source_rows(2)
    given = argparse.Namespace(book=books.write(rows), batch="b1", cut_over=None)
    body = named(books.client, given)
    proposed = books.post(PROPOSALS, body, books.token).json()["approval"]
    path = f"{PROPOSALS}/{proposed}/approval"

    own = books.post(path, None, books.token)
    with pytest.raises(TongtuError) as refusal:
        books.take(rows, is_alone=True)

    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert refusal.value.code == "not_approved"
    assert books.fetch("select count(*) from servicing.loan")[0][0] == 0
    assert books.post(path, None, books.other).json() == {"batch": "b1", "loans": 0}
    # What was allowed is that file: another under its name is refused.
    with pytest.raises(TongtuError) as refusal:
        books.take(rows[:1], is_alone=True)
    assert refusal.value.code == "other_batch"
    assert books.take(rows, is_alone=True)[0] == 0


def test_a_parquet_book_is_read_like_a_csv(books, tmp_path):
    rows = source_rows(3)
    path = tmp_path / "book.parquet"
    pl.DataFrame(rows).write_parquet(path)

    status, told = books.take(path)

    assert (status, [one["state"] for one in told]) == (0, ["taken"] * 3)
