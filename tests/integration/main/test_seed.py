"""Lenders stand in every mode; money out of nothing is there in demo mode only."""

from dataclasses import replace

import pytest

from tongtu.funding.api import load_book
from tongtu.main.seed import seed_lenders


@pytest.mark.parametrize("is_demo", [True, False])
def test_opening_capital_is_posted_in_demo_mode_only(runtime, run, is_demo):
    book = load_book()
    real = replace(runtime, settings=replace(runtime.settings, demo=is_demo))

    async def count(table):
        async with runtime.database.reading() as connection:
            return await connection.fetchval(f"select count(*) from {table}")

    for _ in range(2):
        run(seed_lenders(real, book))

    lenders = len(book.everybody())
    assert run(count("funding.lender")) == lenders
    assert run(count("funding.quota")) > 0
    houses = lenders + len(book.guarantors)
    assert run(count("ledger.transfer")) == (houses if is_demo else 0)
