"""A fresh proof by a code to the caller's own phone: sent for one session, good in it only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tongtu.access.model import SignedCaller
from tongtu.access.store import session as store
from tongtu.identity.api import (
    Asker,
    Challenge,
    CodeToSend,
    VaultKind,
    code_refused,
    open_challenge,
    read_vault,
    send_code,
    use_code,
)
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection, Runtime

_PURPOSE = b"step-up:"


async def send_step_up_code(
    runtime: Runtime,
    who: SignedCaller,
    asker: Asker,
    deliver: Callable[[Connection, CodeToSend], Awaitable[None]],
) -> Challenge:
    """Send a code to the phone the caller's party has; it answers this session's challenge only.

    Raises:
        NotFound: they have no phone.
        TooMany: as for signing in, but counted by party: a stranger who asks for codes to this
            number, to sign in, uses none of these up.
    """
    caller = who.caller
    async with runtime.database.transaction() as connection:
        kinds = [VaultKind.PHONE]
        found = await read_vault(connection, runtime, caller, caller.subject, kinds)
    if VaultKind.PHONE not in found:
        raise NotFound("there is no phone to send a code to")
    purpose = _PURPOSE + who.token_hash
    own = replace(asker, party=caller.subject)
    return await send_code(runtime, found[VaultKind.PHONE], own, deliver, purpose)


async def step_up_by_code(runtime: Runtime, who: SignedCaller, challenge: str, code: str) -> None:
    """Make the caller's session fresh. Raises NotSignedIn: code `code_refused`."""
    purpose = _PURPOSE + who.token_hash
    opened = open_challenge(runtime, challenge, purpose)
    # The try counts even when it is wrong, so it has a commit of its own.
    async with runtime.database.transaction() as connection:
        fits = await use_code(connection, runtime, opened, code, purpose)
        if fits:
            await store.freshen(connection, who, runtime.clock.now())
    if not fits:
        raise code_refused()
