"""Who a person is, as a member of staff may see it: masked by role, whole with a reason only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tongtu.access.rules.masking import Masking, masked
from tongtu.identity.api import Caller, VaultKind, is_open_party, read_vault
from tongtu.kernel.errors import NotAllowed, NotFound
from tongtu.runtime.api import Runtime


async def show_person(
    runtime: Runtime, caller: Caller, masking: Masking, party: int
) -> Mapping[VaultKind, str]:
    """Return what the caller's role sees of a person, masked; the look into the vault is kept.

    Raises NotFound: there is no such person.
    """
    kinds = masking.masked.get(caller.role, ())
    plain = await _read(runtime, caller, party, kinds)
    return {kind: masked(kind, text) for kind, text in plain.items()}


async def disclose_person(
    runtime: Runtime, caller: Caller, masking: Masking, asked: tuple[int, Sequence[VaultKind]]
) -> Mapping[VaultKind, str]:
    """Return the asked kinds of a person (party, kinds) whole; the look into the vault is kept.

    Raises:
        NotAllowed: code `not_shown_whole`: a kind that the caller's role never sees whole.
        NotFound: there is no such person.
    """
    party, kinds = asked
    if not set(kinds) <= set(masking.whole.get(caller.role, ())):
        raise NotAllowed("your role does not see that whole", code="not_shown_whole")
    return await _read(runtime, caller, party, kinds)


async def _read(
    runtime: Runtime, caller: Caller, party: int, kinds: Sequence[VaultKind]
) -> Mapping[VaultKind, str]:
    async with runtime.database.transaction() as connection:
        if not await is_open_party(connection, runtime, party):
            raise NotFound("there is no such person")
        return await read_vault(connection, runtime, caller, party, kinds)
