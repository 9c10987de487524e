"""The tokens that were ended before their time, as one process knows them.

It knows all that were ended before it last looked, and says so no longer than it may be believed.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from tongtu.identity.model import TOKEN_CACHE_S
from tongtu.identity.store import token as store
from tongtu.runtime.api import Background, Runtime

LOOK_EVERY_S = 1.0
# A hundred bytes each. Beyond it nobody is told anything here, and every token is looked up.
ENDED_MAX = 500_000


class Revocations:
    """Ended tokens by hash. `start` reads them all, then it looks each second for more."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ended: dict[bytes, datetime] = {}  # hash -> when it would have ended by itself
        self._since = store.FIRST
        self._good_until_s = -math.inf
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._work = Background("token revocations", self.look, LOOK_EVERY_S)

    async def start(self) -> None:
        """Read what was ended so far, and keep looking."""
        await self.look()
        await self._work.start()

    async def stop(self) -> None:
        """Stop looking; soon nothing is known any more."""
        await self._work.stop()

    @property
    def is_known(self) -> bool:
        """Whether what is not among the ended ones was live within the last seconds."""
        return self._runtime.clock.monotonic_s() < self._good_until_s

    def holds(self, token_hash: bytes) -> bool:
        """Tell whether a token is known to be ended."""
        return token_hash in self._ended

    def add(self, token_hash: bytes, expires_at: datetime) -> None:
        """Take note of a token that was ended here."""
        self._ended[token_hash] = expires_at

    async def look(self) -> None:
        """Take in what was ended since the last look. Raises when the database does not answer."""
        clock = self._runtime.clock
        # The seconds count from before the look: what is ended meanwhile is honoured no longer.
        good_until_s, now = clock.monotonic_s() + TOKEN_CACHE_S, clock.now()
        if now < self._looked_at:
            # The clock was ahead: what would live until in between was passed over, or forgotten.
            self._since, self._good_until_s = store.FIRST, -math.inf
        self._looked_at = now
        found = await store.find_revoked(self._runtime.database, self._since, now)
        self._ended.update(found.ended)
        if int(found.horizon) < int(self._since):
            # Another server's history: what this one ended before our mark was never seen.
            self._since, self._good_until_s = store.FIRST, -math.inf
            return
        if len(self._ended) > ENDED_MAX:
            self._ended = {one: ends for one, ends in self._ended.items() if ends > now}
        if len(self._ended) <= ENDED_MAX:
            self._since, self._good_until_s = found.horizon, good_until_s
