"""A person shows who they are: the name is screened first, so that nobody is decided unscreened."""

from __future__ import annotations

from tongtu.identity.api import Caller, CommandKey, identify
from tongtu.risk.api import screen_name
from tongtu.runtime.api import Runtime


async def identify_person(
    runtime: Runtime, caller: Caller, name: str, resident_id: str, key: CommandKey
) -> None:
    """Screen the name against the lists, then record who the caller is.

    Raises as `identity.identify` does; hits that were recorded before a refusal stand.
    """
    async with runtime.database.transaction() as connection:
        await screen_name(connection, runtime, caller.subject, name)
    await identify(runtime, caller, name, resident_id, key)
