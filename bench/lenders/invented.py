"""Lenders that do not exist: each with its own policy, prices and budget, by its number alone.

Four tempers take turns: careful banks, broad consumer lenders, near-prime ones, lenders on assets.
Within a temper every lender sets its own lines, so no two policies or price lists are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TENORS_TO = (12, 24, 36, 60)
_NAMES = (
    ("松涛", "songtao"), ("柏川", "baichuan"), ("青禾", "qinghe"), ("远帆", "yuanfan"),
    ("明溪", "mingxi"), ("石桥", "shiqiao"), ("白鹭", "bailu"), ("长风", "changfeng"),
    ("朝阳", "chaoyang"), ("瑞麟", "ruilin"), ("金穗", "jinsui"), ("海棠", "haitang"),
    ("南浦", "nanpu"), ("北辰", "beichen"), ("东篱", "dongli"), ("西岭", "xiling"),
    ("清源", "qingyuan"), ("竹里", "zhuli"), ("梅坞", "meiwu"), ("兰亭", "lanting"),
)  # fmt: skip
NAMED = len(_NAMES)


@dataclass(frozen=True, slots=True)
class Temper:
    """What lenders of a kind have in common."""

    kind: str
    zh: str
    en: str
    bands: int  # it lends to the bands below this
    rate_bps: int  # of the best band, before the lender's own mark
    step_bps: int  # more for each band
    products: tuple[str, ...]
    amount_min_minor: int


_GOODS = ("consumer_cash", "goods_instalment")
TEMPERS = (
    Temper("bank", "银行", "Bank", 3, 455, 105, (*_GOODS, "home_improvement"), 500_000),
    Temper("consumer_finance", "消费金融", "Consumer Finance", 5, 960, 165, _GOODS, 100_000),
    Temper("consumer_finance", "消费金融", "Consumer Finance", 4, 830, 150, _GOODS, 300_000),
    Temper("trust", "信托", "Trust", 4, 640, 130, (*_GOODS, "home_improvement"), 1_000_000),
)


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented lender by its number."""

    number: int

    @property
    def turn(self) -> int:
        """Count from 0: the shipped lenders come before."""
        return self.number - 8

    @property
    def temper(self) -> Temper:
        """What it has in common with others of its kind."""
        return TEMPERS[self.turn % len(TEMPERS)]

    @property
    def program(self) -> int:
        """The id of its one program."""
        return self.number * 100 + 1

    @property
    def mark(self) -> int:
        """Where it stands among its kind, 0..10: no two of the first twenty agree."""
        return self.turn * 7 % 11

    def toml(self) -> str:
        """Return its part of lenders.toml."""
        zh, code = _NAMES[self.turn]
        temper = self.temper
        products = ", ".join(f'"{one}"' for one in temper.products)
        return f"""
[[lender]]
number = {self.number}
id = "{code}"
zh = "{zh}{temper.zh}"
en = "{code.capitalize()} {temper.en}"
kind = "{temper.kind}"
listed_from = 2025-10-01
listed_to = 2029-12-31
funds_minor = 60_000_000_000

[[lender.program]]
id = {self.program}
code = "{code}_loan"
zh = "{zh}贷"
en = "{code.capitalize()} loan"
products = [{products}]
amount_min_minor = {temper.amount_min_minor}
tenor_min_months = 3
tenor_max_months = 60
day_limit_minor = {(8 + self.mark) * 1_000_000_000}
"""

    def prices(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield its rows of the price grid."""
        temper = self.temper
        for band in range(temper.bands):
            rate = temper.rate_bps + 9 * self.mark + band * (temper.step_bps + self.mark)
            for place, tenor_to in enumerate(TENORS_TO):
                yield self.program, band, tenor_to, rate + place * 12, 0

    def policy(self) -> Iterator[dict[str, str]]:
        """Yield its rows of the table: the best customers, the next, and who has something."""
        temper, mark = self.temper, self.mark
        good = temper.bands // 2
        income = 280_000 + 10_000 * mark
        rows: tuple[dict[str, str], ...] = (
            {
                "band": f"<= {good}",
                "records": "false",
                "job": "not in ['part_time', 'unknown']",
                "seniority": f">= {3 + mark % 5}",
                "income": f">= {income}",
                "dsr": f"<= {30 + mark}",
                "when": "has_income and has_dsr",
                "amount_max": str(10_000_000 + 1_000_000 * mark),
            },
            {
                "band": f"[{good + 1}..{temper.bands - 1}]",
                "records": "false",
                "home": "in ['owner', 'parents', 'rent']",
                "tenor": f"<= {36 if mark % 2 else 48}",
                "dsr": f"<= {24 + mark}",
                "when": f"has_income and has_dsr and income_minor >= {income // 2}",
                "amount_max": str(4_000_000 + 400_000 * mark),
            },
            {
                "band": f"<= {temper.bands - 1}",
                "home": "'owner'",
                "seniority": f">= {2 + mark % 4}",
                "dsr": f"<= {24 + mark}",
                "when": f"has_dsr and has_assets and assets_minor >= {2 + mark % 3} * amount_minor",
                "amount_max": str(6_000_000 + 500_000 * mark),
            },
        )
        code = _NAMES[self.turn][1].upper()
        for place, row in enumerate(rows, start=1):
            yield {"_id": f"{code}-{place}", "program": str(self.program), **row}
