"""The door of notice: the only gateway to a person."""

from tongtu.notice.flow import read_inbox, send
from tongtu.notice.model import TEMPLATES, Message, Notice

__all__ = ["TEMPLATES", "Message", "Notice", "read_inbox", "send"]
