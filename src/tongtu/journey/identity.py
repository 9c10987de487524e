"""A person shows who they are: the name is screened first, so that nobody is decided unscreened."""

from __future__ import annotations

from tongtu.identity.api import Caller, CommandKey, identify, is_identified
from tongtu.risk.api import screen_name
from tongtu.runtime.api import Runtime


async def identify_person(
    runtime: Runtime, caller: Caller, name: str, resident_id: str, key: CommandKey
) -> None:
    """Screen the name against the lists, then record who the caller is, once.

    Raises as `identity.identify` does; a first name's hits stand though it is refused after.
    """
    async with runtime.database.transaction() as connection:
        if not await is_identified(connection, caller):
            await screen_name(connection, runtime, caller.subject, name)
    await identify(runtime, caller, name, resident_id, key)
