"""The only door of policy: packs of dated, sourced, proved rules, asked at fixed points."""

from tongtu.policy.choice import Conflict, Law, Ruling, Shelf
from tongtu.policy.laws import LENDER_POINTS, Laws, load_laws
from tongtu.policy.model import (
    APPLICATION,
    LABELS,
    POINTS,
    BadPack,
    Change,
    Check,
    ConsentText,
    CostMethod,
    Fee,
    Finding,
    Hours,
    Judgement,
    Letter,
    Loosens,
    Overlay,
    Owed,
    Retention,
    Rule,
    Severity,
    UnknownParameter,
    strictest,
)
from tongtu.policy.pack import Pack
from tongtu.policy.rules.days import months_after
from tongtu.policy.rules.difference import difference
from tongtu.policy.rules.screen import Screen
from tongtu.policy.store import content_hash, pack_root, read_overlay

__all__ = [
    "APPLICATION",
    "LABELS",
    "LENDER_POINTS",
    "POINTS",
    "BadPack",
    "Change",
    "Check",
    "Conflict",
    "ConsentText",
    "CostMethod",
    "Fee",
    "Finding",
    "Hours",
    "Judgement",
    "Law",
    "Laws",
    "Letter",
    "Loosens",
    "Overlay",
    "Owed",
    "Pack",
    "Retention",
    "Rule",
    "Ruling",
    "Screen",
    "Severity",
    "Shelf",
    "UnknownParameter",
    "content_hash",
    "difference",
    "load_laws",
    "months_after",
    "pack_root",
    "read_overlay",
    "strictest",
]
