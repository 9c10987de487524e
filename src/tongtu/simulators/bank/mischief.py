"""How the bank lies: by seeded probabilities, the same for the same seed and payment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mischief:
    """Probabilities 0..1 of each fault."""

    seed: int = 0
    timeout_before_effect: float = 0.0  # silence, and nothing happened
    timeout_after_effect: float = 0.0  # silence, but the money moved
    duplicate: float = 0.0  # "never heard of it" once, then "you sent that before"
    late: float = 0.0  # taken now, settled later
    refuse: float = 0.0  # a clear no

    def strikes(self, fault: str, end_to_end_id: str, occasion: int) -> bool:
        """Tell whether a fault happens on this occasion of this payment."""
        name = f"{self.seed}/{fault}/{end_to_end_id}/{occasion}".encode()
        draw = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")
        chance: float = getattr(self, fault)
        return draw < chance * 2**64
