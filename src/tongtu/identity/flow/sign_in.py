"""Signing in by phone: a challenge, a one-time code sent to the phone, then a token.

Nothing personal is stored before the code has come back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tongtu.identity.flow.code import (
    Asker,
    Deliver,
    code_refused,
    open_challenge,
    send_code,
    use_code,
)
from tongtu.identity.flow.token import write_token
from tongtu.identity.flow.vault import seal_values
from tongtu.identity.model import Caller, Challenge, Role, Token, VaultKind
from tongtu.identity.rules import parse_phone
from tongtu.identity.store import party as parties
from tongtu.identity.store import vault
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

# Told of a new token, in the commit that makes it.
OnToken = Callable[[Connection, Token], Awaitable[None]]


async def start_sign_in(
    runtime: Runtime, phone: str, asker: Asker | str, deliver: Deliver
) -> Challenge:
    """Send a one-time code to `phone` and return the challenge it answers.

    `deliver` writes the message in the same commit; `asker` is the client's address, with its
    device when it names one, for their limits.

    Raises:
        BadInput: not a mainland mobile number.
        TooMany: this phone, address or device asked too often.
    """
    who = Asker(asker) if isinstance(asker, str) else asker
    return await send_code(runtime, parse_phone(phone), who, deliver)


async def finish_sign_in(
    runtime: Runtime, challenge: str, code: str, on_token: OnToken | None = None
) -> Token:
    """Return a borrower's token for the code that was sent; the first time opens the party.

    Raises:
        NotSignedIn: code `code_refused`: wrong, used, too old, or tried too often. The cases
            are not told apart and cost the same work.
    """
    opened = open_challenge(runtime, challenge)
    at = runtime.clock.now()
    blind = runtime.keys.blind(VaultKind.PHONE.value, opened.phone)
    handle = parties.Handle(opened.cell, VaultKind.PHONE.value, blind)
    # First commit: the code is used and the phone leads to a party, which may not exist yet.
    async with runtime.database.transaction() as connection:
        fits = await use_code(connection, runtime, opened, code)
        if fits:
            wanted = runtime.ids.new(id_shard(opened.id))
            claim = await parties.claim_handle(connection, handle, wanted, at)
    # A number that was put right since leads nowhere, though its claim was not yet given back.
    if not fits or await _is_of_before(runtime, claim.party, blind):
        raise code_refused()
    # Second commit, safe to repeat: the party exists, its phone is sealed, a token speaks for it.
    party = claim.party
    caller = Caller(Role.BORROWER, party, 0, runtime.cell(party))
    async with runtime.database.transaction() as connection:
        await parties.open_party(connection, caller.cell, party, at)
        sealed = seal_values(runtime, party, {VaultKind.PHONE: opened.phone})
        await vault.write_values(connection, caller.cell, party, sealed, at)
        token = await write_token(connection, runtime, caller)
        if on_token is not None:
            await on_token(connection, token)
        return token


async def _is_of_before(runtime: Runtime, party: int, blind: bytes) -> bool:
    async with runtime.database.reading() as connection:
        kept = await vault.find_values(
            connection, runtime.cell(party), party, [VaultKind.PHONE.value]
        )
    return any(one.blind != blind for one in kept)
