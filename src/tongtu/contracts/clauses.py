"""The highlighted clauses of an agreement, which a borrower acknowledges one by one. Pure.

Each is named by its id and the hash of its words, so that what was acknowledged can be told from
what another release says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from tongtu.contracts.model import Deal
from tongtu.contracts.rules import cost_table, yuan

# Of the words below; it moves when they do.
VERSION = "2026-12"
LOAN, COST, DEFAULT, DATA = "loan", "cost", "default", "data"


@dataclass(frozen=True, slots=True)
class Clause:
    """One highlighted clause, in the words of its version."""

    id: str
    version: str
    zh: str
    en: str

    @property
    def sha256(self) -> bytes:
        """The fingerprint of id, version and words."""
        return hashlib.sha256(clause_json(self).encode()).digest()


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """That a clause was acknowledged, at the server's instant."""

    clause: Clause
    at: datetime


def clauses_of(deal: Deal) -> tuple[Clause, ...]:
    """Return the highlighted clauses of a deal, in the order in which they are shown."""
    table, late = cost_table(deal), cost_table(deal).contingent[0]
    lender_zh, lender_en = deal.lender.name_zh, deal.lender.name_en
    amount, total, cost = map(yuan, (deal.principal_minor, deal.total_minor, deal.cost_minor))
    received_zh, received_en = _received(deal)
    texts = {
        LOAN: (
            f"我向{lender_zh}借 {amount} 元，分 {len(deal.rows)} 期还，{received_zh}。",
            (
                f"I borrow {amount} yuan from {lender_en} in {len(deal.rows)} instalments;"
                f" {received_en}."
            ),
        ),
        COST: (
            (
                f"我一共要还 {total} 元，比借的多 {cost} 元，年化综合成本"
                f" {table.irr12_percent}%（单利），除此之外没有别的费用。"
            ),
            (
                f"I repay {total} yuan, {cost} more than I borrow: {table.irr12_percent}% a year,"
                " all in (simple). There is no other charge."
            ),
        ),
        DEFAULT: (
            f"如果逾期，按逾期本金收罚息：{late.terms_zh}。",
            f"If I am late, interest is charged on the overdue principal: {late.terms_en}.",
        ),
        DATA: (
            (
                f"为履行本合同，{lender_zh}使用我授权给它的个人信息，不用于我没有授权的用途；"
                "授权可以在账户里查看和撤回。"
            ),
            (
                f"To perform this contract {lender_en} uses the personal data I allowed it, for"
                " nothing else; what I allowed can be seen and withdrawn in my account."
            ),
        ),
    }
    return tuple(Clause(name, VERSION, zh, en) for name, (zh, en) in texts.items())


def clause_json(clause: Clause) -> str:
    """Return the stored and hashed form of a clause."""
    return json.dumps(asdict(clause), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def clause_of_json(text: str) -> Clause:
    """Read what `clause_json` wrote."""
    return Clause(**json.loads(text))


def clauses_json(table: bytes, known: Sequence[Acknowledged]) -> bytes:
    """Return what the log commits to at a signature: the table's hash, each clause, when."""
    told = {
        "table": table.hex(),
        "clauses": [
            asdict(one.clause) | {"sha256": one.clause.sha256.hex(), "at": one.at.isoformat()}
            for one in known
        ],
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _received(deal: Deal) -> tuple[str, str]:
    if deal.is_line:
        return (
            "这是额度，以首日全额支用为例",
            "it is a limit, shown as drawn whole on the first day",
        )
    if deal.payee_zh:
        return (
            f"全额付给{deal.payee_zh}，不预扣",
            f"{deal.payee_en} receives all of it, nothing is deducted",
        )
    return "到账等于本金，不预扣", "I receive all of it, nothing is deducted"
