"""How the bank misbehaves: by probabilities, the same for the same seed and question."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LIES = (
    "timeout_after_effect",
    "timeout_before_effect",
    "duplicate",
    "late",
    "refuse",
    "wrong_amount",
    "settle_after_no",
    "give_back",
    "charge_return",
    "stray",
    "outage",
    "lose_notice",
    "repeat_notice",
    "late_notice",
)
PARTS = 1 << 32
LATE_QUESTIONS_MAX = 3
# An outage lasts for a window of so many requests.
OUTAGE_REQUESTS = 12
# A late notice is held back until so many later ones have gone.
NOTICES_HELD_MAX = 9


@dataclass(frozen=True, slots=True)
class Mischief:
    """Probabilities from 0 to 1 of each misbehaviour."""

    seed: int = 0
    timeout_after_effect: float = 0.0  # booked, and never answered
    timeout_before_effect: float = 0.0  # neither booked nor answered
    duplicate: float = 0.0  # a booked payment is "not known" once; sent again, "a duplicate"
    late: float = 0.0  # accepted; done only after some questions
    refuse: float = 0.0  # a clear no: the account is closed
    wrong_amount: float = 0.0  # books a fen less than was ordered, and says so
    settle_after_no: float = 0.0  # says no to the order, has booked it, and owns up when asked
    give_back: float = 0.0  # done, and the money comes back
    charge_return: float = 0.0  # keeps a fee of the money that comes back, and says so
    stray: float = 0.0  # beside a payment, moves a fee that nobody ordered
    outage: float = 0.0  # a window of requests in which every connection just ends
    lose_notice: float = 0.0  # a notice is never sent
    repeat_notice: float = 0.0  # a notice is sent twice
    late_notice: float = 0.0  # a notice is held back behind later ones

    def __post_init__(self) -> None:
        for name in LIES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a probability")

    def happens(self, name: str, end_to_end_id: str, nth: int = 1) -> bool:
        """Tell whether misbehaviour `name` strikes the nth question about a payment."""
        probability: float = getattr(self, name)
        return self._draw(f"{name}/{end_to_end_id}/{nth}") < probability * PARTS

    def questions(self, end_to_end_id: str) -> int:
        """Return after how many questions a late payment is done: 1 to 3."""
        return 1 + self._draw(f"questions/{end_to_end_id}") % LATE_QUESTIONS_MAX

    def is_out(self, nth_request: int) -> bool:
        """Tell whether the bank is away at its nth request."""
        return self.happens("outage", f"window {nth_request // OUTAGE_REQUESTS}")

    def notices_held(self, event: str) -> int:
        """Return behind how many later notices a late one is sent: 1 to 9."""
        return 1 + self._draw(f"held/{event}") % NOTICES_HELD_MAX

    def _draw(self, text: str) -> int:
        digest = hashlib.blake2b(f"{self.seed}/{text}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")
