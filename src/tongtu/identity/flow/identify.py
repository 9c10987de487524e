"""A party shows who it is: name and resident id, one resident id for one party."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.identity.flow.command import CommandKey, once
from tongtu.identity.flow.vault import read_vault, seal_values
from tongtu.identity.model import Caller, Profile, VaultKind
from tongtu.identity.rules import (
    ResidentId,
    mask_name,
    mask_phone,
    parse_name,
    parse_resident_id,
)
from tongtu.identity.store import party as parties
from tongtu.identity.store import vault
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict, TongtuError
from tongtu.kernel.ids import PartyId, cell_of, shard_of
from tongtu.runtime.api import Connection, Runtime


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the person showed, checked."""

    name: str
    resident_id: ResidentId
    handle: parties.Handle


async def identify(
    runtime: Runtime, caller: Caller, name: str, resident_id: str, key: CommandKey | None = None
) -> None:
    """Record that the caller's party is this person; saying the same again changes nothing.

    Raises:
        BadInput: the name or the resident id does not pass its check.
        Conflict: the party is identified otherwise, or the resident id belongs to another one.
        KeyReused: the key came with another body before.
    """
    shown = _check(runtime, name, resident_id)
    at = runtime.clock.now()
    async with runtime.database.transaction() as connection:
        claim = await parties.claim_handle(connection, shown.handle, caller.subject, at)
    if claim.party != caller.subject:
        raise Conflict(
            "this identity cannot be used here; a branch can help", code="identity_taken"
        )
    try:
        await _record_once(runtime, caller, shown, key)
    except TongtuError:
        if claim.is_new and await _is_somebody_else(runtime, caller, shown):
            async with runtime.database.transaction() as connection:
                await parties.release_handle(connection, shown.handle, caller.subject)
        raise


async def is_identified(connection: Connection, caller: Caller) -> bool:
    """Tell whether the caller's own party has shown who it is."""
    return await parties.is_identified(connection, caller.cell, caller.subject)


async def find_profile(connection: Connection, runtime: Runtime, caller: Caller) -> Profile:
    """Return the caller's own party with masked personal data."""
    party = caller.subject
    kinds = (VaultKind.PHONE, VaultKind.NAME)
    plain = await read_vault(connection, runtime, caller, party, kinds)
    phone, name = plain.get(VaultKind.PHONE), plain.get(VaultKind.NAME)
    return Profile(
        party=PartyId(party),
        is_identified=await parties.is_identified(connection, caller.cell, party),
        phone_masked=mask_phone(phone) if phone else None,
        name_masked=mask_name(name) if name else None,
    )


def _check(runtime: Runtime, name: str, resident_id: str) -> _Shown:
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    checked = parse_resident_id(resident_id, today, is_reserved_allowed=runtime.settings.demo)
    blind = runtime.keys.blind(VaultKind.RESIDENT_ID.value, checked.text)
    cell = cell_of(shard_of(blind), runtime.settings.cells)
    handle = parties.Handle(cell, VaultKind.RESIDENT_ID.value, blind)
    return _Shown(parse_name(name), checked, handle)


async def _record_once(
    runtime: Runtime, caller: Caller, shown: _Shown, key: CommandKey | None
) -> None:
    async def effect(connection: Connection) -> bytes:
        await _record(connection, runtime, caller, shown)
        return b""  # no personal data among the stored answers

    if key is None:
        async with runtime.database.transaction() as connection:
            await effect(connection)
    else:
        await once(runtime, caller, "identify", key, effect)


async def _is_somebody_else(runtime: Runtime, caller: Caller, shown: _Shown) -> bool:
    """Tell whether the party is identified, once and for all, by another resident id.

    Only then can no other call of the same party still come to use this claim.
    """
    kinds = (VaultKind.RESIDENT_ID.value,)
    async with runtime.database.reading() as connection:
        kept = await vault.find_values(connection, caller.cell, caller.subject, kinds)
    return any(value.blind != shown.handle.blind for value in kept)


async def _record(connection: Connection, runtime: Runtime, caller: Caller, shown: _Shown) -> None:
    values = {VaultKind.NAME: shown.name, VaultKind.RESIDENT_ID: shown.resident_id.text}
    sealed = seal_values(runtime, caller.subject, values)
    is_first = await parties.mark_identified(
        connection, caller.cell, caller.subject, shown.resident_id.adult_on
    )
    if is_first:
        at = runtime.clock.now()
        await vault.write_values(connection, caller.cell, caller.subject, sealed, at)
        return
    kept = await vault.find_values(connection, caller.cell, caller.subject, list(values))
    if {(value.kind, value.blind) for value in kept} != {(v.kind, v.blind) for v in sealed}:
        raise Conflict("this party is identified already", code="already_identified")
