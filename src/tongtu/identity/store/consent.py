"""Rows of consents, and the mask on the party that the decision reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongtu.identity.model import Consent, ConsentEntry, Scope, ShownText
from tongtu.runtime.api import Connection

_COLUMNS = "id, scope, recipient, version, granted_at, text_sha256"


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent to write, with the salt of its commitment in the evidence log."""

    consent: Consent
    salt: bytes


async def lock_party(connection: Connection, cell: int, party: int) -> int | None:
    """Lock the open party and return its mask, so that rows and mask change together."""
    mask: int | None = await connection.fetchval(
        """
        select consent_mask from identity.party
        where cell = $1 and id = $2 and state = 'open' for update
        """,
        cell,
        party,
    )
    return mask


async def live_consents(connection: Connection, cell: int, party: int) -> list[Consent]:
    """Return the party's live consents, oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from identity.consent
        where cell = $1 and party = $2 and withdrawn_at is null order by id
        """,
        cell,
        party,
    )
    return [_consent(dict(row)) for row in rows]


async def find_consents(
    connection: Connection, whose: tuple[int, int], named: Collection[int]
) -> list[ConsentRow]:
    """Return the consents of a party (`whose`: cell, id) of these ids, oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS}, salt from identity.consent
        where cell = $1 and party = $2 and id = any ($3::int8[]) order by id
        """,
        *whose,
        list(named),
    )
    return [ConsentRow(_consent(dict(row)), row["salt"]) for row in rows]


async def write_consent(connection: Connection, cell: int, party: int, row: ConsentRow) -> None:
    """Write one consent; the caller holds the party's lock."""
    consent = row.consent
    await connection.execute(
        """
        insert into identity.consent
            (cell, id, party, scope, recipient, version, salt, granted_at, text_sha256)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        cell,
        consent.id,
        party,
        consent.scope.value,
        consent.recipient,
        consent.version,
        row.salt,
        consent.granted_at,
        consent.text_sha256,
    )


async def keep_text(
    connection: Connection, sha256: bytes, scope: Scope, version: str, shown: ShownText
) -> None:
    """Keep a text that was shown, once."""
    await connection.execute(
        """
        insert into identity.consent_text (sha256, scope, version, language, title, text)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing
        """,
        sha256,
        scope.value,
        version,
        shown.language,
        shown.title,
        shown.text,
    )


async def ledger(connection: Connection, cell: int, party: int) -> list[ConsentEntry]:
    """Return every consent the party ever gave with its text, newest first."""
    rows = await connection.fetch(
        """
        select c.id, c.scope, c.recipient, c.version, c.granted_at, c.text_sha256, c.withdrawn_at,
            t.language, t.title, t.text
        from identity.consent c left join identity.consent_text t on t.sha256 = c.text_sha256
        where c.cell = $1 and c.party = $2 order by c.id desc limit 1000
        """,
        cell,
        party,
    )
    return [
        ConsentEntry(
            _consent(dict(row)),
            row["withdrawn_at"],
            row["text"] and ShownText(row["language"], row["title"], row["text"]),
        )
        for row in rows
    ]


async def end_consent(
    connection: Connection, cell: int, party: int, identifier: int, at: datetime
) -> bytes | None:
    """End a live consent of this party and return its salt; None when there is none."""
    salt: bytes | None = await connection.fetchval(
        """
        update identity.consent set withdrawn_at = $4
        where cell = $1 and id = $2 and party = $3 and withdrawn_at is null
        returning salt
        """,
        cell,
        identifier,
        party,
        at,
    )
    return salt


async def set_mask(connection: Connection, cell: int, party: int, mask: int) -> None:
    """Write the mask that follows from the live rows; the caller holds the party's lock."""
    await connection.execute(
        "update identity.party set consent_mask = $3 where cell = $1 and id = $2",
        cell,
        party,
        mask,
    )


async def is_consent_of(connection: Connection, cell: int, party: int, identifier: int) -> bool:
    """Tell whether a consent, live or ended, is of this party."""
    return bool(
        await connection.fetchval(
            "select true from identity.consent where cell = $1 and id = $2 and party = $3",
            cell,
            identifier,
            party,
        )
    )


def _consent(row: Mapping[str, Any]) -> Consent:
    return Consent(
        row["id"],
        Scope(row["scope"]),
        row["recipient"],
        row["version"],
        row["granted_at"],
        row["text_sha256"],
    )
