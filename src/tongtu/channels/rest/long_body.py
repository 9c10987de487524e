"""Who may send a long body now: somebody signed in, a few at once, no more than memory is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from tongtu.channels.rest.headers import Headers
from tongtu.identity.api import Caller
from tongtu.kernel.errors import Overloaded

# Of all callers (32 MB), and of one: who is signed in must not keep everybody else's files out.
LONG_BODIES_MAX = 8
LONG_BODIES_OF_ONE_MAX = 2
_RETRY_AFTER_S = 5

# Tells whose a request is, by its headers alone. Raises NotSignedIn, NotAllowed, BadInput.
Admit: TypeAlias = Callable[[Headers], Awaitable[Caller]]


class LongBodies:
    """Gives each long body a slot, from before its first byte is read until it is answered."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._of: Counter[int] = Counter()

    @asynccontextmanager
    async def slot(self, headers: Headers) -> AsyncIterator[None]:
        """Hold a slot of the request's caller.

        Raises:
            NotSignedIn, NotAllowed, BadInput: nobody whose files are taken.
            Overloaded: as many come in as may, or as many of this caller.
        """
        sender = (await self._admit(headers)).subject
        if self._of.total() >= LONG_BODIES_MAX or self._of[sender] >= LONG_BODIES_OF_ONE_MAX:
            raise Overloaded("too many files at once; try again", retry_after_s=_RETRY_AFTER_S)
        self._of[sender] += 1
        try:
            yield
        finally:
            self._of[sender] -= 1
            if not self._of[sender]:
                del self._of[sender]
