"""What contracts holds of a person: the only papers with a name in them, sealed."""

from __future__ import annotations

from functools import partial

import zstandard

from tongtu.contracts.flow import PAGE_BYTES_MAX, SEALED
from tongtu.runtime.api import Holding

_OWN = "t.cell = :cell and t.party = :party"
_PAPERS = ("transaction", "signature", "credit_agreement", "contract")

HELD = (
    # Before the disclosures by which they are found.
    Holding(
        "contracts.acknowledgement",
        "t.cell = :cell and t.offer in (select d.offer from contracts.disclosure d"
        " where d.cell = :cell and d.party = :party)",
        "你逐条确认过的条款",
        "Clauses you acknowledged one by one",
        duties=_PAPERS,
        hidden=("sha256",),
    ),
    Holding("contracts.disclosure", _OWN, "给你看过的成本表", "Cost tables you were shown",
            duties=_PAPERS, hidden=("salt", "sha256")),
    Holding(
        "contracts.document",
        "t.cell = :cell and t.agreement = any(:agreements)",
        "合同文本",
        "Papers of your contracts",
        duties=_PAPERS,
        sealed=SEALED[0],
        plain=partial(zstandard.decompress, max_output_size=PAGE_BYTES_MAX),
        is_file=True,
    ),
    Holding("contracts.withdrawal", _OWN, "撤回合同的记录", "Withdrawals from a contract",
            duties=_PAPERS, hidden=("salt",)),
    Holding("contracts.agreement", _OWN, "合同", "Your contracts",
            duties=_PAPERS, hidden=("salt", "draft_sha256", "signed_sha256")),
)  # fmt: skip
