"""The door of notice: the only gateway to a person."""

from tongtu.notice.flow import read_inbox, send
from tongtu.notice.model import TEMPLATES, Message, Notice
from tongtu.notice.push import Push, PushNotAllowed, choose_pushes, push
from tongtu.notice.store import PushChoice, PushRow, find_choice, list_pushes

__all__ = [
    "TEMPLATES",
    "Message",
    "Notice",
    "Push",
    "PushChoice",
    "PushNotAllowed",
    "PushRow",
    "choose_pushes",
    "find_choice",
    "list_pushes",
    "push",
    "read_inbox",
    "send",
]
