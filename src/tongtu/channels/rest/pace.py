"""How fast an address and a token may ask the ordinary door, before anything of it is read.

One process counts for itself. What must hold over all of them (codes of a phone, tries at a login)
is counted in the database by identity and access.
"""

from __future__ import annotations

import hashlib

from litestar.types import Scope

from tongtu.access.api import Pace, Rate, address_key
from tongtu.channels.rest import headers as edge
from tongtu.channels.rest.problem import Problem, of_error
from tongtu.kernel.clock import Clock
from tongtu.kernel.errors import TooMany

# An office behind one address; a page asks for some twenty things when it opens.
PER_ADDRESS = Rate(per_s=50, burst=300)
# A partner's machine; faster ones ask for lists.
PER_TOKEN = Rate(per_s=100, burst=300)
# Signing in and showing once more who one is, by whatever way: nobody types faster.
PER_ADDRESS_SIGN_IN = Rate(per_s=0.5, burst=20)
_SIGN_IN = ("/v1/sign-in", "/v1/step-up")


class Paces:
    """The three counts of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses = Pace(PER_ADDRESS)
        self._tokens = Pace(PER_TOKEN)
        self._sign_ins = Pace(PER_ADDRESS_SIGN_IN)

    def refuse(self, scope: Scope) -> Problem | None:
        """Return the refusal of a request that comes too fast, with when to come again."""
        at_s, client = self._clock.monotonic_s(), scope.get("client")
        address = address_key(client[0]) if client else b""
        waits_s = self._addresses.take(address, at_s)
        if waits_s is None and scope["path"].startswith(_SIGN_IN):
            waits_s = self._sign_ins.take(address, at_s)
        if waits_s is None and (token := edge.values(scope["headers"], b"authorization")):
            # By hash: what is kept opens nothing.
            waits_s = self._tokens.take(hashlib.sha256(token[0]).digest(), at_s)
        if waits_s is None:
            return None
        return of_error(
            TooMany("too many requests; please wait", code="too_fast", retry_after_s=waits_s)
        )
