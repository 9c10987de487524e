"""When a lane should wait a moment for those it just answered, so that all go in one batch.

Callers that ask again as soon as they are answered fall into two halves, each waiting while the
other is served: twice the batches, each at half its worth. Pure: no clock, no loop.
"""

from __future__ import annotations

# Fewer than this share too little to be worth a wait: at a low load nobody ever waits.
FEW = 16
# The wait is at most this part of the time the last batch took, and never longer than this.
SHARE = 0.5
PATIENCE_MAX_S = 0.1
# Most have come back when all but one in so many have.
MISSING_SHARE = 8
# After a wait in vain so many batches go at once, twice as many each time.
REST_MAX = 64


class Crowd:
    """Knows the last batch: who was in it or waited behind it is who may come again."""

    def __init__(self, batch_max: int) -> None:
        self._batch_max = batch_max
        self._rest = 0
        self._resting = 0
        self.enough = 0  # as many in the queue end the wait; 0: there is none
        self.until_s = 0.0

    def answered(self, answered: int, waiting: int, took_s: float, now_s: float) -> None:
        """Note a batch that ended at `now_s`, and how many wait now."""
        known = min(answered + waiting, self._batch_max)
        self.enough = 0
        if self._resting:
            self._resting -= 1
        elif known >= FEW:
            self.enough = known - known // MISSING_SHARE
            self.until_s = now_s + min(took_s * SHARE, PATIENCE_MAX_S)

    def came(self, waiting: int) -> None:
        """Note how many waited when the wait was over: in vain, and the next batches go at once."""
        self._rest = 0 if waiting >= self.enough else min(2 * self._rest or 1, REST_MAX)
        self._resting = self._rest
        self.enough = 0
