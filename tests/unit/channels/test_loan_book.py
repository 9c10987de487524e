"""A running book's rows, as the source calls things."""

from __future__ import annotations

import pytest

from tongtu.channels.cli.loan_book import BadRow, Mapped, read_book

MAPPING = """
[columns]
external = "no"
opened_on = "from"
method = "how"
[constants]
borrower = "C1"
lender = 1
product = "consumer_cash"
principal_minor = 120000
rate_bps = 1200
tenor_months = 12
instalments_paid = 0
outstanding_minor = 120000
next_due_date = "2026-12-01"
next_instalment_minor = 1
"""


@pytest.fixture
def read(tmp_path):
    def rows(*methods):
        (tmp_path / "map.toml").write_text(MAPPING)
        lines = [f"L{nr},2026-11-01,{method}" for nr, method in enumerate(methods)]
        (tmp_path / "book.csv").write_text("\n".join(["no,from,how", *lines]), encoding="utf-8")
        return list(read_book(tmp_path / "book.csv", Mapped.read(tmp_path / "map.toml")))

    return rows


def test_a_way_of_repaying_is_read_by_its_chinese_or_our_name_and_is_level_when_unsaid(read):
    found = read("等额本息", "等额本金", "先息后本", "等本等息", "flat", "")

    assert [row["method"] for row in found] == [
        "equal_instalment", "equal_principal", "interest_only", "flat", "flat", "equal_instalment",
    ]  # fmt: skip


def test_a_way_of_repaying_that_is_none_is_told_by_its_line(read):
    [found] = read("balloon at sea")

    assert isinstance(found, BadRow)
    assert (found.line, found.reason) == (
        2, "how: balloon at sea is no method of repaying that is known here"
    )  # fmt: skip
