"""Nobody decides about their own family: staff name whom they are tied to, by keyed hashes only."""

from __future__ import annotations

from tongtu.identity.model import STAFF, Caller, VaultKind
from tongtu.identity.rules import parse_phone
from tongtu.identity.store import tie as store
from tongtu.kernel.errors import BadInput, NotAllowed
from tongtu.runtime.api import Connection, Runtime

TIE_KINDS = (VaultKind.PHONE, VaultKind.RESIDENT_ID, VaultKind.ADDRESS, VaultKind.CARD)
VALUE_MAX = 200


async def note_tie(
    connection: Connection, runtime: Runtime, caller: Caller, tie: tuple[VaultKind, str]
) -> None:
    """Keep that the caller, or their family, has this phone, resident id, address or card.

    Only a keyed hash is kept. Safe to repeat.

    Raises:
        NotAllowed: the caller is no member of staff.
        BadInput: another kind, or no such value.
    """
    kind, value = tie
    if caller.role not in STAFF:
        raise NotAllowed("your role may not do this")
    if kind not in TIE_KINDS or not 1 <= len(value) <= VALUE_MAX:
        raise BadInput("a tie is a phone, a resident id, an address or a card")
    plain = parse_phone(value) if kind is VaultKind.PHONE else value.strip().upper()
    key = int.from_bytes(runtime.keys.blind(kind.value, plain)[:8], "big") >> 1
    await store.note(connection, caller.subject, (kind.value, key), runtime.clock.now())


async def check_untied(
    connection: Connection, runtime: Runtime, caller: Caller, party: int
) -> None:
    """Refuse a member of staff who is tied to a party, or is it.

    Raises:
        NotAllowed: code `related`.
    """
    cell = runtime.cell(party)
    if caller.subject == party or await store.is_tied(connection, caller.subject, cell, party):
        raise NotAllowed("nobody decides about themselves or their family", code="related")
