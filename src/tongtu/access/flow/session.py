"""Sessions: a token with how it was got, how fresh its proof is, and the right to end it."""

from __future__ import annotations

from datetime import timedelta

from tongtu.access.model import Event, Method, Session, SignedCaller
from tongtu.access.store import session as store
from tongtu.identity.api import (
    Bound,
    Caller,
    Role,
    Token,
    end_tokens,
    finish_sign_in,
    hash_token,
    list_tokens,
    take_within,
)
from tongtu.kernel.errors import NotAllowed, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

# Who looks once a week finds what else happened among the fifty events that are shown.
REFUSALS_KEPT = (timedelta(days=1), 5)
ID_BYTES = 12  # of a token's hash: tells sessions of one person apart, opens nothing


async def sign_in_by_code(runtime: Runtime, challenge: str, code: str, device: str) -> Token:
    """Return a borrower's token for the code that was sent. Raises as identity's sign-in does."""

    async def note(connection: Connection, token: Token) -> None:
        await open_session(connection, runtime, token, Method.CODE, device)

    return await finish_sign_in(runtime, challenge, code, note)


async def open_session(
    connection: Connection, runtime: Runtime, token: Token, method: Method, device: str
) -> None:
    """Note how a new token was got, in the commit that makes it."""
    who = SignedCaller(token.caller, hash_token(token.text))
    await store.write_session(connection, who, method, device, runtime.clock.now())


async def list_sessions(runtime: Runtime, caller: Caller) -> list[Session]:
    """Return the caller's live tokens, newest first, however they were got."""
    async with runtime.database.reading() as connection:
        issued = await list_tokens(connection, runtime, caller)
        hashes = [one.hash for one in issued]
        known = await store.find_sessions(connection, caller.cell, hashes)
    unknown: tuple[Method | None, str] = (None, "")
    return [
        Session(one.hash, *known.get(one.hash, unknown), one.issued_at, one.expires_at)
        for one in issued
    ]


async def end_sessions(runtime: Runtime, who: SignedCaller, session: str | None) -> list[bytes]:
    """End one of the caller's sessions by its id, or with None all but this one; return which.

    Raises:
        NotFound: they have no such session.
    """
    caller = who.caller
    async with runtime.database.transaction() as connection:
        issued = await list_tokens(connection, runtime, caller)
        hashes = [
            one.hash
            for one in issued
            if (session_id(one.hash) == session if session else one.hash != who.token_hash)
        ]
        ended = await end_tokens(connection, runtime, caller, hashes)
        if session and not ended:
            raise NotFound("there is no such session")
        if ended:
            await note_event(connection, runtime, caller, "sessions_ended", str(len(ended)))
        return ended


async def end_all_sessions(
    connection: Connection, runtime: Runtime, caller: Caller, but: bytes | None = None
) -> list[bytes]:
    """End the caller's sessions, all but the one named, in the caller's commit; return which."""
    ended: list[bytes] = []
    # A page at a time; each page ends what it found, so the loop ends, too.
    while hashes := [
        one.hash for one in await list_tokens(connection, runtime, caller) if one.hash != but
    ]:
        ended += await end_tokens(connection, runtime, caller, hashes)
    return ended


def session_id(token_hash: bytes) -> str:
    """Return by which name an owner ends a session."""
    return token_hash[:ID_BYTES].hex()


async def check_fresh(runtime: Runtime, who: SignedCaller, within: timedelta) -> None:
    """Refuse when the last proof in this session is older than `within`.

    Staff of the demo are let through: their tokens lie in a file, nobody signed in for them.

    Raises:
        NotAllowed: code `step_up_required`.
    """
    if runtime.settings.demo and who.caller.role is not Role.BORROWER:
        return
    async with runtime.database.reading() as connection:
        fresh_at = await store.find_fresh_at(connection, who)
    if fresh_at is None or runtime.clock.now() - fresh_at > within:
        raise NotAllowed(
            "please show once more that it is you; then send the same again",
            code="step_up_required",
        )


async def list_events(runtime: Runtime, caller: Caller) -> list[Event]:
    """Return what last happened to the caller's ways of signing in, newest first."""
    async with runtime.database.reading() as connection:
        return await store.find_events(connection, caller.cell, caller.subject)


async def note_event(
    connection: Connection, runtime: Runtime, caller: Caller, kind: str, detail: str
) -> None:
    """Keep what happened to the caller's ways of signing in."""
    event = Event(kind, detail, runtime.clock.now())
    identifier = new_own_id(runtime, caller)
    await store.write_event(connection, caller.cell, identifier, caller.subject, event)


async def note_refusal(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    what: tuple[str, str],
    whose: str = "",
) -> None:
    """Keep that somebody was refused (kind, detail), the first ones of a day of `whose`.

    The newest of all events are shown: who could write as many as they like would hide the others.
    """
    bound = Bound(f"refusals:{whose or caller.subject}", *REFUSALS_KEPT)
    if await take_within(connection, runtime, caller.cell, bound) is None:
        await note_event(connection, runtime, caller, *what)


def new_own_id(runtime: Runtime, caller: Caller) -> int:
    """Return an id in the cell in which the caller's own rows lie."""
    return runtime.ids.new(id_shard(caller.subject) if caller.role is Role.BORROWER else 0)
