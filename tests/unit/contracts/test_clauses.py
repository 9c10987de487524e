"""The highlighted clauses say the deal's own figures, and are named by their words."""

from dataclasses import replace
from datetime import UTC, datetime

from tongtu.contracts.acknowledge import missing
from tongtu.contracts.clauses import Acknowledged, clause_json, clause_of_json, clauses_of

AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_clauses_tell_amount_total_lateness_and_data(deal):
    loan, cost, default, data = clauses_of(deal(fee=1_500))

    assert [one.id for one in (loan, cost, default, data)] == ["loan", "cost", "default", "data"]
    assert loan.zh == "我向云岫银行借 30,000.00 元，分 12 期还，到账等于本金，不预扣。"
    assert "all in (simple). There is no other charge." in cost.en
    assert default.zh == "如果逾期，按逾期本金收罚息：约 0.03%，年 10.80%（不超过年 24.00%）。"
    assert data.en.startswith("To perform this contract Yunxiu Bank uses the personal data")


def test_a_purchase_and_a_line_say_where_the_money_goes(deal):
    goods = clauses_of(replace(deal(), payee_zh="青禾商城", payee_en="Qinghe Mall"))[0]
    line = clauses_of(replace(deal(), is_line=True))[0]

    assert goods.zh.endswith("全额付给青禾商城，不预扣。")
    assert line.en.endswith("it is a limit, shown as drawn whole on the first day.")


def test_what_was_acknowledged_in_other_words_or_of_another_deal_lacks(deal):
    mine, other = clauses_of(deal()), clauses_of(deal(principal=3_000_100))
    known = [Acknowledged(one, AT) for one in (mine[0], other[1], replace(mine[2], version="1"))]

    assert missing(mine, known) == ["cost", "default", "data"]
    assert missing(mine, [Acknowledged(one, AT) for one in mine]) == []


def test_a_clause_is_read_back_as_it_was_written(deal):
    for clause in clauses_of(deal()):
        again = clause_of_json(clause_json(clause))
        assert again == clause
        assert again.sha256 == clause.sha256
