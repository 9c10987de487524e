"""Passkeys: added in a fresh session, used to sign in or as a fresh proof, ended by their owner."""

from __future__ import annotations

from typing import Any

from tongtu.access.flow import proof
from tongtu.access.flow.challenge import (
    SIGN_IN,
    PasskeyRefused,
    enrolling,
    new_challenge,
    refused,
    stepping_up,
    use_challenge,
)
from tongtu.access.flow.proof import Assertion, NewKey
from tongtu.access.flow.session import new_own_id, note_event, note_refusal, open_session
from tongtu.access.flow.staff import STAFF_SESSION_LIFE
from tongtu.access.model import (
    PASSKEYS_MAX,
    Method,
    Passkey,
    RelyingParty,
    SignedCaller,
)
from tongtu.access.store import passkey as store
from tongtu.access.store import session as sessions
from tongtu.identity.api import (
    Caller,
    CommandKey,
    Hold,
    Role,
    Token,
    find_staff,
    is_open_party,
    once,
    write_token,
)
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.runtime.api import Connection, Runtime

_DONE = b"{}"


async def enrolment_options(
    runtime: Runtime, party: RelyingParty, who: SignedCaller, name: str
) -> dict[str, Any]:
    """Return what a browser needs to make a passkey for the caller, in this session."""
    caller = who.caller
    async with runtime.database.reading() as connection:
        known = await store.list_credentials(connection, caller.cell, caller.subject)
    challenge = new_challenge(runtime, enrolling(who.token_hash))
    return proof.creation_options(party, (_handle(runtime, caller), name), challenge, known)


async def enrol(
    runtime: Runtime,
    party: RelyingParty,
    by: tuple[SignedCaller, CommandKey],
    new: NewKey,
    label: str,
) -> None:
    """Add a passkey that the caller's device made in this very session.

    Raises:
        PasskeyRefused: nothing is added, and the owner's log says so.
        Conflict: code `too_many_passkeys`, or `known_passkey`.
    """
    who, key = by
    caller = who.caller

    async def effect(connection: Connection) -> bytes:
        challenge = proof.challenge_in(new.client_data)
        purpose = enrolling(who.token_hash)
        await use_challenge(connection, runtime, caller.cell, challenge, purpose)
        made = proof.check_new(party, new, challenge)
        await store.lock_owner(connection, caller.subject)
        known = await store.list_credentials(connection, caller.cell, caller.subject)
        if len(known) >= PASSKEYS_MAX:
            raise Conflict(f"there are {PASSKEYS_MAX} already", code="too_many_passkeys")
        row = store.PasskeyRow(
            new_own_id(runtime, caller), caller.subject, caller.role, made.credential,
            made.public_key, made.counter,
        )  # fmt: skip
        at = runtime.clock.now()
        if not await store.write_passkey(connection, caller.cell, row, label, at):
            raise Conflict("this passkey is known already", code="known_passkey")
        await note_event(connection, runtime, caller, "passkey_added", label)
        return _DONE

    try:
        await once(runtime, caller, "enrol_passkey", key, effect)
    except PasskeyRefused as refusal:
        await _log_refusal(runtime, caller, refusal)
        raise


def sign_in_options(runtime: Runtime, party: RelyingParty) -> dict[str, Any]:
    """Return what a browser needs to use any passkey of this platform. Nothing is stored."""
    return proof.request_options(party, new_challenge(runtime, SIGN_IN))


async def sign_in(runtime: Runtime, party: RelyingParty, used: Assertion, device: str) -> Token:
    """Return a token for whoever's passkey this is.

    Raises:
        PasskeyRefused: unknown, ended, replayed, of another address, a counter that went back...
            the cases are not told apart; a known owner's log keeps which.
    """
    owner = _owner(runtime, used.user_handle)
    try:
        async with runtime.database.transaction() as connection:
            if owner.role is not Role.BORROWER:
                # Before the passkey's row: whoever closes a member goes the same way.
                await find_staff(connection, owner.subject, Hold.SHARED)
            row = await _use(connection, runtime, party, (owner, SIGN_IN), used)
            caller = await _caller_of(connection, runtime, row)
            life = None if caller.role is Role.BORROWER else STAFF_SESSION_LIFE
            token = await write_token(connection, runtime, caller, life)
            await open_session(connection, runtime, token, Method.PASSKEY, device)
            return token
    except PasskeyRefused as refusal:
        # Whose handle was told is known to have tried only with a passkey of theirs.
        if refusal.why not in ("unknown", "owner"):
            await _log_refusal(runtime, owner, refusal)
        raise


