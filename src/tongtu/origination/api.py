"""The door of origination: applications, decisions, offers, acceptances."""

from tongtu.origination.flow.acceptance import (
    accept,
    approved_minor,
    find_acceptance,
    lower_exposure,
    raise_exposure_again,
    raise_exposure_to,
    restore_exposure,
)
from tongtu.origination.flow.assembly import (
    OVERLAYS,
    Sources,
    load_engine,
    pack_sources,
    restore_engine,
    shipped_sources,
)
from tongtu.origination.flow.backtest import SwapSet, backtest
from tongtu.origination.flow.impact import DECISIONS_MAX, Impact, impact
from tongtu.origination.flow.judged import Judged, judged
from tongtu.origination.flow.lane import DecisionLane, ProcessPlan
from tongtu.origination.flow.quoting import QuoteLane
from tongtu.origination.flow.reading import expire_offers, find_application, list_applications
from tongtu.origination.flow.replay import Replayed, replay
from tongtu.origination.flow.review import request_review
from tongtu.origination.flow.shadow import RuleShadow
from tongtu.origination.flow.trial import try_rules
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import (
    REASONS_MAX,
    Acceptance,
    Accepting,
    ApplicationView,
    ApplyAnswer,
    ApplyRequest,
    Case,
    Decided,
    Declared,
    Known,
    NotOffered,
    Offer,
    Outcome,
    StepAt,
)
from tongtu.origination.rules.advice import Advice, advise
from tongtu.origination.rules.answer import percent_of_bps, percent_of_ppm
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.goods import Figures, GoodsAsked, GoodsOffer, GoodsQuotes
from tongtu.origination.rules.record import Record, acceptance_payload
from tongtu.origination.store.count import bands, outcomes

__all__ = [
    "DECISIONS_MAX",
    "OVERLAYS",
    "REASONS_MAX",
    "Acceptance",
    "Accepting",
    "Advice",
    "ApplicationView",
    "ApplyAnswer",
    "ApplyRequest",
    "Case",
    "Decided",
    "DecisionEngine",
    "DecisionLane",
    "Declared",
    "Figures",
    "GoodsAsked",
    "GoodsOffer",
    "GoodsQuotes",
    "Impact",
    "Judged",
    "Known",
    "NotOffered",
    "Offer",
    "Outcome",
    "ProcessPlan",
    "QuoteLane",
    "Record",
    "Replayed",
    "RuleShadow",
    "Sources",
    "StepAt",
    "SwapSet",
    "Versions",
    "accept",
    "acceptance_payload",
    "advise",
    "approved_minor",
    "backtest",
    "bands",
    "expire_offers",
    "find_acceptance",
    "find_application",
    "impact",
    "judged",
    "list_applications",
    "load_engine",
    "lower_exposure",
    "outcomes",
    "pack_sources",
    "percent_of_bps",
    "percent_of_ppm",
    "raise_exposure_again",
    "raise_exposure_to",
    "replay",
    "request_review",
    "restore_engine",
    "restore_exposure",
    "shipped_sources",
    "try_rules",
]
