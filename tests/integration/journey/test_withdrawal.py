"""A borrower withdraws within the days of their paper: money goes both ways, to the fen."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.funding.api import load_book
from tongtu.identity.api import Caller, Role
from tongtu.journey import withdrawal
from tongtu.journey.api import (
    Repayment,
    close_days,
    look_at_withdrawal,
    repay,
    withdraw,
)
from tongtu.kernel.errors import Conflict, NotFound, Refused
from tongtu.ledger.api import AccountKind, balances_equal_replay
from tongtu.payments.api import RailWorker
from tongtu.servicing.api import prove_joint
from tongtu.tables.api import rules_root

from .test_direct_debit import collect, collections, sign, to_day

DAY = date(2026, 11, 24)
# Signed on the 24th in Shanghai; of its seven days the 30th is the last.
LAST_SECOND = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)


@pytest.fixture
def granting(tmp_path):
    """A book whose first lender lets contracts be withdrawn from for seven days."""
    return granting_of(tmp_path, 101)


def granting_of(tmp_path, program):
    """Return a book in which the lender whose first program is named grants seven days."""
    root = shutil.copytree(rules_root(), tmp_path / "rules")
    path = root / "lenders.toml"
    text, first = path.read_text(encoding="utf-8"), f"[[lender.program]]\nid = {program}"
    path.write_text(text.replace(first, f"withdrawal_days = 7\n\n{first}", 1), "utf-8")
    return load_book(root)


@pytest.fixture
def lent(house, granting):
    house.book = granting
    house.read_costs()
    house.sign()
    house.carry()
    return house, house.own_loan()[0]


def to(house, at):
    """Let time go by, the books closed behind it."""
    house.runtime.clock.advance(at - house.runtime.clock.now())
    house.run(close_days(house, at.date() - timedelta(days=1)))


def look(house, loan, caller=None):
    return house.run(look_at_withdrawal(house, caller or house.caller, loan))


def everything(house):
    return house.fetch(
        "select (select count(*) from servicing.loan_event) as events,"
        " (select count(*) from contracts.withdrawal) as withdrawals,"
        " (select count(*) from payments.instruction) as payments,"
        " (select count(*) from ledger.transfer) as transfers,"
        " (select count(*) from notice.box) as notices,"
        " (select count(*) from runtime.outbox) as told"
    )[0]


def test_in_the_last_second_of_its_days_a_contract_is_withdrawn_from_and_all_books_agree(lent):
    house, loan = lent
    lender = house.book.lenders[0].number
    funds = house.balance(AccountKind.LENDER_FUNDS, lender)
    to(house, LAST_SECOND)
    preview = look(house, loan)

    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))

    # 18,000 fen are the first period's 30 days of interest; six were used.
    assert (preview["state"], preview["until"]) == ("open", "2026-11-30")
    assert (preview["principal_minor"], preview["interest_minor"]) == (3_000_000, 3_600)
    assert (preview["pay_minor"], preview["days_used"]) == (3_003_600, 6)
    assert preview["repay_by"] == "2026-12-30"
    assert {**answer, "state": "open", "payment": None} == preview | {"payment": None}
    house.carry()
    _, shown = house.own_loan()
    assert (shown["state"], shown["payoff_minor"]) == ("settled", 0)
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds + 3_003_600
    assert house.balance(AccountKind.LENDER_CLAIMS, lender) == 0
    assert house.steps()[-1] == "settled"
    assert house.fetch("select used_minor from origination.exposure")[0][0] == 0
    replay = house.run(house.reading(balances_equal_replay))
    assert (replay.differences, replay.sum_minor) == (0, 0)
    house.run(close_days(house, date(2026, 11, 30)))
    done = look(house, loan)
    assert (done["state"], done["pay_minor"]) == ("withdrawn", 3_003_600)


def test_the_withdrawal_is_kept_with_its_law_its_proof_its_notice_and_its_news(lent):
    house, loan = lent
    agreement = house.fetch("select id from contracts.agreement")[0][0]

    house.run(withdraw(house, house.caller, loan, house.key()))

    [row] = house.fetch("select pack_hash, business_date, repay_by from contracts.withdrawal")
    assert tuple(row) == (house.pack.hash, DAY, DAY + timedelta(days=30))
    assert len(house.leaves("withdrawal", agreement)) == 1
    told = "select count(*) from runtime.outbox where topic = 'contracts.withdrawn'"
    assert house.fetch(told)[0][0] == 1
    templates = house.fetch("select template from notice.box order by id")
    assert templates[-1][0] == "contract_withdrawn"


def test_one_second_after_its_days_it_is_refused_with_what_to_do_instead(lent):
    house, loan = lent
    to(house, LAST_SECOND)
    house.runtime.clock.advance(timedelta(seconds=1))
    before = everything(house)

    with pytest.raises(Refused) as refusal:
        house.run(withdraw(house, house.caller, loan, house.key()))

    assert refusal.value.code == "withdrawal_over"
    assert "payoff" in refusal.value.fields["next"]
    shown = look(house, loan)
    assert (shown["state"], shown["refusal"], shown["until"]) == (
        "over", "withdrawal_over", "2026-11-30",
    )  # fmt: skip
    assert everything(house) == before


def test_the_same_key_withdraws_once_and_another_finds_it_done(lent):
    house, loan = lent
    key = house.key()
    first = house.run(withdraw(house, house.caller, loan, key))
    before = everything(house)

    assert house.run(withdraw(house, house.caller, loan, key)) == first
    with pytest.raises(Conflict) as again:
        house.run(withdraw(house, house.caller, loan, house.key()))

    assert again.value.code == "withdrawn_already"
    assert everything(house) == before


def test_what_is_under_way_counts_towards_a_withdrawal_and_only_the_rest_is_collected(lent):
    house, loan = lent
    house.run(repay(house.runtime, house.caller, loan, Repayment(10_000), house.key()))

    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))
    house.carry()
    house.carry()

    assert (answer["state"], answer["pay_minor"]) == ("withdrawn", 3_000_000)
    assert sorted(wire.amount_minor for wire in house.rail.sent) == [10_000, 2_990_000, 3_000_000]
    assert house.own_loan()[1]["state"] == "settled"
    assert everything_agrees(house)


def test_a_payment_under_way_that_fails_leaves_its_part_of_a_withdrawal_owed(lent):
    house, loan = lent
    house.rail.refuses = True
    house.run(repay(house.runtime, house.caller, loan, Repayment(10_000), house.key()))
    house.run(RailWorker(house.runtime, house.rail).step())
    house.rail.refuses = False

    house.run(withdraw(house, house.caller, loan, house.key()))
    house.carry()
    house.carry()

    # The refusal was known, so nothing was counted on it.
    assert house.own_loan()[1]["state"] == "settled"


def test_the_moment_of_asking_counts_whatever_a_withdrawal_waits_for(lent, monkeypatch):
    house, loan = lent
    to(house, LAST_SECOND)
    share = withdrawal.share_books

    async def over_midnight(connection, cell):
        house.runtime.clock.advance(timedelta(seconds=2))
        return await share(connection, cell)

    monkeypatch.setattr(withdrawal, "share_books", over_midnight)

    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))

    assert (answer["state"], answer["repay_by"]) == ("withdrawn", "2026-12-30")


def test_interest_paid_ahead_pays_with_the_principal_and_a_withdrawal_asks_for_the_rest(lent):
    house, loan = lent
    for part in (lambda: 1_012_024, lambda: house.own_loan()[1]["payoff_minor"] - 1):
        asked = Repayment(part())
        house.run(repay(house.runtime, house.caller, loan, asked, house.key()))
        house.carry()
    assert (house.own_loan()[1]["payoff_minor"], house.steps()[-1]) == (1, "funded")

    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))

    # A month's interest was paid ahead, not a day of it was used, and the pay-off counted it.
    assert (answer["pay_minor"], house.steps()[-1]) == (1, "funded")
    house.carry()
    assert house.steps()[-1] == "settled"
    assert house.own_loan()[1]["owed_back_minor"] == 0
    assert house.fetch("select 1 from payments.instruction where kind = 'refund'") == []
    assert house.fetch("select used_minor from origination.exposure")[0][0] == 0
    assert everything_agrees(house)


def everything_agrees(house):
    replay = house.run(house.reading(balances_equal_replay))
    return (replay.differences, replay.sum_minor) == (0, 0)


def test_nothing_is_collected_nor_late_before_the_last_day_to_pay_back(house, granting):
    house.book = granting
    house.read_costs()
    sign(house)
    house.carry()
    loan, _ = house.own_loan()
    to(house, datetime(2026, 11, 30, 2, tzinfo=UTC))  # ten in the morning
    house.rail.refuses = True
    house.run(withdraw(house, house.caller, loan, house.key()))
    house.carry()
    house.rail.refuses = False
    before = len(collections(house))

    # The first instalment of the plan that is void fell due on 24 December.
    to_day(house, "2026-12-26")
    collect(house)
    assert len(collections(house)) == before
    shown = house.own_loan()[1]
    [row] = shown["schedule"]
    assert (row["due_date"], row["state"]) == ("2026-12-30", "upcoming")
    assert (shown["dpd"], shown["overdue_minor"]) == (0, 0)

    to_day(house, "2026-12-30")
    house.runtime.clock.advance(timedelta(minutes=10))
    collect(house)
    [wire] = collections(house)[before:]
    assert wire.amount_minor == 1_012_024  # no more than its mandate allows


def test_a_joint_loan_is_withdrawn_from_and_every_funder_has_its_part_back(joint_house, tmp_path):
    house = joint_house
    house.book = granting_of(tmp_path, 701)
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    funders = [row[0] for row in house.fetch("select lender from servicing.share order by place")]
    to(house, LAST_SECOND)

    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))
    house.carry()
    house.run(close_days(house, date(2026, 11, 30)))

    assert answer["pay_minor"] == 3_003_600
    assert house.own_loan()[1]["state"] == "settled"
    assert [house.balance(AccountKind.LENDER_CLAIMS, one) for one in funders] == [0, 0, 0]
    proof = house.run(house.reading(prove_joint, 0))
    assert (proof.loans, proof.is_whole) == (1, True)
    assert everything_agrees(house)


def test_another_persons_contract_is_not_there(lent):
    house, loan = lent
    stranger = Caller(Role.BORROWER, house.caller.subject + 1, 0, house.caller.cell)
    before = everything(house)

    for way in (
        lambda: look(house, loan, stranger),
        lambda: house.run(withdraw(house, stranger, loan, house.key())),
    ):
        with pytest.raises(NotFound):
            way()

    assert everything(house) == before


def test_where_the_bank_says_no_the_withdrawal_stands_and_is_paid_like_any_repayment(lent):
    house, loan = lent
    house.rail.refuses = True
    answer = json.loads(house.run(withdraw(house, house.caller, loan, house.key())))
    house.carry()
    house.rail.refuses = False
    _, shown = house.own_loan()
    assert (shown["state"], shown["payoff_minor"]) == ("live", answer["pay_minor"])

    house.run(
        repay(house.runtime, house.caller, loan, Repayment(shown["payoff_minor"]), house.key())
    )
    house.carry()

    assert house.own_loan()[1]["state"] == "settled"


def test_a_contract_whose_lender_promised_no_days_cannot_be_withdrawn_from(joint_house):
    house = joint_house
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()
    before = everything(house)

    with pytest.raises(Refused) as refusal:
        house.run(withdraw(house, house.caller, loan, house.key()))

    assert refusal.value.code == "withdrawal_over"
    assert everything(house) == before
    assert look(house, loan)["refusal"] == "withdrawal_over"
    assert shown["state"] == "live"
