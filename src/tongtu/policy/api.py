"""The only door of policy: packs of dated, sourced, proved rules, asked at fixed points."""

from tongtu.policy.model import (
    POINTS,
    BadPack,
    Check,
    ConsentText,
    CostMethod,
    Fee,
    Finding,
    Hours,
    Rule,
    Severity,
    UnknownParameter,
)
from tongtu.policy.pack import Pack
from tongtu.policy.store import content_hash, pack_root

__all__ = [
    "POINTS",
    "BadPack",
    "Check",
    "ConsentText",
    "CostMethod",
    "Fee",
    "Finding",
    "Hours",
    "Pack",
    "Rule",
    "Severity",
    "UnknownParameter",
    "content_hash",
    "pack_root",
]
