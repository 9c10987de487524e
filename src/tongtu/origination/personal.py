"""What origination holds of a person: applications, and what decided about them and why."""

from __future__ import annotations

from tongtu.runtime.api import Holding

_OWN = "t.cell = :cell and t.party = :party"
_OF_CASE = "t.cell = :cell and t.application = any(:applications)"
_DECIDED = ("decision", "application", "automated_log", "credit_agreement", "contract")

HELD = (
    Holding("origination.decision", _OF_CASE, "审批决定及其依据", "Decisions and what they rest on",
            duties=_DECIDED, hidden=("salt", "record")),
    Holding("origination.acceptance", _OWN, "接受的报价", "Offers you took",
            duties=(*_DECIDED, "transaction"), hidden=("salt",)),
    Holding("origination.review_request", _OF_CASE, "人工复核的请求", "Requests for a person",
            duties=_DECIDED),
    Holding("origination.ruling", _OF_CASE, "人工复核的结论", "What a person ruled",
            duties=_DECIDED),
    Holding("origination.hold", _OF_CASE, "暂缓的原因", "Why a case was held", duties=_DECIDED),
    Holding("origination.document_request", _OF_CASE, "要求补充的材料",
            "Documents that were asked for", duties=_DECIDED),
    Holding("origination.exposure", _OWN, "已用的额度合计", "What you owe in all",
            duties=("contract",)),
    Holding("origination.form", _OWN, "填到一半的申请表", "A form you began to fill in"),
    # Last: the others are found by it.
    Holding("origination.application", _OWN, "贷款申请", "Applications for a loan",
            duties=_DECIDED, hidden=("device_hash",)),
)  # fmt: skip
NUMBERED = {
    "origination.version": "versions of what decides",
    "origination.expiry": "counts of a day",
}
