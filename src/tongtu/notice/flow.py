"""Sending a notice in the commit of what it tells, and reading the demo's inbox."""

from __future__ import annotations

import json

from tongtu.identity.api import VaultKind, is_synthetic_phone, parse_phone, platform, read_vault
from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.notice import store
from tongtu.notice.model import INBOX_MAX, TEMPLATES, Message, Notice
from tongtu.runtime.api import Connection, Runtime, SealedColumn


async def send(connection: Connection, runtime: Runtime, notice: Notice) -> int:
    """Put a notice into the box, in the caller's transaction, and return its id.

    Raises:
        NotFound: the party has given no phone.
        KeyError: no such template, or a value it needs is missing.
    """
    text = TEMPLATES[notice.template].format_map(notice.values)
    phone = notice.phone or await _phone_of(connection, runtime, notice.party)
    blind = runtime.keys.blind(VaultKind.PHONE.value, phone)
    shard = shard_of(blind)
    identifier = runtime.ids.new(shard)
    content = {"to": phone, "text": text, "code": notice.values.get("code")}
    row = store.BoxRow(
        cell=cell_of(shard, runtime.settings.cells),
        id=identifier,
        party=notice.party,
        address_blind=blind,
        template=notice.template,
        body=runtime.keys.seal(json.dumps(content).encode(), _bound_to(identifier)),
        at=runtime.clock.now(),
    )
    await store.write_notice(connection, row)
    return identifier


async def keep_for_party(connection: Connection, runtime: Runtime, phone: str, party: int) -> None:
    """Let what was sent to a phone be the party's, before the phone may be somebody else's.

    Else neither an export nor an erasure would find it, or that of the phone's next holder would.
    """
    blind = runtime.keys.blind(VaultKind.PHONE.value, phone)
    cell = cell_of(shard_of(blind), runtime.settings.cells)
    await store.name_party(connection, cell, blind, party)


async def read_inbox(connection: Connection, runtime: Runtime, phone: str) -> list[Message]:
    """Return what was sent to a synthetic phone, newest first; the demo's stand-in for a handset.

    Raises:
        NotFound: a number that a person may have, or any outside demo mode.
        BadInput: not a mainland mobile number.
    """
    if not runtime.settings.demo:
        raise NotFound("there is no such thing")
    number = parse_phone(phone)
    if not is_synthetic_phone(number):
        raise NotFound("there is no such thing")
    blind = runtime.keys.blind(VaultKind.PHONE.value, number)
    cell = cell_of(shard_of(blind), runtime.settings.cells)
    rows = await store.latest_notices(connection, cell, blind, INBOX_MAX)
    return [_opened(runtime, row) for row in rows]


def _opened(runtime: Runtime, row: store.BoxRow) -> Message:
    content = json.loads(runtime.keys.open(row.body, _bound_to(row.id)))
    return Message(row.at, content["text"], content["code"])


async def _phone_of(connection: Connection, runtime: Runtime, party: int | None) -> str:
    if party is None:
        raise AssertionError("a notice goes to a party or to a phone")
    kinds = (VaultKind.PHONE,)
    plain = await read_vault(connection, runtime, platform(runtime, party), party, kinds)
    if VaultKind.PHONE not in plain:
        raise NotFound("the party has given no phone")
    return plain[VaultKind.PHONE]


def _bound_to(identifier: int) -> bytes:
    return f"notice:{identifier}".encode()


SEALED = (SealedColumn("notice.box", ("cell", "id"), "body", lambda row: _bound_to(row["id"])),)
