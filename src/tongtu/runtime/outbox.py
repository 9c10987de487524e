"""Events: written in the commit of what they tell, read later in commit order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tongtu.runtime.database import Connection

WRITE = "select runtime.outbox_batch($1, array[$2::int8], array[$3::text], array[$4::bytea], $5)"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `id` is the event's own and names it for de-duplication."""

    cell: int
    id: int
    topic: str
    payload: dict[str, Any]
    at: datetime


async def publish(connection: Connection, event: Event) -> None:
    """Write an event in the caller's transaction; the same id twice is one event."""
    body = msgspec.json.encode(event.payload)
    await connection.execute(WRITE, event.cell, event.id, event.topic, body, event.at)
