"""The door of campaign: segments, draws, pushes, what they were worth."""

from tongtu.campaign.flow import (
    approve_campaign,
    propose_campaign,
    report_campaign,
    stop_campaign,
)
from tongtu.campaign.model import (
    AUDIENCE_MAX,
    HOLD_OUT_PPM_MAX,
    HOLD_OUT_PPM_MIN,
    RESPONSE_DAYS_MAX,
    BadSegment,
    Campaign,
    Fate,
    Group,
    Member,
    Outcome,
    Plan,
    State,
)
from tongtu.campaign.personal import HELD, NUMBERED
from tongtu.campaign.rules.segment import FEATURES
from tongtu.campaign.rules.uplift import Interval, Stratum, Worth, breach, worth_of
from tongtu.campaign.store import find as find_campaign
from tongtu.campaign.store import newest as newest_campaigns
from tongtu.campaign.worker import CampaignWorker

__all__ = [
    "AUDIENCE_MAX",
    "FEATURES",
    "HELD",
    "HOLD_OUT_PPM_MAX",
    "HOLD_OUT_PPM_MIN",
    "NUMBERED",
    "RESPONSE_DAYS_MAX",
    "BadSegment",
    "Campaign",
    "CampaignWorker",
    "Fate",
    "Group",
    "Interval",
    "Member",
    "Outcome",
    "Plan",
    "State",
    "Stratum",
    "Worth",
    "approve_campaign",
    "breach",
    "find_campaign",
    "newest_campaigns",
    "propose_campaign",
    "report_campaign",
    "stop_campaign",
    "worth_of",
]
