"""What a platform verifies with: its rules and whoever it may ask. No other is offered."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongtu.verification.flow.authority import IdentityAuthority
from tongtu.verification.flow.liveness import ActiveChallenge, LivenessProvider
from tongtu.verification.flow.network import NetworkProvider
from tongtu.verification.model import BESIDE_FACE, OTHER_WAYS_MIN, Way
from tongtu.verification.rulebook import Rulebook
from tongtu.verification.vision.eyes import Eyes


@dataclass(slots=True)
class Equipment:
    """Rules, and the lines to the outside; they may come up after the platform has started."""

    book: Rulebook
    authority: IdentityAuthority | None = None
    network: NetworkProvider | None = None
    eyes: Eyes = field(default_factory=Eyes)
    # A certified vendor's; none: our own challenge, which nobody certified.
    certified_liveness: LivenessProvider | None = None

    @property
    def liveness(self) -> LivenessProvider:
        """Who says whether a face lives."""
        return self.certified_liveness or ActiveChallenge(self.eyes, self.book.liveness)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that can be gone here. A branch can always be gone to; a face never alone."""
        found = {Way.BRANCH, Way.DOCUMENT}
        if self.authority is not None:
            found |= {Way.AUTHORITY, Way.BANK_CARD, Way.VIDEO}
        if self.network is not None:
            found.add(Way.PHONE)
        if sum(way in found for way in BESIDE_FACE) >= OTHER_WAYS_MIN:
            found.add(Way.FACE)
        return tuple(sorted(found))
