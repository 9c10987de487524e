"""Rows of sessions and of what happened to them. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongtu.access.model import EVENTS_SHOWN_MAX, Event, Method, SignedCaller
from tongtu.runtime.api import Connection


async def write_session(
    connection: Connection, who: SignedCaller, method: Method, device: str, at: datetime
) -> None:
    """Write that a token was got just now, by this method."""
    caller = who.caller
    await connection.execute(
        """
        insert into access.session
            (cell, token_hash, subject, role, method, device, signed_in_at, fresh_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        caller.cell,
        who.token_hash,
        caller.subject,
        caller.role.value,
        method.value,
        device,
        at,
    )


async def freshen(connection: Connection, who: SignedCaller, at: datetime) -> None:
    """Note a proof given just now; a token made without a sign-in gets no session by it."""
    await connection.execute(
        """
        update access.session set fresh_at = greatest(fresh_at, $3)
        where cell = $1 and token_hash = $2
        """,
        who.caller.cell,
        who.token_hash,
        at,
    )


async def find_fresh_at(connection: Connection, who: SignedCaller) -> datetime | None:
    """Return when the caller last gave a proof in this session; None: there is no session."""
    found: datetime | None = await connection.fetchval(
        "select fresh_at from access.session where cell = $1 and token_hash = $2",
        who.caller.cell,
        who.token_hash,
    )
    return found


async def find_sessions(
    connection: Connection, cell: int, hashes: Sequence[bytes]
) -> dict[bytes, tuple[Method, str]]:
    """Return method and device of the tokens that somebody signed in for."""
    rows = await connection.fetch(
        """
        select token_hash, method, device from access.session
        where cell = $1 and token_hash = any ($2::bytea[])
        """,
        cell,
        list(hashes),
    )
    return {row["token_hash"]: (Method(row["method"]), row["device"]) for row in rows}


async def write_event(
    connection: Connection, cell: int, identifier: int, subject: int, event: Event
) -> None:
    """Keep what happened."""
    await connection.execute(
        """
        insert into access.event (cell, id, subject, kind, detail, at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        cell,
        identifier,
        subject,
        event.kind,
        event.detail,
        event.at,
    )


async def find_events(connection: Connection, cell: int, subject: int) -> list[Event]:
    """Return the last things that happened, newest first."""
    rows = await connection.fetch(
        """
        select kind, detail, at from access.event
        where cell = $1 and subject = $2 order by id desc limit $3
        """,
        cell,
        subject,
        EVENTS_SHOWN_MAX,
    )
    return [Event(row["kind"], row["detail"], row["at"]) for row in rows]
