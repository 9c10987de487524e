"""Fifty products and twenty lenders as files of the shipped form, made in a folder."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import Book, load_book
from tongtu.tables.api import rules_root

PRODUCTS, LENDERS, BANDS = 50, 20, 8


def write(folder: Path) -> tuple[Catalogue, Book]:
    """Write the files and return what the platform loads from them."""
    names = [f"goods_{n:02d}" for n in range(PRODUCTS)]
    (folder / "products.toml").write_text(
        'version = "bench"\n' + "".join(_product(name, n) for n, name in enumerate(names))
    )
    (folder / "lenders.toml").write_text(
        'version = "bench"\n' + "".join(_lender(n, names) for n in range(1, LENDERS + 1))
    )
    jdm = json.loads((rules_root() / "lender_eligibility.json").read_text())
    table = next(n["content"] for n in jdm["nodes"] if n["type"] == "decisionTableNode")
    taken = [
        {"_id": f"L{n}", "program": str(n * 100 + 1), "amount_max": "20000000"}
        for n in range(1, LENDERS + 1)
    ]
    table["rules"] = [*taken, table["rules"][-1]]
    (folder / "lender_eligibility.json").write_text(json.dumps(jdm, ensure_ascii=False))
    shipped = json.loads((rules_root() / "lender_eligibility.cases.json").read_text())
    expect = [
        {"program": n * 100 + 1, "amount_max_minor": 20_000_000} for n in range(1, LENDERS + 1)
    ]
    case = shipped[0] | {"expect": expect}
    (folder / "lender_eligibility.cases.json").write_text(json.dumps([case]))
    with (folder / "price_grid.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["program", "band", "tenor_to_months", "rate_bps", "fee_bps_monthly"])
        for n in range(1, LENDERS + 1):
            for band in range(BANDS):
                for to, more in ((12, 0), (24, 15), (36, 30)):
                    rows.writerow([n * 100 + 1, band, to, 380 + 37 * n + 90 * band + more, 0])
    return Catalogue.load(folder / "products.toml"), load_book(folder)


def _product(name: str, n: int) -> str:
    return f"""
[[product]]
id = "{name}"
zh = "分期 {n}"
en = "Instalments {n}"
about_zh = "基准"
about_en = "bench"
amount_min_minor = {30_000 + 1_000 * n}
amount_max_minor = {20_000_000 - 100_000 * n}
tenors_months = [3, 6, 12, 24]
purposes = ["goods"]
lender_kinds = ["bank", "consumer_finance", "microloan", "trust"]
method = "equal_instalment"
example = {{ amount_minor = 600_000, tenor_months = 12, rate_bps = 980 }}
"""


def _lender(n: int, names: list[str]) -> str:
    return f"""
[[lender]]
number = {n}
id = "lender{n:02d}"
zh = "机构 {n}"
en = "Lender {n}"
kind = "bank"
listed_from = 2025-10-01
listed_to = 2029-12-31
funds_minor = 80_000_000_000

[[lender.program]]
id = {n * 100 + 1}
code = "lender{n:02d}_goods"
zh = "方案 {n}"
en = "Program {n}"
products = {json.dumps(names)}
amount_min_minor = 30_000
tenor_min_months = 3
tenor_max_months = 36
day_limit_minor = 20_000_000_000
"""
