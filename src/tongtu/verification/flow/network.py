"""What a telephone operator says of a number, in the shape of the operators' common interface.

Number verification (本机号码一键认证) and SIM swap are CAMARA's: the number is the one in the
device that holds the operator's token, and its SIM is not a fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Runtime
from tongtu.verification.flow.authority import QUESTIONS_MAX, NoAnswer
from tongtu.verification.flow.case import add_element, find_open_case
from tongtu.verification.model import Element, Found, KeptElement, Way
from tongtu.verification.rules.answer import BadAnswer
from tongtu.verification.rules.level import NUMBER_ELSEWHERE, SIM_SWAPPED
from tongtu.verification.store import question as questions

# A SIM changed within three days is one that a thief may hold (CAMARA counts in hours).
SWAP_HOURS = 72
SERVICE = "number_and_sim"


class NetworkProvider(Protocol):
    """An operator, as far as the platform knows one."""

    name: str

    async def verify_number(self, phone: str, device_token: str) -> bool:
        """Tell whether the number is in the token's device. Raises NoAnswer, BadAnswer."""
        ...

    async def is_swapped(self, phone: str, hours: int) -> bool:
        """Tell whether its SIM changed within so many hours. Raises NoAnswer, BadAnswer."""
        ...


async def ask_network(
    runtime: Runtime, network: NetworkProvider, caller: Caller, case: int, told: tuple[str, str]
) -> KeptElement:
    """Ask the operator of a phone (phone, device token) and keep what it said as an element.

    Raises NotFound, Conflict: as `find_open_case`; `too_many_tries`.
    """
    async with runtime.database.transaction() as connection:
        found = await find_open_case(connection, runtime, caller, case)
        if await questions.count(connection, found.cell, found.id) >= QUESTIONS_MAX:
            raise Conflict("too many tries; a branch can help", code="too_many_tries")
        number = runtime.ids.new(id_shard(found.party))
        question = questions.Question(
            found.cell, number, found.id, found.party, network.name, SERVICE
        )
        await questions.ask(connection, question, runtime.clock.now())
    state, element = await _said(network, told)
    async with runtime.database.transaction() as connection:
        found = await find_open_case(connection, runtime, caller, case)
        await questions.answer(connection, question, state, runtime.clock.now())
        return await add_element(connection, runtime, found, element)


async def swap_signal(network: NetworkProvider | None, phones: Sequence[str]) -> str:
    """Tell of some numbers whether a SIM was changed lately: sim_kept, sim_swapped, sim_unknown.

    Where nobody answers for one of them it is unknown, which is no word for it.
    """
    if network is None:
        return "sim_unknown"
    try:
        swapped = [await network.is_swapped(phone, SWAP_HOURS) for phone in phones]
    except (NoAnswer, BadAnswer):
        return "sim_unknown"
    return SIM_SWAPPED if any(swapped) else "sim_kept"


async def _said(network: NetworkProvider, told: tuple[str, str]) -> tuple[str, Element]:
    try:
        is_here = await network.verify_number(*told)
        is_swapped = await network.is_swapped(told[0], SWAP_HOURS)
    except NoAnswer:
        return "no_answer", Element(Way.PHONE, Found.UNKNOWN, network.name)
    except BadAnswer:
        return "malformed", Element(Way.PHONE, Found.UNKNOWN, network.name)
    signs = ((not is_here, NUMBER_ELSEWHERE), (is_swapped, SIM_SWAPPED))
    words = tuple(word for is_so, word in signs if is_so)
    outcome = Found.PERSON if words else Found.YES
    return "mismatch" if words else "match", Element(Way.PHONE, outcome, network.name, detail=words)
