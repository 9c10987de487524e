from __future__ import annotations

import dataclasses

import pytest

from tongtu.contracts import rules
from tongtu.contracts.paper import mask_resident_id


def test_every_item_stands_in_the_table_and_what_is_not_charged_says_so(deal):
    table = rules.cost_table(deal())

    assert [(row.item_zh, row.how_zh, row.amount_minor) for row in table.rows] == [
        ("贷款本金", "云岫银行发放，不预扣", 3_000_000),
        ("利息", "分 12 期收取，云岫银行", 118_282),
        ("担保费、保险费", "不收取", 0),
        ("平台服务费", "通途不向你收费", 0),
    ]
    assert (table.total_minor, table.cost_minor) == (3_118_282, 118_282)
    assert (table.instalment_minor, table.last_instalment_minor) == (259_857, 259_855)
    assert (table.irr12_percent, table.effective_percent, table.cap_percent) == (
        "7.20",
        "7.44",
        "24.00",
    )
    assert table.no_other_charges_zh == "除上表所列项目外，不再收取任何其他费用。"


def test_a_monthly_fee_names_its_payee_and_raises_the_yearly_cost(deal):
    table = rules.cost_table(deal(fee=1_500))

    fee = table.rows[2]
    assert (fee.amount_minor, fee.note_zh) == (18_000, "每期 15.00 元")
    assert (fee.how_zh, fee.collected_by) == ("分 12 期收取，合作担保公司", "合作担保公司")
    assert (table.cost_minor, table.irr12_percent) == (136_282, "8.28")


@pytest.mark.parametrize(
    ("rate_bps", "overdue_bps", "terms"),
    [(720, 1080, "约 0.03%，年 10.80%（不超过年 24.00%）"),
     (2000, 2400, "约 0.07%，年 24.00%（不超过年 24.00%）")],
)  # fmt: skip
def test_overdue_interest_is_half_as_much_again_and_never_above_the_cap(
    deal, rate_bps, overdue_bps, terms
):
    given = deal(rate=rate_bps)

    assert given.overdue_rate_bps == overdue_bps
    assert rules.cost_table(given).contingent[0].terms_zh == terms
    assert [item.rate_bps for item in rules.cost_table(given).contingent] == [overdue_bps, 0, 0]


@pytest.mark.parametrize(
    ("field", "value", "names"),
    [
        ("total_minor", 3_118_281, {"total", "table"}),
        ("cost_minor", 118_283, {"cost", "table"}),
        ("irr12_percent", "7.19", {"irr12", "table"}),
        ("cap_percent", "36.00", {"table"}),
        ("no_other_charges_zh", "", {"table"}),
    ],
)
def test_a_table_that_differs_by_a_fen_or_a_word_is_named(deal, field, value, names):
    given = deal()
    table = dataclasses.replace(rules.cost_table(given), **{field: value})

    assert set(rules.disagreements(given, table)) == names
    assert rules.disagreements(given, rules.cost_table(given)) == ()


def test_the_stored_table_is_the_table_and_its_hash_names_each_word(deal):
    table = rules.cost_table(deal(fee=700))
    text = rules.table_json(table)

    assert rules.table_of_json(text) == table
    other = rules.table_json(dataclasses.replace(table, cap_percent="23.99"))
    assert rules.table_hash(text) != rules.table_hash(other)


def test_a_resident_id_is_shown_with_its_middle_hidden():
    assert mask_resident_id("110101199001011234") == "110***********1234"
