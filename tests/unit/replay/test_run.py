import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.replay import client
from tongtu.replay import run as replaying
from tongtu.replay.api import Applicant, Unexpected, check_url, is_sound, page, rows, summarise
from tongtu.replay.borrower import Case
from tongtu.replay.client import Platform
from tongtu.replay.goods import buyers, settle_returns
from tongtu.replay.plan import Plan
from tongtu.replay.purchase import Purchase
from tongtu.replay.run import Outcome, _close, _days_until, pays
from tongtu.replay.wire import Answer, Lost


def applicant(row=1, is_bad=False):
    return Applicant(row, 0, is_bad, 400_000, 12, {}, f"table-{row}")


def decided(row, is_bad, points, offers):
    case = Case(applicant(row, is_bad), "r1")
    case.answer = {
        "outcome": "offers" if offers else "declined",
        "score": {"points": points, "band": 0 if points > 500 else 7},
        "offers": [
            {
                "n": n, "lender": {"id": f"lender-{n}"}, "amount_minor": 400_000,
                "cost_minor": 20_000 + n, "irr12_percent": "7.20", "effective_percent": "7.44",
            }
            for n in range(1, offers + 1)
        ],
        "not_offered": [{"lender": "lender-9", "reason_code": "lender_policy"}] * bool(offers),
    }  # fmt: skip
    case.latency_s = 0.004
    if offers:
        case.taken = 1
        case.agreement, case.loan = "ag_1", "ln_1"
        case.disbursed_minor, case.repaid_minor = 400_000, 34_000
    return case


def fine(bundle, key):
    return "ok" if key == "the key" else "another key"


def explained(case):
    """Return what the platform says of each lender, the same as the applicant was told."""
    offers = [
        {"lender": one["lender"]["id"], "place": one["n"], "cost_minor": one["cost_minor"],
         "reason_code": None}
        for one in case.offers
    ]  # fmt: skip
    silent = [
        {"lender": one["lender"], "place": None, "cost_minor": None,
         "reason_code": one["reason_code"]}
        for one in case.answer["not_offered"]
    ]  # fmt: skip
    return case.answer, {"lenders": [*offers, *silent]}


def whole(cases):
    return Outcome(
        market={"decisions": len(cases), "lenders": [{"lender": "lender-1", "worth_minor": 12_345}]},
        routes=[explained(case) for case in cases],
        cases=cases,
        months=1,
        log_key="the key",
        decided_s=2.0,
        days_closed=[{"date": "2026-11-24", "invariant": "ok"}],
        live={
            "ledger": {"sum_minor": 0, "differences": 0, "accounts": 4, "transfers": 9},
            "evidence": {"verified": True},
        },
        proofs=[{"root": "ab" * 32, "size": 12}],
        decided_again=[{"is_same": True, "challenger": None}],
        joint={
            "loans": 1, "taken_over": 0, "payments": 2, "instructions": 6, "split_differences": 0,
            "payees": [
                {"id": "jianghai", "is_guarantor": False, "loans_minor": -5, "ledger_minor": -5},
                {"id": "taihe", "is_guarantor": True, "loans_minor": 7, "ledger_minor": 7},
            ],
        },
    )  # fmt: skip


def test_a_good_borrower_pays_every_month_and_a_bad_one_stops_by_a_rule_of_the_row():
    assert [pays(applicant(7), month) for month in (1, 2, 3, 60)] == [True] * 4
    assert [pays(applicant(6, is_bad=True), month) for month in (1, 2, 3)] == [True, True, False]
    assert not pays(applicant(8, is_bad=True), 1)


