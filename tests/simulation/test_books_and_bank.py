"""Real agreements, payouts and repayments over a bank that errs about a fifth of them: the whole way.

Afterwards the bank's own journal, our matched entries, the bookings and the ledger say the same,
movement by movement and day by day, or a named break says what is between them. No payout is made
twice. `make test` takes a share, `make sim` the whole (PAYMENTS=n payments, SEED=n).
"""

import asyncio
import json
import os
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from itertools import pairwise

import asyncpg
import pytest

from tongtu.ledger.api import AccountKind, Code
from tongtu.replay.api import FILE_NAME, Plan, read_applicants, replay

from .served import Server, ask

PAYMENTS = int(os.environ.get("PAYMENTS") or 60)
SEED = int(os.environ.get("SEED") or 20261128)
MONTHS = 2
# Of an application come about .6 payouts and .55 repayments a month.
APPLICATIONS = max(20, PAYMENTS * 10 // 17)
FAULTS = {
    "timeout-after-effect": 0.05, "timeout-before-effect": 0.04, "duplicate": 0.04, "late": 0.05,
    "refuse": 0.04, "wrong-amount": 0.02, "settle-after-no": 0.03, "give-back": 0.03,
    "stray": 0.03, "outage": 0.05, "lose-notice": 0.05, "repeat-notice": 0.1, "late-notice": 0.1,
}  # fmt: skip
READS_MAX = 40
ANSWERED_S = 60

pytestmark = pytest.mark.slow


@pytest.fixture
def server(home):
    options = [word for name, p in FAULTS.items() for word in (f"--{name}", str(p))]
    options += ["--seed", str(SEED), "--hold-seconds", "0.2"]
    own = Server(home, BANK_SIMULATOR_OPTIONS=" ".join(options))
    try:
        own.start()
        yield own
    finally:
        own.stop()


def test_the_banks_statement_is_the_ledgers_mirror_or_a_named_break_lies_between(server):
    logins = json.loads((server.home / "demo-logins.json").read_text())
    operator = logins["operator"]
    unseen = read_applicants(server.home / "data" / FILE_NAME, training=False)[:APPLICATIONS]
    plan = Plan(run=f"bank{SEED}", operator_token=operator, concurrency=8, months=MONTHS)

    outcome = asyncio.run(replay(server.url, unseen, plan, lambda *_: None))
    # What the bank does late it does when asked again: only then are its days read to the end.
    asyncio.run(wait_for_answers(server.home))
    read_all(server, operator)
    asyncio.run(wait_for_answers(server.home))
    found = asyncio.run(read_books(server.home))
    moves = bank_moves(server.home / "bank.journal")

    cases, payments = outcome.cases, found["instruction"]
    states = Counter((row["kind"], row["state"]) for row in payments)
    kinds = Counter(row["kind"] for row in found["break"] if row["closed_at"] is None)
    struck = faults_of(server.home / "bank.journal")
    print(f"seed {SEED}: {len(payments)} payments, {len(struck)} struck by a fault, "
          f"{len(moves)} movements at the bank, states {dict(states)}, open breaks {dict(kinds)}")  # fmt: skip
    # The replay came to its end; only what the bank would not do, or disputes, is not done.
    assert outcome.day_end_refused == ""
    ended_ill = {"payout_failed", "paying_out"}
    errors = [case.error for case in cases if case.error and case.step not in ended_ill]
    assert errors == []
    assert {row["state"] for row in payments} <= {"settled", "rejected", "returned", "disputed"}
    assert_every_movement_is_explained(found, moves)
    assert_the_ledger_mirrors_what_was_booked(found)
    assert_books_equal_the_bank_at_each_days_end(found, moves)
    assert_no_payout_was_made_twice(found)
    # Loans, ledger and shares agree as ever.
    live, joint = outcome.live["ledger"], outcome.joint
    assert (live["sum_minor"], live["differences"]) == (0, 0)
    assert joint["split_differences"] == 0
    assert all(one["loans_minor"] == one["ledger_minor"] for one in joint["payees"])
    assert len(struck) >= len(payments) // 6


def read_all(server, operator):
    """Have every lender's statements read, whatever outages there are, until nothing is new."""
    day = ask(server.url, "/v1/operations/business-date", operator)["business_date"]
    for number in range(READS_MAX):
        told = ask(server.url, "/v1/operations/reconciliations", operator, {"day": day},
                   f"bank{SEED}-read-{number}")["lenders"]  # fmt: skip
        if number > 2 and all(one["is_read"] and not one["matched"] for one in told):
            return
    raise AssertionError("the statements are never read whole")


@asynccontextmanager
async def connected(home):
    lock = (home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    password = (home / "postgres" / "password").read_text().strip()
    connection = await asyncpg.connect(
        host=lock[4], user="tongtu", password=password, database="tongtu"
    )
    try:
        yield connection
    finally:
        await connection.close()


async def wait_for_answers(home):
    """Wait until the bank's last word on every payment is in the books."""
    async with connected(home) as connection:
        for _ in range(ANSWERED_S * 10):
            waiting = await connection.fetchval(
                "select count(*) from payments.instruction "
                "where not is_booked and state <> 'disputed'"
            )
            if not waiting:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"{waiting} payments are never answered")


async def read_books(home):
    """Return our tables as rows."""
    async with connected(home) as connection:
        tables = ("instruction", "entry", "break", "booking")
        found = {one: await connection.fetch(f"select * from payments.{one}") for one in tables}
        found["transfer"] = await connection.fetch(
            "select t.business_date as day, t.code, a.kind, a.owner, "
            "case when t.debit = a.id then -t.amount_minor else t.amount_minor end as amount "
            "from ledger.transfer t join ledger.account a on a.id in (t.debit, t.credit) "
            "where t.act is null or t.act in (2, 5)"
        )
        return found


def journal(path, *kinds):
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [line for line in lines if line["event"] in kinds]


def faults_of(path):
    struck = {line["end_to_end_id"] for line in journal(path, "lied")}
    return struck | {
        line["end_to_end_id"] for line in journal(path, "booked") if line["reason"] or line["late"]
    }


def bank_moves(path):
    """Return the movements on lenders' accounts by the bank's own journal: reference, lender, fen."""
    booked, moves = {}, {}
    for line in journal(path, "booked", "settled", "moved"):
        if line["event"] == "moved":
            debtor, creditor, amount_minor, *_ = line["what"]
            is_out = debtor.startswith("lender-")
            account, signed = (debtor, -amount_minor) if is_out else (creditor, amount_minor)
            moves[line["reference"]] = (int(account.rpartition("-")[2]), signed)
            continue
        if line["event"] == "booked":
            booked[line["end_to_end_id"]] = line
            if line["late"] or (line["reason"] and not line["is_denied"]):
                continue
        one = booked[line["end_to_end_id"]]
        is_payout = one["kind"] == "payout"
        account = one["debtor"] if is_payout else one["creditor"]
        signed = -one["booked_minor"] if is_payout else one["booked_minor"]
        moves[one["reference"]] = (int(account.rpartition("-")[2]), signed)
    return moves


def given_back_to(found):
    """Return to whom money beyond a debt went back; in the replay no person asks for a refund."""
    return {row["party"] for row in found["instruction"] if row["kind"] == "refund"}


def assert_every_movement_is_explained(found, moves):
    """Each movement of the bank is one entry; each entry is in the books, or a break is its size."""
    entries = {row["reference"]: (row["lender"], row["amount_minor"]) for row in found["entry"]}
    assert entries == moves
    by_number = {row["id"]: row["end_to_end_id"] for row in found["instruction"]}
    # What one payment brought beyond a debt went back by another: those of the person are one sum.
    beyond = given_back_to(found)
    sums = {
        row["end_to_end_id"]: f"party {row['party']}"
        for row in found["instruction"]
        if row["party"] in beyond
    }
    at_bank, in_books, named = Counter(), Counter(), Counter()
    for row in found["entry"]:
        number = row["end_to_end_id"] or row["reference"]
        at_bank[sums.get(number, number)] += row["amount_minor"]
    for row in found["booking"]:
        number = by_number[row["instruction"]]
        in_books[sums.get(number, number)] += row["amount_minor"]
    for row in found["break"]:
        if row["closed_at"] is None:
            number = row["end_to_end_id"] or row["reference"]
            named[sums.get(number, number)] += row["amount_minor"]
    for number in at_bank | in_books | named:
        explained = in_books[number] + named[number]
        assert at_bank[number] == explained, (number, at_bank[number], explained)
    assert all(row["owner"] in {"operator", "bank", "servicing"} for row in found["break"])


def assert_the_ledger_mirrors_what_was_booked(found):
    """Lender by lender and day by day, what the ledger moved over the bank is what was booked."""
    own = {Code.PAYOUT_HOLD, Code.PAYOUT_RELEASE, Code.REPAYMENT_SETTLE}
    ledger, booked = Counter(), Counter()
    for row in found["transfer"]:
        if row["kind"] == AccountKind.LENDER_FUNDS and row["code"] in own:
            ledger[row["owner"], row["day"]] += row["amount"]
    for row in found["booking"]:
        booked[row["lender"], row["day"]] += row["amount_minor"]
    ended = {row["instruction"] for row in found["booking"]}
    for row in found["instruction"]:
        if row["kind"] == "payout" and row["id"] not in ended:
            booked[row["lender"], row["value_date"]] -= row["amount_minor"]  # it stands aside
    assert {key: minor for key, minor in ledger.items() if minor} == {
        key: minor for key, minor in booked.items() if minor
    }
    held = sum(
        row["amount"]
        for row in found["transfer"]
        if row["kind"] == AccountKind.SUSPENSE and row["code"] == Code.REPAYMENT_SURPLUS
    )
    refunds = Counter(row["state"] for row in found["instruction"] if row["kind"] == "refund")
    # What was paid beyond a debt has gone back, but where the bank would not take it.
    assert held == 0 or refunds.keys() - {"settled"}, held


def assert_books_equal_the_bank_at_each_days_end(found, moves):
    """At the end of each day the two differ by breaks and by what is on its way, one by one."""
    by_number = {row["end_to_end_id"]: row for row in found["instruction"]}
    booked, beyond = defaultdict(list), given_back_to(found)
    for row in found["booking"]:
        if row["amount_minor"]:
            booked[row["instruction"]].append((row["day"], row["amount_minor"]))
    on_its_way = 0
    for row in found["entry"]:
        if row["instruction"] is None:
            continue
        payment = by_number[row["end_to_end_id"]]
        if payment["party"] in beyond:
            continue
        days = [day for day, minor in booked[payment["id"]] if minor == row["amount_minor"]]
        assert len(days) == 1, (payment["end_to_end_id"], days)
        # Late news is booked on the open day, never before the bank moved, and soon.
        late = (days[0] - row["day"]).days
        assert 0 <= late <= 1 or row["is_return"], (payment["end_to_end_id"], late)
        on_its_way += late != 0
    print(f"  {on_its_way} of {len(moves)} movements stand in the books of a later day")


def assert_no_payout_was_made_twice(found):
    payouts = [row for row in found["instruction"] if row["kind"] == "payout"]
    assert len({row["subject"] for row in payouts}) == len(payouts)
    left = Counter(
        row["end_to_end_id"] for row in found["entry"]
        if row["amount_minor"] < 0 and not row["is_return"] and row["end_to_end_id"]
    )  # fmt: skip
    assert set(left.values()) <= {1}
    assert all(first <= second for first, second in pairwise(sorted(left)))
