"""The door of verification: is this person who they say they are."""

from tongtu.verification.authority_line import HttpAuthority
from tongtu.verification.equipment import Equipment
from tongtu.verification.flow.authority import (
    Asking,
    IdentityAuthority,
    NoAnswer,
    Service,
    ask_authority,
)
from tongtu.verification.flow.case import (
    add_element,
    conclude,
    elements,
    find_case,
    find_open_case,
    open_case,
    standing,
)
from tongtu.verification.model import (
    BESIDE_FACE,
    FACE_KEPT_DAYS,
    OTHER_WAYS_MIN,
    Channel,
    Element,
    Event,
    Found,
    IdentityCase,
    KeptElement,
    Level,
    Standing,
    State,
    Stated,
    Verdict,
    Way,
)
from tongtu.verification.rulebook import FILE, Rulebook, load_rulebook
from tongtu.verification.rules.bank_card import parse_card_number
from tongtu.verification.rules.level import judge, level_of
from tongtu.verification.rules.name import is_same_name, script_words
from tongtu.verification.rules.region import region_words
from tongtu.verification.store.case import in_review

__all__ = [
    "BESIDE_FACE",
    "FACE_KEPT_DAYS",
    "FILE",
    "OTHER_WAYS_MIN",
    "Asking",
    "Channel",
    "Element",
    "Equipment",
    "Event",
    "Found",
    "HttpAuthority",
    "IdentityAuthority",
    "IdentityCase",
    "KeptElement",
    "Level",
    "NoAnswer",
    "Rulebook",
    "Service",
    "Standing",
    "State",
    "Stated",
    "Verdict",
    "Way",
    "add_element",
    "ask_authority",
    "conclude",
    "elements",
    "find_case",
    "find_open_case",
    "in_review",
    "is_same_name",
    "judge",
    "level_of",
    "load_rulebook",
    "open_case",
    "parse_card_number",
    "region_words",
    "script_words",
    "standing",
]
