"""The door of notice: the only gateway to a person."""

from tongtu.notice.contact import (
    SCRIPT_MAX,
    Attempt,
    Channel,
    ContactNotAllowed,
    contact,
    note_answer,
)
from tongtu.notice.flow import SEALED, keep_for_party, read_inbox, send
from tongtu.notice.model import TEMPLATES, Message, Notice
from tongtu.notice.personal import HELD
from tongtu.notice.push import WEEK_FULL, WEEK_MAX, Push, PushNotAllowed, choose_pushes, push
from tongtu.notice.store import (
    GivenLetter,
    PushChoice,
    PushRow,
    find_choice,
    list_off,
    list_pushes,
    list_willing,
    log_letters,
)

__all__ = [
    "HELD",
    "SCRIPT_MAX",
    "SEALED",
    "TEMPLATES",
    "WEEK_FULL",
    "WEEK_MAX",
    "Attempt",
    "Channel",
    "ContactNotAllowed",
    "GivenLetter",
    "Message",
    "Notice",
    "Push",
    "PushChoice",
    "PushNotAllowed",
    "PushRow",
    "choose_pushes",
    "contact",
    "find_choice",
    "keep_for_party",
    "list_off",
    "list_pushes",
    "list_willing",
    "log_letters",
    "note_answer",
    "push",
    "read_inbox",
    "send",
]
