"""Consents: one purpose, one recipient, one version each; grant and withdrawal leave a leaf."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from tongtu.evidence.api import Entry, append, commitment
from tongtu.identity.model import (
    CONSENTS_MAX,
    Caller,
    Consent,
    ConsentEntry,
    Grant,
    ShownTexts,
    consent_bit,
)
from tongtu.identity.store import consent as store
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

SALT_BYTES = 16
_KIND = "consent"


async def grant_consents(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    grants: Sequence[Grant],
    texts: ShownTexts | str,
) -> list[Consent]:
    """Grant consents to one version of their texts and return all that are live now.

    `texts`: what was shown, which is kept and committed to; or the version alone. A consent live in
    the same version stays as it is; one in another version is replaced.

    Raises:
        BadInput: none or too many grants, or one of them twice.
        NotFound: there is no such open party.
    """
    if not 1 <= len(grants) <= CONSENTS_MAX or len(set(grants)) != len(grants):
        raise BadInput(
            f"grant each consent once, between 1 and {CONSENTS_MAX} of them", code="bad_consents"
        )
    if isinstance(texts, str):
        texts = ShownTexts(texts, {})
    version = texts.version
    await _lock(connection, caller)
    live = await store.live_consents(connection, caller.cell, caller.subject)
    kept = {Grant(consent.scope, consent.recipient): consent for consent in live}
    changes: list[_Change] = []
    for grant in grants:
        old = kept.get(grant)
        if old is not None and old.version == version:
            continue
        if old is not None:
            changes.append(await _end(connection, runtime, caller, old.id))
        new = Consent(
            runtime.ids.new(id_shard(caller.subject)),
            grant.scope,
            grant.recipient,
            version,
            runtime.clock.now(),
            await _keep_text(connection, grant, texts),
        )
        salt = runtime.entropy.bytes(SALT_BYTES)
        await store.write_consent(
            connection, caller.cell, caller.subject, store.ConsentRow(new, salt)
        )
        changes.append(_Change(new.id, salt, _granted(new)))
    return await _settle(connection, runtime, caller, changes)


async def withdraw_consent(
    connection: Connection, runtime: Runtime, caller: Caller, consent: int
) -> list[Consent]:
    """Withdraw one of the caller's consents and return those still live.

    Raises:
        NotFound: not a live consent of the caller.
    """
    await _lock(connection, caller)
    change = await _end(connection, runtime, caller, consent)
    return await _settle(connection, runtime, caller, [change])


async def list_ledger(connection: Connection, caller: Caller) -> list[ConsentEntry]:
    """Return every consent the caller ever gave, newest first, with the text that was shown."""
    return await store.ledger(connection, caller.cell, caller.subject)


async def is_own_consent(connection: Connection, caller: Caller, consent: int) -> bool:
    """Tell whether the consent, live or withdrawn, is the caller's."""
    return await store.is_consent_of(connection, caller.cell, caller.subject, consent)


async def consent_openings(
    connection: Connection, caller: Caller, named: Collection[int] | None = None
) -> list[tuple[Consent, bytes, bytes]]:
    """Return the caller's live consents, each with the salt and payload that open its leaf.

    With `named` those of these ids instead, also when they were withdrawn since; oldest first.
    """
    if named is None:
        live = await store.live_consents(connection, caller.cell, caller.subject)
        named = [one.id for one in live]
    rows = await store.find_consents(connection, (caller.cell, caller.subject), named)
    return [(one.consent, one.salt, _granted(one.consent)) for one in rows]


async def list_consents(connection: Connection, caller: Caller) -> list[Consent]:
    """Return the caller's live consents, oldest first."""
    return await store.live_consents(connection, caller.cell, caller.subject)


@dataclass(frozen=True, slots=True)
class _Change:
    """A grant or withdrawal, as it goes into the evidence log."""

    subject: int
    salt: bytes
    payload: bytes


async def _keep_text(connection: Connection, grant: Grant, texts: ShownTexts) -> bytes | None:
    shown = texts.by_grant.get(grant)
    if shown is None:
        return None
    told = {"scope": grant.scope.value, "version": texts.version, "language": shown.language,
            "title": shown.title, "text": shown.text}  # fmt: skip
    sha256 = hashlib.sha256(_canonical(told)).digest()
    await store.keep_text(connection, sha256, grant.scope, texts.version, shown)
    return sha256


async def _lock(connection: Connection, caller: Caller) -> None:
    if await store.lock_party(connection, caller.cell, caller.subject) is None:
        raise NotFound("there is no such party")


async def _end(connection: Connection, runtime: Runtime, caller: Caller, consent: int) -> _Change:
    at = runtime.clock.now()
    salt = await store.end_consent(connection, caller.cell, caller.subject, consent, at)
    if salt is None:
        raise NotFound("there is no such consent")
    payload = {"consent": consent, "withdrawn_at": at.isoformat()}
    # A withdrawal is a leaf of its own, newer than the grant's: that one is never touched.
    return _Change(consent, salt, _canonical(payload))


async def _settle(
    connection: Connection, runtime: Runtime, caller: Caller, changes: Sequence[_Change]
) -> list[Consent]:
    live = await store.live_consents(connection, caller.cell, caller.subject)
    if not changes:
        return live
    bits = (1 << consent_bit(consent.scope, consent.recipient) for consent in live)
    mask = reduce(int.__or__, bits, 0)
    await store.set_mask(connection, caller.cell, caller.subject, mask)
    leaves = [
        Entry(_KIND, change.subject, commitment(change.salt, change.payload)) for change in changes
    ]
    identifier = runtime.ids.new(id_shard(caller.subject))
    await append(connection, caller.cell, identifier, leaves, runtime.clock.now())
    return live


def _granted(consent: Consent) -> bytes:
    told: dict[str, object] = {
        "consent": consent.id,
        "scope": consent.scope.value,
        "recipient": consent.recipient,
        "version": consent.version,
        "granted_at": consent.granted_at.isoformat(),
    }
    if consent.text_sha256 is not None:
        told["text_sha256"] = consent.text_sha256.hex()
    return _canonical(told)


def _canonical(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
