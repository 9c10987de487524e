"""What campaigns hold of a person."""

from __future__ import annotations

from tongtu.runtime.api import Holding

HELD = (
    Holding(
        "campaign.member",
        "t.cell = :cell and t.party = :party",
        "参加过的推荐活动",
        "Campaigns you were part of",
    ),
)
NUMBERED = {"campaign.progress": "how far a drawing of numbers got"}