@pytest.mark.parametrize(
    ("start", "month", "due"),
    [
        (date(2026, 11, 24), 1, date(2026, 12, 24)),
        (date(2026, 11, 24), 2, date(2027, 1, 24)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
    ],
)
def test_a_month_ends_where_the_instalment_falls_due(start, month, due):
    assert start + timedelta(days=_days_until(start, month)) == due


def test_the_figures_of_a_replay_are_those_of_its_cases():
    summary = summarise(whole([decided(1, False, 600, 2), decided(2, True, 400, 0)]), fine)

    assert summary["funnel"] == {
        "submitted": 2, "offers": 1, "review": 0, "declined": 1, "signed": 1, "funded": 1,
    }  # fmt: skip
    assert summary["decisions_per_s"] == 1.0
    assert summary["latency_ms"] == {"p50": 4.0, "p95": 4.0, "p99": 4.0}
    assert (summary["risk"]["auc"], summary["risk"]["accuracy"]) == (1.0, 1.0)
    assert summary["risk"]["majority_accuracy"] == 0.5
    assert (summary["money"]["disbursed_minor"], summary["money"]["repaid_minor"]) == (
        400_000,
        34_000,
    )
    assert is_sound(summary)


@pytest.mark.parametrize(
    "harm",
    [
        lambda outcome: outcome.live["ledger"].update(sum_minor=1),
        lambda outcome: outcome.live["ledger"].update(differences=1),
        lambda outcome: outcome.live["ledger"].update(transfers=0),
        lambda outcome: outcome.days_closed[0].update(invariant="broken"),
        lambda outcome: outcome.days_closed.clear(),
        lambda outcome: outcome.proofs.clear(),
        lambda outcome: outcome.decided_again[0].update(is_same=False),
        lambda outcome: outcome.decided_again.clear(),
        lambda outcome: setattr(outcome.cases[0], "error", "apply: 500"),
        lambda outcome: setattr(outcome.cases[0], "loan", None),
        lambda outcome: outcome.cases[0].answer.update(offers=[], outcome="declined"),
        lambda outcome: setattr(outcome, "day_end_refused", "loans and ledger disagree"),
        lambda outcome: setattr(outcome, "log_key", "a key that was changed meanwhile"),
        lambda outcome: outcome.live["evidence"].update(verified=False),
        lambda outcome: outcome.joint.update(split_differences=1),
        lambda outcome: outcome.joint["payees"][1].update(ledger_minor=8),
        lambda outcome: outcome.routes[0][1]["lenders"][0].update(place=2),
        lambda outcome: outcome.routes[0][1]["lenders"][-1].update(reason_code="tenor"),
        lambda outcome: outcome.routes[0][1]["lenders"].pop(),
        lambda outcome: outcome.routes.clear(),
        lambda outcome: outcome.market.update(decisions=0),
    ],
)
def test_anything_that_does_not_hold_makes_the_replay_fail(harm):
    outcome = whole([decided(1, False, 600, 2)])

    harm(outcome)

    assert not is_sound(summarise(outcome, fine))


def test_months_that_were_not_asked_for_break_nothing():
    outcome = whole([decided(1, False, 600, 2)])
    outcome.months = 0
    outcome.days_closed.clear()

    summary = summarise(outcome, fine)

    assert summary["proofs"]["day_ends"]["verdict"] == "NOT ASKED"
    assert is_sound(summary)


def test_joint_loans_are_a_line_of_the_proofs_and_none_is_no_break():
    outcome = whole([decided(1, False, 600, 2)])

    assert summarise(outcome, fine)["proofs"]["joint_loans"] == {
        "verdict": "OK",
        "text": "1 loans lent jointly by 1 funders, 0 taken over by the guarantor; 2 repayments "
        "split into 6 instructions, 0 split differences; settlement = ledger for 2 of 2 payees",
    }
    outcome.joint = {"loans": 0, "split_differences": 0, "payees": []}
    summary = summarise(outcome, fine)
    assert summary["proofs"]["joint_loans"]["verdict"] == "NOT ASKED"
    assert is_sound(summary)


def test_a_proof_that_does_not_verify_makes_the_replay_fail():
    outcome = whole([decided(1, False, 600, 2)])

    assert not is_sound(summarise(outcome, lambda *_: "another root"))


def test_the_page_shows_every_line_and_asks_nobody_else():
    summary = summarise(whole([decided(1, False, 600, 2), decided(2, True, 400, 0)]), fine)

    html = page(summary)

    assert "http" not in html
    for _, name, _ in rows(summary):
        assert name.replace("<", "&lt;") in html


def test_an_address_is_http():
    assert check_url("http://127.0.0.1:8080/") == "http://127.0.0.1:8080"
    with pytest.raises(BadInput):
        check_url("file:///etc/passwd")


class Scripted:
    """A wire that gives what it was told, and keeps what it was asked."""

    def __init__(self, *answers):
        self._answers = iter(answers)
        self.asked = []

    async def exchange(self, method, path, headers, body):
        self.asked.append((method, path, headers, body))
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def asked_over(monkeypatch, wire, *words, **given):
    monkeypatch.setattr(client, "RETRY_PAUSE_S", 0.0)
    monkeypatch.setattr(client, "RETRY_PAUSE_MAX_S", 0.0)
    monkeypatch.setattr(client, "Wire", lambda *_: wire)

    async def scenario():
        platform = Platform("http://test", 1)
        try:
            return await platform.ask(*words, **given), platform.counters
        except Unexpected as refusal:
            return refusal, platform.counters

    return asyncio.run(scenario())


def test_a_lost_answer_is_asked_for_again_with_the_same_key(monkeypatch):
    wire = Scripted(
        Lost("the server was killed"),
        Answer(503, "application/problem+json", b"{}"),
        Answer(201, "application/json", b'{"done":true}'),
    )

    result, counters = asked_over(
        monkeypatch, wire, "POST", "/v1/applications", body={}, key="one-key-1"
    )

    assert result == {"done": True}
    assert wire.asked == [("POST", "/v1/applications", {"idempotency-key": "one-key-1"}, b"{}")] * 3
    assert (counters.requests, counters.retries, counters.errors) == (3, 2, {})


def test_a_refusal_is_counted_by_its_code(monkeypatch):
    problem = b'{"code":"not_allowed","detail":"no"}'
    wire = Scripted(Answer(403, "application/problem+json", problem))

    refusal, counters = asked_over(monkeypatch, wire, "GET", "/v1/loans?after=1")

    assert (refusal.code, refusal.detail) == (
        "not_allowed",
        "GET /v1/loans: 403 not_allowed no",
    )
    assert counters.errors == {"not_allowed": 1}


def refused(code):
    return Answer(409, "application/problem+json", f'{{"code":"{code}"}}'.encode())


def closed_over(monkeypatch, *answers):
    monkeypatch.setattr(replaying, "DAY_LOOK_S", 0.0)
    wire = Scripted(*answers)
    monkeypatch.setattr(client, "Wire", lambda *_: wire)

    async def scenario():
        platform = Platform("http://test", 1)
        try:
            answer = await _close(platform, Plan("r1", "token"), date(2026, 11, 24))
        except Unexpected as refusal:
            answer = refusal.code
        return answer, platform.counters.errors, wire.asked

    return asyncio.run(scenario())


def test_a_day_that_waits_for_the_bank_is_closed_by_asking_again(monkeypatch):
    answer, errors, asked = closed_over(
        monkeypatch, refused("payments_open"), refused("day_closing"),
        Answer(200, "application/json", b'{"closed":[]}'),
    )  # fmt: skip

    assert (answer, errors) == ({"closed": []}, {})
    assert [one[3] for one in asked] == [b'{"through":"2026-11-24"}'] * 3
    assert {one[2]["idempotency-key"] for one in asked} == {"r1-day-end-2026-11-24"}


def test_a_day_whose_books_are_broken_and_one_that_waits_for_ever_are_told(monkeypatch):
    monkeypatch.setattr(replaying, "DAY_LOOKS_MAX", 2)

    broken = closed_over(monkeypatch, refused("invariant_broken"))
    waiting = closed_over(monkeypatch, *[refused("payments_open")] * 2)

    assert broken[:2] == ("invariant_broken", {"invariant_broken": 1})
    assert waiting[0] == "payments_open"
    assert len(waiting[2]) == 2


def bought(nr, back_minor=0, **standing):
    purchase = Purchase("a merchant", nr, 90_000, asked_back_minor=back_minor)
    fine = {"state": "paid", "returned_minor": back_minor, "returns_paid": int(back_minor > 0)}
    if back_minor == 90_000:
        fine |= {"state": "returned", "loan_state": "settled"}
    for name, value in (fine | standing).items():
        setattr(purchase, name, value)
    case = Case(applicant(100 + nr), "r1", loan="ln_2", purchase=purchase)
    case.answer = {"outcome": "offers"}
    return case


def test_purchases_are_told_beside_the_applications_and_change_none_of_their_figures():
    outcome = whole([decided(1, False, 600, 2)])
    alone = summarise(outcome, fine)
    outcome.goods = [bought(0), bought(1, 30_000), bought(2, 90_000)]
    outcome.merchant_files = 4

    summary = summarise(outcome, fine)

    assert summary["goods"] == {
        "buyers": 3, "purchases": 3, "merchants": 1, "paid_minor": 270_000, "returns": 2,
        "returned_whole": 1, "returned_minor": 120_000, "whole": 3, "merchant_files": 4,
    }  # fmt: skip
    assert summary["proofs"]["goods"]["verdict"] == "OK"
    assert alone["proofs"]["goods"]["verdict"] == "NOT ASKED"
    for name in ("funnel", "risk", "money", "latency_ms"):
        assert summary[name] == alone[name]
    assert is_sound(summary)
    assert "¥2,700.00" in page(summary)


@pytest.mark.parametrize(
    "case",
    [
        bought(0, state="captured"),
        bought(1, 30_000, returned_minor=0),
        bought(1, 30_000, returns_paid=0),
        bought(2, 90_000, state="paid"),
        bought(2, 90_000, outstanding_minor=1),
        bought(2, 90_000, loan_state="live"),
    ],
)
def test_a_purchase_whose_money_or_goods_are_elsewhere_breaks_the_proof(case):
    outcome = whole([decided(1, False, 600, 2)])
    outcome.goods = [case, bought(0)]

    summary = summarise(outcome, fine)

    assert summary["proofs"]["goods"]["verdict"] == "BROKEN"
    assert not is_sound(summary)


def buyer(answer):
    case = Case(applicant(100), "r1")
    case.answer = answer
    return case


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([{"outcome": "declined"}, {"outcome": "review"}], "NOT ASKED"),
        ([{"outcome": "declined"}, {}], "BROKEN"),
        ([{"outcome": "offers"}], "BROKEN"),
    ],
)
def test_buyers_nobody_lends_to_prove_nothing_and_one_without_an_answer_breaks_it(answers, verdict):
    outcome = whole([decided(1, False, 600, 2)])
    outcome.goods = [buyer(answer) for answer in answers]

    summary = summarise(outcome, fine)

    assert summary["proofs"]["goods"]["verdict"] == verdict
    assert is_sound(summary) is (verdict == "NOT ASKED")


def test_every_fiftieth_row_more_buys_at_each_merchant_in_turn_at_a_tenth_of_its_amount():
    rows = [replace(applicant(nr), amount_minor=amount) for nr, amount in enumerate([4_004_000, 9])]

    cases = buyers(rows, ["a", "b"], "r1")

    assert [(one.purchase.seller, one.purchase.price_minor) for one in cases] == [
        ("a", 400_400), ("b", 30_000),
    ]  # fmt: skip
    assert buyers(rows, [], "r1") == []


def test_of_three_who_bought_one_gives_a_third_back_one_all_and_one_nothing():
    cases = [bought(nr) for nr in range(4)]

    settle_returns(cases)

    assert [one.purchase.giving_minor for one in cases] == [30_000, 90_000, 0, 30_000]
