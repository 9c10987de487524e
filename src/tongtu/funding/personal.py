"""What funding holds of a person: cases by number, never a name."""

from __future__ import annotations

from tongtu.runtime.api import End, Holding

HELD = (
    Holding(
        "funding.remote_request",
        "t.cell = :cell and t.party = :party",
        "向远程贷款机构的询价",
        "Requests to remote lenders",
        duties=("decision", "application", "automated_log", "credit_agreement"),
        hidden=("salt", "signature", "answer", "key"),
    ),
    Holding(
        "funding.commitment",
        "t.cell = :cell and t.application = any(:applications)",
        "贷款机构的额度承诺",
        "What lenders promised",
        duties=("transaction", "credit_agreement", "contract"),
        end=End.NUMBER,
    ),
)
NUMBERED = {
    "funding.split_instruction": "how a payment is split between lenders, by numbers of loans",
    "funding.remote_answer": "what a lender signed about a numbered request",
    "funding.signed_up_to": "how far answers are signed",
    "funding.answer_root": "hashes over answers",
    "funding.joint": "shares of numbered promises",
    "funding.share": "shares of numbered promises",
}
