"""Selective decisions in the engine: what models are sure of is decided, a person has the rest.

A product without lines costs nothing, and nothing changes for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.origination.model import Outcome
from tongtu.origination.rules.draft import Draft
from tongtu.risk.api import Strategy, Way

# What a person is told whose case two models see differently; a pack without it says the other one.
UNCLEAR = "score_unclear"
_LOW = "score_low"


class Selection:
    """Applies a strategy to scored drafts."""

    def __init__(self, strategy: Strategy, code: str) -> None:
        self._lines = strategy.lines
        self._code = code

    def apply(self, drafts: Sequence[Draft]) -> None:
        """Decline or hold the drafts that nothing stood against, as the lines say."""
        if not self._lines:
            return
        for draft in drafts:
            lines = self._lines.get(draft.case.request.product)
            # A person who looked has the word; who was not scored waits for one anyway.
            if lines is None or draft.clears or draft.outcome is not Outcome.OFFERS:
                continue
            way = lines.way(draft.pd_ppm, draft.side, draft.challenger)
            draft.fired += (way.value,)
            if way.declines:
                draft.declines += draft.factors or (_LOW,)
            elif way is Way.PERSON:
                draft.holds.append(self._code)
