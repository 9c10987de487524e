"""What is read of drawn cards, clean and as a telephone takes them, field by field."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tongtu.simulators.cards.camera import CLEAN, shot_of, take
from tongtu.simulators.cards.card import draw_back, draw_bank_card, draw_front
from tongtu.simulators.cards.people import bank_number, holder
from tongtu.verification.api import (
    Eyes,
    read_back,
    read_bank_card,
    read_front,
    upright,
)

GATED = ("name", "number")


@dataclass(slots=True)
class Tally:
    """How often a field was read right: (right, tried) of clean and of distorted cards."""

    field: str
    clean: tuple[int, int] = field(default=(0, 0))
    distorted: tuple[int, int] = field(default=(0, 0))

    @property
    def is_gated(self) -> bool:
        return self.field in GATED

    @property
    def share(self) -> float:
        tried = self.clean[1] + self.distorted[1]
        return (self.clean[0] + self.distorted[0]) / tried if tried else 0.0

    def add(self, *, is_right: bool, is_clean: bool) -> None:
        right, tried = self.clean if is_clean else self.distorted
        now = right + is_right, tried + 1
        if is_clean:
            self.clean = now
        else:
            self.distorted = now


async def table(holders: int) -> list[Tally]:
    """Return the tallies of so many holders' cards, each clean and distorted."""
    names = ("name", "number", "sex", "nation", "born_on", "address", "bank card", "valid_to")
    tallies = {name: Tally(name) for name in names}
    eyes, pictures, began = Eyes(), 0, time.perf_counter()
    try:
        for n in range(holders):
            for is_clean in (True, False):
                for read in (_front, _bank, _back):
                    if read is _back and n % 4:
                        continue
                    pictures += 1
                    for name, is_right in (await read(eyes, n, is_clean)).items():
                        tallies[name].add(is_right=is_right, is_clean=is_clean)
    finally:
        await eyes.stop()
    took = time.perf_counter() - began
    print(f"\n{pictures} pictures of {holders} holders, {took / pictures:.2f} s each (wall)")
    return list(tallies.values())


async def _lines(eyes: Eyes, card: object, n: int, is_clean: bool) -> object:
    return upright(await eyes.read(take(card, CLEAN if is_clean else shot_of(n))))


async def _front(eyes: Eyes, n: int, is_clean: bool) -> dict[str, bool]:
    who = holder(n)
    read = read_front(await _lines(eyes, draw_front(who, who.number), n, is_clean))
    right = {name: getattr(read, name) == getattr(who, name) for name in
             ("name", "number", "sex", "nation", "address")}  # fmt: skip
    return right | {"born_on": bool(read.born_on) and f"{read.born_on:%Y%m%d}" == who.born}


async def _bank(eyes: Eyes, n: int, is_clean: bool) -> dict[str, bool]:
    number = bank_number(n)
    card = draw_bank_card(number, "WANG XIAOMING", "08/31")
    return {"bank card": read_bank_card(await _lines(eyes, card, n, is_clean)) == number}


async def _back(eyes: Eyes, n: int, is_clean: bool) -> dict[str, bool]:
    who = holder(n)
    read = read_back(await _lines(eyes, draw_back(who), n, is_clean))
    return {"valid_to": bool(read.valid_to) and f"{read.valid_to:%Y%m%d}" == who.valid_to}
