import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.errors import BadInput
from tongtu.risk.api import (
    NAMES,
    OUTSIDE_FACTS,
    UNKNOWN,
    assemble,
    assemble_batch,
    columns,
    columns_of,
    facts_row,
    with_outside,
)
from tongtu.risk.rules.features import MONEY_MINOR_MAX, RATIO_MAX, assemble_row


def test_features_are_the_stated_facts_and_their_ratios_in_ppm(plain):
    assert dict(zip(NAMES, assemble(plain), strict=True)) == {
        "seniority_years": 4,
        "home": 2,
        "tenor_months": 24,
        "records": 0,
        "job": 3,
        "expenses_minor": 200_000,
        "income_minor": 500_000,
        "assets_minor": 9_000_000,
        "debt_minor": 0,
        "amount_minor": 3_000_000,
        "amount_to_price": 750_000,
        "amount_to_income": 6_000_000,
        "savings_minor": 300_000,
        "savings_cover": 2_400_000,
        "assets_to_amount": 3_000_000,
        **dict.fromkeys(OUTSIDE_FACTS, UNKNOWN),  # nobody was asked
    }


def test_what_outside_sources_say_stands_in_the_row_alone_and_in_a_batch(plain):
    row = with_outside(facts_row(plain), {"employment_months": 37, "number_days": 0, "sim_days": 4})

    alone = dict(zip(NAMES, assemble_row(row), strict=True))
    batch = assemble_batch(columns_of([facts_row(plain), row]))

    assert [alone[name] for name in OUTSIDE_FACTS] == [UNKNOWN, 37, 0]
    assert batch.T.tolist() == [list(assemble(plain)), list(alone.values())]


def test_unknown_income_is_unknown_in_all_it_enters_and_zero_income_is_not(plain):
    unknown = dict(zip(NAMES, assemble(plain | {"income_minor": None}), strict=True))
    none = dict(zip(NAMES, assemble(plain | {"income_minor": 0}), strict=True))

    touched = {name for name, value in unknown.items() if value == UNKNOWN}
    touched -= set(OUTSIDE_FACTS)
    assert touched == {"income_minor", "amount_to_income", "savings_minor", "savings_cover"}
    assert none["income_minor"] == 0
    assert none["amount_to_income"] == RATIO_MAX
    assert none["savings_minor"] == -200_000
    assert none["savings_cover"] == 0


def test_a_statement_beyond_a_billion_yuan_counts_as_a_billion(plain):
    huge = assemble(plain | {"assets_minor": 10**18})

    assert huge == assemble(plain | {"assets_minor": MONEY_MINOR_MAX})


@given(data=st.data())
def test_a_batch_is_assembled_exactly_as_one_by_one(facts, data):
    rows = data.draw(st.lists(facts, min_size=1, max_size=20))

    batch = assemble_batch(columns(rows))

    assert [tuple(column) for column in batch.T.tolist()] == [assemble(row) for row in rows]


@pytest.mark.parametrize(
    "wrong",
    [
        {"expenses_minor": None},
        {"income_minor": -1},
        {"income_minor": 1.5},
        {"income_minor": "5000"},
        {"amount_minor": True},
        {"amount_minor": 0},
        {"tenor_months": 0},
        {"records": "no"},
        {"records": 1},
        {"home": "castle"},
        {"job": ["fixed"]},
        {"home": None},
    ],
)
def test_a_malformed_fact_is_refused_and_never_scored(plain, wrong):
    with pytest.raises(BadInput):
        assemble(plain | wrong)


def test_an_absent_fact_is_refused(plain):
    with pytest.raises(BadInput, match="seniority_years"):
        assemble({name: value for name, value in plain.items() if name != "seniority_years"})
