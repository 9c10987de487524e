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
    end_overdue,
    end_standing,
    find_case,
    find_open_case,
    move,
    open_case,
    reassign,
    standing,
)
from tongtu.verification.flow.liveness import (
    CARD_IN_DOUBT,
    REPLAYED,
    ActiveChallenge,
    LivenessProvider,
    answer_challenge,
    compare,
    issue_challenge,
)
from tongtu.verification.flow.network import NetworkProvider, ask_network, swap_signal
from tongtu.verification.flow.resume import ResumeCode, code_text, make_code, resume
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
from tongtu.verification.network_line import HttpNetwork
from tongtu.verification.personal import HELD
from tongtu.verification.rulebook import FILE, Rulebook, load_rulebook
from tongtu.verification.rules.bank_card import parse_card_number
from tongtu.verification.rules.calibration import LineRates, Pair, rates
from tongtu.verification.rules.card import (
    Back,
    Front,
    doubts_of,
    read_back,
    read_bank_card,
    read_front,
)
from tongtu.verification.rules.face import FaceLines, distance_ppm, largest
from tongtu.verification.rules.level import judge, level_of, newest
from tongtu.verification.rules.name import is_same_name, script_words
from tongtu.verification.rules.page import upright
from tongtu.verification.rules.region import region_words
from tongtu.verification.store.case import in_review
from tongtu.verification.store.whose import party_of_verification
from tongtu.verification.vision.bounds import PICTURE_BYTES_MAX, PRINTS_MATCH_FROM, measure
from tongtu.verification.vision.eyes import Eyes

__all__ = [
    "BESIDE_FACE",
    "CARD_IN_DOUBT",
    "FACE_KEPT_DAYS",
    "FILE",
    "HELD",
    "OTHER_WAYS_MIN",
    "PICTURE_BYTES_MAX",
    "PRINTS_MATCH_FROM",
    "REPLAYED",
    "ActiveChallenge",
    "Asking",
    "Back",
    "Channel",
    "Element",
    "Equipment",
    "Event",
    "Eyes",
    "FaceLines",
    "Found",
    "Front",
    "HttpAuthority",
    "HttpNetwork",
    "IdentityAuthority",
    "IdentityCase",
    "KeptElement",
    "Level",
    "LineRates",
    "LivenessProvider",
    "NetworkProvider",
    "NoAnswer",
    "Pair",
    "ResumeCode",
    "Rulebook",
    "Service",
    "Standing",
    "State",
    "Stated",
    "Verdict",
    "Way",
    "add_element",
    "answer_challenge",
    "ask_authority",
    "ask_network",
    "code_text",
    "compare",
    "conclude",
    "distance_ppm",
    "doubts_of",
    "elements",
    "end_overdue",
    "end_standing",
    "find_case",
    "find_open_case",
    "in_review",
    "is_same_name",
    "issue_challenge",
    "judge",
    "largest",
    "level_of",
    "load_rulebook",
    "make_code",
    "measure",
    "move",
    "newest",
    "open_case",
    "parse_card_number",
    "party_of_verification",
    "rates",
    "read_back",
    "read_bank_card",
    "read_front",
    "reassign",
    "region_words",
    "resume",
    "script_words",
    "standing",
    "swap_signal",
    "upright",
]
