"""The door of origination: applications, decisions, offers, acceptances."""

from tongtu.origination.flow.acceptance import (
    LIST_CHANGED,
    OFFER_GONE,
    accept,
    approved_minor,
    find_acceptance,
    lower_exposure,
    raise_exposure_again,
    raise_exposure_to,
    restore_exposure,
)
from tongtu.origination.flow.again import Again, look_again
from tongtu.origination.flow.arms import Acting, Arms, make_arms
from tongtu.origination.flow.assembly import (
    OVERLAYS,
    PRICE_GRID,
    Sources,
    load_desk,
    load_engine,
    pack_sources,
    restore_engine,
    rule_of,
    shipped_sources,
)
from tongtu.origination.flow.backtest import SwapSet, backtest
from tongtu.origination.flow.form import fill_in, read_form
from tongtu.origination.flow.impact import DECISIONS_MAX, Impact, impact
from tongtu.origination.flow.judged import Judged, judged
from tongtu.origination.flow.lane import ArmsOf, DecisionLane, ProcessPlan
from tongtu.origination.flow.looking import NEWEST, Told, find_told, list_heads
from tongtu.origination.flow.quoting import QuoteLane
from tongtu.origination.flow.reading import (
    expire_offers,
    find_application,
    gone_offers,
    list_applications,
)
from tongtu.origination.flow.remote import Answered, answers_beyond, find_record, judge_remote
from tongtu.origination.flow.replay import Replayed, replay
from tongtu.origination.flow.review import (
    ask_documents,
    find_request,
    hold_case,
    hold_offers,
    is_cleared,
    receive_document,
    request_review,
    review_answer_by,
    review_asked_at,
    take_case,
)
from tongtu.origination.flow.ruling import Looked, Ruled, RulingWish, rule, waiting, weigh
from tongtu.origination.flow.shadow import RuleShadow
from tongtu.origination.flow.steering import ShadowPricing
from tongtu.origination.flow.tallying import Explained, LenderLine, explain_decision, tally
from tongtu.origination.flow.trial import try_rules
from tongtu.origination.flow.tried import TriedCase, TriedCases
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import (
    OFFERS_HELD,
    REASONS_MAX,
    Acceptance,
    Accepting,
    ApplicationView,
    ApplyAnswer,
    ApplyRequest,
    Case,
    Decided,
    Declared,
    Head,
    HeadsWanted,
    Known,
    NotOffered,
    Offer,
    Outcome,
    Ruling,
    Said,
    StepAt,
    Tried,
)
from tongtu.origination.personal import HELD, NUMBERED
from tongtu.origination.rules.advice import Advice, advise
from tongtu.origination.rules.answer import percent_of_bps, percent_of_ppm
from tongtu.origination.rules.desk import CODES_MAX, Desk
from tongtu.origination.rules.engine import Bearing, DecisionEngine
from tongtu.origination.rules.form import Form
from tongtu.origination.rules.form import Name as FormName
from tongtu.origination.rules.form import Value as FormValue
from tongtu.origination.rules.goods import Figures, GoodsAsked, GoodsOffer, GoodsQuotes
from tongtu.origination.rules.record import Record, acceptance_payload
from tongtu.origination.rules.tally import LenderTally, Spread, Tally
from tongtu.origination.store.batch import Raced
from tongtu.origination.store.count import bands, outcomes
from tongtu.origination.store.document import DocumentRequest
from tongtu.origination.store.response import Did, Span, what_they_did
from tongtu.origination.store.ruling import QUEUES, RulingRow, rulings_since
from tongtu.origination.store.whose import cases_of, party_of_application, party_of_decision

__all__ = [
    "CODES_MAX",
    "DECISIONS_MAX",
    "HELD",
    "LIST_CHANGED",
    "NEWEST",
    "NUMBERED",
    "OFFERS_HELD",
    "OFFER_GONE",
    "OVERLAYS",
    "PRICE_GRID",
    "QUEUES",
    "REASONS_MAX",
    "Acceptance",
    "Accepting",
    "Acting",
    "Advice",
    "Again",
    "Answered",
    "ApplicationView",
    "ApplyAnswer",
    "ApplyRequest",
    "Arms",
    "ArmsOf",
    "Bearing",
    "Case",
    "Decided",
    "DecisionEngine",
    "DecisionLane",
    "Declared",
    "Desk",
    "Did",
    "DocumentRequest",
    "Explained",
    "Figures",
    "Form",
    "FormName",
    "FormValue",
    "GoodsAsked",
    "GoodsOffer",
    "GoodsQuotes",
    "Head",
    "HeadsWanted",
    "Impact",
    "Judged",
    "Known",
    "LenderLine",
    "LenderTally",
    "Looked",
    "NotOffered",
    "Offer",
    "Outcome",
    "ProcessPlan",
    "QuoteLane",
    "Raced",
    "Record",
    "Replayed",
    "RuleShadow",
    "Ruled",
    "Ruling",
    "RulingRow",
    "RulingWish",
    "Said",
    "ShadowPricing",
    "Sources",
    "Span",
    "Spread",
    "StepAt",
    "SwapSet",
    "Tally",
    "Told",
    "Tried",
    "TriedCase",
    "TriedCases",
    "Versions",
    "accept",
    "acceptance_payload",
    "advise",
    "answers_beyond",
    "approved_minor",
    "ask_documents",
    "backtest",
    "bands",
    "cases_of",
    "expire_offers",
    "explain_decision",
    "fill_in",
    "find_acceptance",
    "find_application",
    "find_record",
    "find_request",
    "find_told",
    "gone_offers",
    "hold_case",
    "hold_offers",
    "impact",
    "is_cleared",
    "judge_remote",
    "judged",
    "list_applications",
    "list_heads",
    "load_desk",
    "load_engine",
    "look_again",
    "lower_exposure",
    "make_arms",
    "outcomes",
    "pack_sources",
    "party_of_application",
    "party_of_decision",
    "percent_of_bps",
    "percent_of_ppm",
    "raise_exposure_again",
    "raise_exposure_to",
    "read_form",
    "receive_document",
    "replay",
    "request_review",
    "restore_engine",
    "restore_exposure",
    "review_answer_by",
    "review_asked_at",
    "rule",
    "rule_of",
    "rulings_since",
    "shipped_sources",
    "take_case",
    "tally",
    "try_rules",
    "waiting",
    "weigh",
    "what_they_did",
]
