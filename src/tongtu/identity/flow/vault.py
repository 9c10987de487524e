"""Sealing and opening personal data; every opening leaves a row in the access log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tongtu.identity.model import Caller, Role, VaultKind
from tongtu.identity.store import party as parties
from tongtu.identity.store import vault as store
from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, SealedColumn

# Who may read another person's data in the course of work; each look is logged.
_READERS = frozenset({Role.CLERK, Role.OPERATOR})


class LookInside(NamedTuple):
    """A look at what names a person: by whom, which kinds, when."""

    role: Role
    kinds: tuple[str, ...]
    at: datetime


def platform(runtime: Runtime, party: int) -> Caller:
    """Return the caller the platform's own workers act as when nobody is signed in."""
    return Caller(Role.OPERATOR, 0, 0, runtime.cell(party))


def seal_values(
    runtime: Runtime, party: int, values: Mapping[VaultKind, str]
) -> list[store.Sealed]:
    """Return the values sealed to this party and kind, with their blind indexes."""
    return [
        store.Sealed(
            kind.value,
            runtime.keys.seal(text.encode(), _bound_to(party, kind.value)),
            runtime.keys.blind(kind.value, text),
        )
        for kind, text in values.items()
    ]


async def read_vault(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    party: int,
    kinds: Sequence[VaultKind],
) -> dict[VaultKind, str]:
    """Return the wanted personal data of a party in plain, and log the look.

    Kinds the party has not given are absent from the answer. Write it down nowhere else.

    Raises:
        NotFound: the caller may not see this party, or it is erased and what is left is stored for
            the law alone; it is not told whether it exists.
    """
    cell = runtime.cell(party)
    is_own = caller.role is Role.BORROWER and caller.subject == party
    if not (is_own or caller.role in _READERS):
        raise NotFound("there is no such party")
    # The platform itself (0) may owe such a person a last word, e.g. of money that came back.
    if not is_own and caller.subject and not await parties.is_open(connection, cell, party):
        raise NotFound("there is no such party")
    sealed = await store.find_values(connection, cell, party, [kind.value for kind in kinds])
    await store.log_access(
        connection,
        cell,
        store.Access(
            id=runtime.ids.new(id_shard(party)),
            party=party,
            role=caller.role.value,
            reader=caller.subject,
            kinds=tuple(kind.value for kind in kinds),
            at=runtime.clock.now(),
        ),
    )
    return {
        kind: runtime.keys.open(value.sealed, _bound_to(party, value.kind)).decode()
        for value in sealed
        for kind in (VaultKind(value.kind),)
    }


async def vault_value(
    connection: Connection, runtime: Runtime, party: int, kind: VaultKind
) -> str | None:
    """Return one value of a party in plain, for a change that replaces it; nobody looks at it."""
    found = await store.find_values(connection, runtime.cell(party), party, [kind.value])
    opened = (runtime.keys.open(one.sealed, _bound_to(party, one.kind)).decode() for one in found)
    return next(opened, None)


async def blinds_of(connection: Connection, runtime: Runtime, party: int) -> list[bytes]:
    """Return the keyed hashes of what names a party, under which other rows lie."""
    kinds = [kind.value for kind in VaultKind]
    found = await store.find_values(connection, runtime.cell(party), party, kinds)
    return [one.blind for one in found]


async def list_looks(
    connection: Connection, runtime: Runtime, party: int, limit: int
) -> list[LookInside]:
    """Return the last looks of others into the party's vault and at its documents."""
    found = await store.find_looks(connection, runtime.cell(party), party, limit)
    return [LookInside(Role(role), kinds, at) for role, kinds, at in found]


def _bound_to(party: int, kind: str) -> bytes:
    return f"vault:{party}:{kind}".encode()


SEALED_VALUES = SealedColumn(
    "identity.vault",
    ("cell", "party", "kind"),
    "sealed",
    lambda row: _bound_to(row["party"], row["kind"]),
)
