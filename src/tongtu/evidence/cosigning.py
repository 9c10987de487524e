"""The worker that shows each new checkpoint to the witnesses; it is final once enough co-sign.

Any number may run: to co-sign the same checkpoint twice does no harm, and the rows meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tongtu.evidence.finality import (
    Stand,
    WitnessStand,
    keep_final,
    keep_stands,
    latest_final,
)
from tongtu.evidence.flow import path_between
from tongtu.evidence.model import Checkpoint
from tongtu.evidence.store import latest
from tongtu.evidence.witness_line import NoWord, WitnessLine
from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import Background, Runtime, gauge, get_logger
from tongtu.witness.api import SEE_FORK, Shown, Why, WitnessKey, cosigned_at, with_lines

# A checkpoint comes each second.
PAUSE_S = 1.0
# One that did not answer is left alone so long, so that it does not slow the others' word.
QUIET = timedelta(seconds=15)
# Asked from the size we know it at, then from the one it says, which its own word may overtake.
TRIES = 3
# No log is larger: what a witness says beyond it is no size.
SIZE_MAX = 2**63 - 1
_SIZE_DIGITS_MAX = len(str(SIZE_MAX))
_OK = 200

log = get_logger("witnesses")


class Cosigning:
    """Gathers co-signatures; `lines` may be set while it runs.

    `on_unwatched` hears of a checkpoint that nobody watches.
    """

    def __init__(
        self, runtime: Runtime, quorum: int, on_unwatched: Callable[[], None] | None = None
    ) -> None:
        self._runtime = runtime
        self._on_unwatched = on_unwatched
        self._quorum = quorum
        self.lines: Sequence[WitnessLine] = ()
        self._known: dict[WitnessKey, int] = {}
        self._quiet_until: dict[WitnessKey, datetime] = {}
        self._told: dict[WitnessKey, Stand] = {}
        self._worker = Background("witnesses", self.step, PAUSE_S)

    async def start(self) -> None:
        """Gather in the background."""
        await self._worker.start()

    async def stop(self) -> None:
        """Stop gathering."""
        await self._worker.stop()

    async def step(self) -> int:
        """Show the newest checkpoint to all; return how many witnesses co-signed it."""
        async with self._runtime.database.reading() as connection:
            point = await latest(connection)
            before = await latest_final(connection)
        if point is None:
            return 0
        if not self.lines:
            if self._on_unwatched is not None:
                self._on_unwatched()
            return 0
        if before is not None and before.size == point.size:
            return len(before.witnesses)
        return await self._gather(point)

    async def _gather(self, point: Checkpoint) -> int:
        words: dict[WitnessKey, str] = {}
        stands: list[WitnessStand] = []
        asked = [asyncio.create_task(self._ask(line, point)) for line in self._asked()]
        try:
            for one in asyncio.as_completed(asked):
                stand, key, word = await one
                stands.append(stand)
                if word is not None:
                    words[key] = word
                    if len(words) == self._quorum:  # who is slow does not hold up the others
                        await self._keep(point, words)
        finally:
            for task in asked:  # when this one is stopped, or a step of it failed
                task.cancel()
        if len(words) > self._quorum:
            await self._keep(point, words)
        self._tell(stands)
        async with self._runtime.database.transaction() as connection:
            await keep_stands(connection, stands)
        return len(words)

    async def _keep(self, point: Checkpoint, words: dict[WitnessKey, str]) -> None:
        note = with_lines(point.note, words.values())
        keys = [key.show() for key in words]
        async with self._runtime.database.transaction() as connection:
            await keep_final(connection, point, note, keys, self._runtime.clock.now())
        gauge("evidence_final_size").set(point.size)

    async def _ask(
        self, line: WitnessLine, point: Checkpoint
    ) -> tuple[WitnessStand, WitnessKey, str | None]:
        """Return how the witness stands, and its signature line when it signs."""
        key, word = line.key, None
        try:
            state, reason, word = await self._show(line, point)
        except NoWord:
            state, reason = Stand.SILENT, "it does not answer"
            self._quiet_until[key] = self._runtime.clock.now() + QUIET
        size = point.size if word is not None else self._known.get(key, 0)
        stand = WitnessStand(key.show(), state, size, self._runtime.clock.now(), reason)
        return stand, key, word

    async def _show(self, line: WitnessLine, point: Checkpoint) -> tuple[Stand, str, str | None]:
        for _ in range(TRIES):
            known = self._known.get(line.key, 0)
            if known > point.size:
                return _ahead(known, point)
            async with self._runtime.database.reading() as connection:
                path = await path_between(connection, known, point.size)
            said = await line.show(Shown(known, tuple(path), point.note))
            if said.status == _OK:
                return self._taken(_word(said.text, point, line.key), line.key, point.size)
            if said.status in {Why.OTHER_STATE, Why.INCONSISTENT} and SEE_FORK in said.text:
                return Stand.SAYS_FORK, "it was shown another history of this log", None
            if said.status != Why.OTHER_STATE:
                return Stand.REFUSES, f"it answers {said.status}", None
            claimed = _size(said.text)
            if claimed > point.size:  # its word alone, so it is asked again from where we know it
                return _ahead(claimed, point)
            self._known[line.key] = claimed
        return Stand.REFUSES, "it stands at another size than it says", None

    def _taken(self, word: str | None, key: WitnessKey, size: int) -> tuple[Stand, str, str | None]:
        if word is None:
            return Stand.REFUSES, "its co-signature is false", None
        self._known[key] = size
        return Stand.CO_SIGNS, "", word

    def _asked(self) -> list[WitnessLine]:
        now = self._runtime.clock.now()
        return [
            line
            for line in self.lines
            if line.key not in self._quiet_until or self._quiet_until[line.key] <= now
        ]

    def _tell(self, stands: Sequence[WitnessStand]) -> None:
        """Log each change once."""
        by_key = {line.key.show(): line.key for line in self.lines}
        for stand in stands:
            key = by_key[stand.key]
            if self._told.get(key, Stand.CO_SIGNS) is not stand.state:
                is_grave = stand.state in {Stand.AHEAD, Stand.SAYS_FORK}
                say = log.error if is_grave else log.warning
                say("witness_stands", witness=key.name, state=stand.state, reason=stand.reason)
            self._told[key] = stand.state
        signing = sum(state is Stand.CO_SIGNS for state in self._told.values())
        gauge("evidence_witnesses_signing").set(signing)


def _ahead(size: int, point: Checkpoint) -> tuple[Stand, str, str | None]:
    return Stand.AHEAD, f"it signed {size} entries, the log has {point.size}", None


def _word(text: str, point: Checkpoint, key: WitnessKey) -> str | None:
    """Return the one signature line of the answer, None when it is not the witness's word."""
    lines = text.splitlines()
    if len(lines) != 1:
        return None
    word = f"{lines[0]}\n"
    try:
        return word if cosigned_at(with_lines(point.note, [word]), key) is not None else None
    except BadInput:
        return None


def _size(text: str) -> int:
    """Return the size a witness says it stands at. Raises NoWord: it says none."""
    told = text.strip()
    if not (told.isascii() and told.isdigit()) or len(told) > _SIZE_DIGITS_MAX:
        raise NoWord
    if int(told) > SIZE_MAX:
        raise NoWord
    return int(told)
