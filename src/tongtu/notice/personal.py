"""What notice holds of a person."""

from __future__ import annotations

from tongtu.notice.flow import SEALED
from tongtu.runtime.api import Holding

_OWN = "t.cell = :cell and t.party = :party"

HELD = (
    Holding(
        "notice.box",
        # A number may have been somebody else's: what was sent to them is theirs.
        "t.cell = any(:cells) and (t.party = :party"
        " or (t.party is null and t.address_blind = any(:blinds)))",
        "发给你的通知",
        "Notices sent to you",
        hidden=("address_blind",),
        sealed=SEALED[0],
    ),
    Holding("notice.push_choice", _OWN, "推送偏好", "What you chose about pushes"),
    Holding("notice.push", _OWN, "发给你的推送及理由", "Pushes sent to you, and why"),
    Holding(
        "notice.letter",
        "t.cell = :cell and t.application = any(:applications)",
        "依法书面告知的记录",
        "Letters the law asks for",
        duties=("decision", "application", "automated_log"),
        hidden=("sha256",),
    ),
    Holding(
        "notice.contact",
        _OWN,
        "就逾期联系你的记录",
        "Attempts to reach you about what is overdue",
        duties=("transaction", "credit_agreement", "contract"),
    ),
)
