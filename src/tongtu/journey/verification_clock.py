"""Cases of verification whose time is over are ended by a clock, and that is told.

Nobody has to come back for it: who waits for a verdict hears of the end, and a case that waited for
a person of the house until its end is an alarm, not a silence.
"""

from __future__ import annotations

from dataclasses import replace

from tongtu.journey.verification import tell_verdict
from tongtu.runtime.api import Background, Runtime, count, get_logger
from tongtu.verification import api as verification
from tongtu.verification.api import State

# A case lives three days: a minute more or less is nobody's harm.
EVERY_S = 60.0
# So many are ended in one commit; who opens a case anew waits no longer than that takes.
BATCH_MAX = 100
log = get_logger("verification clock")


class VerificationClock(Background):
    """Ends what is over, each minute; two processes share the work by the rows' locks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        super().__init__("verification clock", self.step, EVERY_S)

    async def step(self) -> int:
        """End every case whose time is over now; return how many those were."""
        ended = 0
        for cell in range(self._runtime.settings.cells):
            while len(found := await self._end_some(cell)) == BATCH_MAX:
                ended += len(found)
            ended += len(found)
        return ended

    async def _end_some(self, cell: int) -> list[verification.IdentityCase]:
        """End a batch in a commit of its own. What was ended is not found again, so this ends."""
        runtime = self._runtime
        async with runtime.database.transaction() as connection:
            found = await verification.end_overdue(connection, runtime, cell, BATCH_MAX)
            for case in found:
                await tell_verdict(connection, runtime, replace(case, state=State.EXPIRED))
        left = sum(case.state is State.REVIEW for case in found)
        if left:
            count("verifications_left_waiting").inc(left)
            log.warning("verifications_left_waiting", cases=left, cell=cell)
        return found
