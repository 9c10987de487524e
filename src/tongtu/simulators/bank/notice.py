"""What the bank tells by itself, signed: each notice is late, lost or repeated as seeded."""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from tongtu.simulators.bank.books import Line, Payment
from tongtu.simulators.bank.message import write_return, write_status
from tongtu.simulators.bank.mischief import Mischief
from tongtu.simulators.bank.statement import write_notification
from tongtu.simulators.clock import Now, machine

KEY = "simulator"
# What a caller that never answers may leave waiting here.
NOTICES_MAX = 10_000


@dataclass(slots=True)
class Notice:
    """One message of the bank and how many later ones still go before it."""

    event: str
    body: bytes
    held: int = 0
    tries: int = 0


class Desk:
    """Holds the notices to be sent, in the order they are to go."""

    def __init__(self, mischief: Mischief, life: str = "0", now: Now = machine) -> None:
        self.now = now
        self._mischief = mischief
        self._life = life  # of this process: a bank that was restarted repeats no event's name
        self._waiting: deque[Notice] = deque(maxlen=NOTICES_MAX)
        self._said = 0

    def tell_status(self, payment: Payment) -> None:
        """Tell how a payment stands (pacs.002)."""
        self._tell(write_status(payment, self.now()))

    def tell_line(self, line: Line) -> None:
        """Tell of a booked movement (camt.054)."""
        self._tell(write_notification(line, self.now()))

    def tell_return(self, payment: Payment, line: Line) -> None:
        """Tell that money came back (pacs.004)."""
        self._tell(write_return(payment, line, self.now()))

    def take(self) -> Notice | None:
        """Return the notice that goes next, if one waits."""
        for _ in range(len(self._waiting)):
            notice = self._waiting.popleft()
            if notice.held == 0 or not self._waiting:
                return notice
            notice.held -= 1
            self._waiting.append(notice)
        return None

    def put_back(self, notice: Notice) -> None:
        """Let a notice that nobody took wait for its next try."""
        self._waiting.append(notice)

    def _tell(self, body: bytes) -> None:
        self._said += 1
        event = f"bank-{self._life}-{self._said:08}"
        if self._mischief.happens("lose_notice", event):
            return
        held = self._mischief.notices_held(event)
        is_late = self._mischief.happens("late_notice", event)
        self._waiting.append(Notice(event, body, held if is_late else 0))
        if self._mischief.happens("repeat_notice", event):
            self._waiting.append(Notice(event, body, held))


def sign(secret: bytes, notice: Notice, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery that begins now."""
    time = str(int(at.timestamp()))
    text = f"{KEY}\n{notice.event}\n{time}\n".encode() + notice.body
    return {
        "content-type": "application/xml",
        "x-bank-key": KEY,
        "x-bank-event": notice.event,
        "x-bank-time": time,
        "x-bank-signature": hmac.digest(secret, text, "sha256").hex(),
    }
