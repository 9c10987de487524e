"""How the bank misbehaves: by probabilities, the same for the same seed and question."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LIES = ("timeout_after_effect", "timeout_before_effect", "duplicate", "late", "refuse")
PARTS = 1 << 32
LATE_QUESTIONS_MAX = 3


@dataclass(frozen=True, slots=True)
class Mischief:
    """Probabilities from 0 to 1 of each misbehaviour."""

    seed: int = 0
    timeout_after_effect: float = 0.0  # booked, and never answered
    timeout_before_effect: float = 0.0  # neither booked nor answered
    duplicate: float = 0.0  # a booked payment is "not known" once; sent again, "a duplicate"
    late: float = 0.0  # accepted; done only after some questions
    refuse: float = 0.0  # a clear no: the account is closed

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

    def _draw(self, text: str) -> int:
        digest = hashlib.blake2b(f"{self.seed}/{text}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")
