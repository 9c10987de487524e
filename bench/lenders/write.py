"""Writes a folder of rules: the shipped files, and lenders beyond the shipped ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from bench.lenders.invented import NAMED, Invented

from tongtu.funding.api import load_book
from tongtu.tables.api import Table, rules_root

SHIPPED = 7
LENDERS_MAX = SHIPPED + NAMED
_TABLE = "lender_eligibility.json"
_CASES = "lender_eligibility.cases.json"


def write_rules(folder: Path, lenders: int) -> Path:
    """Write the shipped rules with as many lenders into a new folder and return it.

    Raises:
        ValueError: fewer than the shipped lenders, or more than have names.
    """
    if not SHIPPED <= lenders <= LENDERS_MAX:
        raise ValueError(f"{SHIPPED} to {LENDERS_MAX} lenders")
    shutil.copytree(rules_root(), folder)
    invented = [Invented(number) for number in range(SHIPPED + 1, lenders + 1)]
    with (folder / "lenders.toml").open("a", encoding="utf-8") as file:
        file.writelines(one.toml() for one in invented)
    with (folder / "price_grid.csv").open("a", encoding="utf-8") as file:
        file.writelines(",".join(map(str, row)) + "\n" for one in invented for row in one.prices())
    jdm = _with_policies(json.loads((folder / _TABLE).read_text(encoding="utf-8")), invented)
    _write(folder / _TABLE, jdm)
    _write(folder / _CASES, _answered(jdm, folder / _CASES))
    load_book(folder)  # what cannot be loaded is not left for a server to find
    return folder


def _with_policies(jdm: dict[str, Any], invented: list[Invented]) -> dict[str, Any]:
    content = next(n["content"] for n in jdm["nodes"] if n["type"] == "decisionTableNode")
    *rows, last = content["rules"]
    content["rules"] = [*rows, *(row for one in invented for row in one.policy()), last]
    return jdm


def _answered(jdm: dict[str, Any], cases: Path) -> list[dict[str, Any]]:
    """Return the shipped cases as the engine answers them of the larger table."""
    table = Table.load("lender_eligibility", jdm)
    found: list[dict[str, Any]] = json.loads(cases.read_text(encoding="utf-8"))
    for case in found:
        if isinstance(case["expect"], list):
            case["expect"] = table.evaluate_by_engine(case["facts"])
    return found


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
