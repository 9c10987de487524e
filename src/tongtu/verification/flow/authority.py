"""A licensed verifier is asked: intent, commit, call outside every transaction, answer.

What is sent are the person's own words out of the vault; nothing of them is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Runtime
from tongtu.verification.flow.case import add_element, find_open_case
from tongtu.verification.model import Element, Found, KeptElement, Way
from tongtu.verification.rules.answer import BadAnswer, read_answer
from tongtu.verification.store import question as questions

# Each question costs money and tells an authority that somebody asks.
QUESTIONS_MAX = 6


class Service(StrEnum):
    """What an authority is asked to do."""

    THREE_ELEMENTS = "three_elements"  # name, resident id, phone
    FOUR_ELEMENTS = "four_elements"  # and the bank card
    VIDEO = "video"  # it looks at the person itself


WAYS = {
    Service.THREE_ELEMENTS: Way.AUTHORITY,
    Service.FOUR_ELEMENTS: Way.BANK_CARD,
    Service.VIDEO: Way.VIDEO,
}


class NoAnswer(Exception):
    """The other side did not answer in time, or not at all."""


class IdentityAuthority(Protocol):
    """A licensed verifier, as far as the platform knows one."""

    name: str
    is_certified: bool  # licensed to say that it saw a living person

    async def check(self, question: int, service: Service, elements: Mapping[str, str]) -> bytes:
        """Return the answer as it came, its signature checked. Raises NoAnswer, BadAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """A question to be put: in which case, for what, with which elements."""

    case: int
    service: Service
    elements: Mapping[str, str]


async def ask_authority(
    runtime: Runtime, authority: IdentityAuthority, caller: Caller, asking: Asking
) -> KeptElement:
    """Put a question and keep what came as an element of the case.

    Raises:
        NotFound, Conflict: as `find_open_case`; `too_many_tries`.
    """
    async with runtime.database.transaction() as connection:
        case = await find_open_case(connection, runtime, caller, asking.case)
        if await questions.count(connection, case.cell, case.id) >= QUESTIONS_MAX:
            raise Conflict("too many tries; a branch can help", code="too_many_tries")
        number = runtime.ids.new(id_shard(case.party))
        question = questions.Question(
            case.cell, number, case.id, case.party, authority.name, asking.service.value
        )
        await questions.ask(connection, question, runtime.clock.now())
    state, outcome = await _answer(runtime, authority, number, asking)
    is_certified = authority.is_certified and asking.service is Service.VIDEO
    element = Element(
        WAYS[asking.service], outcome, authority.name, is_certified, detail=(f"answer_{state}",)
    )
    async with runtime.database.transaction() as connection:
        case = await find_open_case(connection, runtime, caller, asking.case)
        await questions.answer(connection, question, state, runtime.clock.now())
        return await add_element(connection, runtime, case, element)


async def _answer(
    runtime: Runtime, authority: IdentityAuthority, number: int, asking: Asking
) -> tuple[str, Found]:
    try:
        body = await authority.check(number, asking.service, asking.elements)
        return read_answer(body, number, asking.elements, runtime.clock.now())
    except NoAnswer:
        return "no_answer", Found.UNKNOWN
    except BadAnswer:
        return "malformed", Found.UNKNOWN