async def step_up_options(
    runtime: Runtime, party: RelyingParty, who: SignedCaller
) -> dict[str, Any]:
    """Return what a browser needs to give a fresh proof in this session.

    Raises:
        NotFound: code `no_passkey`.
    """
    caller = who.caller
    async with runtime.database.reading() as connection:
        known = await store.list_credentials(connection, caller.cell, caller.subject)
    if not known:
        raise NotFound("there is no passkey yet", code="no_passkey")
    challenge = new_challenge(runtime, stepping_up(who.token_hash))
    return proof.request_options(party, challenge, known)


async def step_up(
    runtime: Runtime, party: RelyingParty, who: SignedCaller, used: Assertion
) -> None:
    """Make the caller's session fresh. Raises PasskeyRefused."""
    caller = who.caller
    try:
        async with runtime.database.transaction() as connection:
            purpose = stepping_up(who.token_hash)
            await _use(connection, runtime, party, (caller, purpose), used)
            await sessions.freshen(connection, who, runtime.clock.now())
    except PasskeyRefused as refusal:
        await _log_refusal(runtime, caller, refusal)
        raise


async def list_passkeys(runtime: Runtime, caller: Caller) -> list[Passkey]:
    """Return the caller's live passkeys, oldest first."""
    async with runtime.database.reading() as connection:
        return await store.list_passkeys(connection, caller.cell, caller.subject)


async def end_passkey(runtime: Runtime, caller: Caller, identifier: int, key: CommandKey) -> None:
    """End one of the caller's passkeys. Raises NotFound: they have no such one."""

    async def effect(connection: Connection) -> bytes:
        whose, at = (caller.cell, caller.subject), runtime.clock.now()
        if not await store.end_passkey(connection, *whose, identifier, at):
            raise NotFound("there is no such passkey")
        await note_event(connection, runtime, caller, "passkey_ended", "")
        return _DONE

    await once(runtime, caller, "end_passkey", key, effect)


async def _use(
    connection: Connection,
    runtime: Runtime,
    party: RelyingParty,
    at_stake: tuple[Caller, bytes],
    used: Assertion,
) -> store.PasskeyRow:
    """Verify an assertion and use challenge and counter up; `at_stake`: whose it is, purpose."""
    (owner, purpose), cell = at_stake, at_stake[0].cell
    row = await store.find_passkey(connection, cell, proof.decoded(used.id))
    if row is None:
        raise refused("unknown")
    if row.owner != owner.subject:
        raise refused("owner")
    challenge = proof.challenge_in(used.client_data)
    await use_challenge(connection, runtime, cell, challenge, purpose)
    counter = proof.check_used(party, used, challenge, row)
    if not await store.note_use(connection, cell, row.id, counter, runtime.clock.now()):
        raise refused("counter")
    return row


async def _caller_of(connection: Connection, runtime: Runtime, row: store.PasskeyRow) -> Caller:
    """Return the owner as they are now: staff may have another role than when it was added."""
    if row.role is Role.BORROWER:
        if not await is_open_party(connection, runtime, row.owner):
            raise refused("closed")
        return Caller(Role.BORROWER, row.owner, 0, runtime.cell(row.owner))
    staff = await find_staff(connection, row.owner, Hold.SHARED)
    if staff is None:
        raise refused("closed")
    return Caller(staff.role, staff.id, staff.organisation, 0)


def _owner(runtime: Runtime, user_handle: str | None) -> Caller:
    """Return whom a device says the passkey is of; believed for the place to look only."""
    text = proof.decoded(user_handle or "").decode("ascii", "replace")
    for kind, role in (("party", Role.BORROWER), ("staff", Role.CLERK)):
        try:
            subject = runtime.public.read(kind, text)
        except ValueError:
            continue
        cell = runtime.cell(subject) if role is Role.BORROWER else 0
        return Caller(role, subject, 0, cell)
    raise refused("unknown")


def _handle(runtime: Runtime, caller: Caller) -> str:
    kind = "party" if caller.role is Role.BORROWER else "staff"
    return runtime.public.show(kind, caller.subject)


async def _log_refusal(runtime: Runtime, caller: Caller, refusal: PasskeyRefused) -> None:
    async with runtime.database.transaction() as connection:
        await note_refusal(connection, runtime, caller, ("passkey_refused", refusal.why))
