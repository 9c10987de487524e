"""What holds for every query about a person, whoever is asked."""

from __future__ import annotations

from tongtu.runtime.api import Connection

_ALONE = "select pg_advisory_xact_lock(710303, hashtext($1))"


async def alone(connection: Connection, party: int, informant: str) -> None:
    """Let nobody else look, until commit, whether to ask this informant about a person."""
    await connection.execute(_ALONE, f"{party}|{informant}")
