"""Whoever was given a person's data hears when it was put right, erased, or may be used no more."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from tongtu.identity.store import recipient as store
from tongtu.runtime.api import Connection, Runtime


class Told(StrEnum):
    """What a recipient has to follow."""

    CORRECTED = "corrected"
    ERASED = "erased"
    CONSENT_WITHDRAWN = "consent_withdrawn"


async def note_recipients(
    connection: Connection,
    runtime: Runtime,
    of: tuple[int, int],
    told: tuple[Told, Sequence[str]],
) -> list[int]:
    """Write down which lenders are told, and return those who were not told of this before.

    `of` is (party, cause): the request, or the consent that was withdrawn, whose lender alone is
    told. `told` is what happened and to which kinds of value; never a value.
    """
    (party, cause), (what, kinds) = of, told
    cell = runtime.cell(party)
    if what is Told.CONSENT_WITHDRAWN:
        lender = await store.recipient_of(connection, cell, cause)
        lenders = [lender] if lender else []
    else:
        lenders = await store.recipients_of(connection, cell, party)
    if not lenders:
        return []
    at = runtime.clock.now()
    return await store.note_told(connection, (cell, party, cause), (what, kinds), lenders, at)
