"""Synthetic persons for demonstrations: nobody can have this resident id or this phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.identity.model import VaultKind
from tongtu.identity.rules import (
    RESERVED_PHONE_PREFIX,
    RESERVED_REGION,
    check_character,
    parse_phone,
)
from tongtu.identity.store import party as parties
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Broken, NotFound
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.runtime.api import Runtime

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁"
_GIVEN = "安柏晨舒岚宁朗诗文若溪嘉禾景行知远清和望舒明哲思源"
_AGE_DAYS_MIN = 19 * 366
_AGE_DAYS_SPAN = 42 * 365
_TRIES_MAX = 20


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A synthetic identity, marked as such by its region code."""

    phone: str
    name: str
    resident_id: str


async def new_demo_person(runtime: Runtime) -> DemoPerson:
    """Return a synthetic person whose phone and resident id are not in use.

    Raises:
        NotFound: outside demo mode there is no such thing.
    """
    if not runtime.settings.demo:
        raise NotFound("there is no such thing")
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    for _ in range(_TRIES_MAX):
        person = _draw(runtime, today)
        if not await _is_taken(runtime, person):
            return person
    raise Broken("no free synthetic identity was found")


def _draw(runtime: Runtime, today: date) -> DemoPerson:
    draw = runtime.entropy.digits
    born_on = today - timedelta(days=_AGE_DAYS_MIN + int(draw(9)) % _AGE_DAYS_SPAN)
    body = f"{RESERVED_REGION}{born_on:%Y%m%d}{draw(3)}"
    given = "".join(_GIVEN[int(draw(4)) % len(_GIVEN)] for _ in range(2))
    return DemoPerson(
        phone=RESERVED_PHONE_PREFIX + draw(8),
        name=_SURNAMES[int(draw(4)) % len(_SURNAMES)] + given,
        resident_id=body + check_character(body),
    )


async def _is_taken(runtime: Runtime, person: DemoPerson) -> bool:
    values = {VaultKind.PHONE: parse_phone(person.phone), VaultKind.RESIDENT_ID: person.resident_id}
    async with runtime.database.reading() as connection:
        for kind, value in values.items():
            blind = runtime.keys.blind(kind.value, value)
            cell = cell_of(shard_of(blind), runtime.settings.cells)
            handle = parties.Handle(cell, kind.value, blind)
            if await parties.find_handle(connection, handle) is not None:
                return True
    return False
