"""What a platform verifies with: its rules and whoever it may ask. No other is offered."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.verification.flow.authority import IdentityAuthority
from tongtu.verification.model import Way
from tongtu.verification.rulebook import Rulebook


@dataclass(slots=True)
class Equipment:
    """Rules, and the lines to the outside; they may come up after the platform has started."""

    book: Rulebook
    authority: IdentityAuthority | None = None

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that can be gone here. A branch can always be gone to."""
        found = [Way.BRANCH]
        if self.authority is not None:
            found += [Way.AUTHORITY, Way.BANK_CARD, Way.VIDEO]
        return tuple(sorted(found))
