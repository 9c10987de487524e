"""What would have changed a decision, worked out from its record when somebody asks.

It takes some hundred decisions of the engine, so the lane does not do it for each decline: the
record and the files of its version are enough to say it at any later time, and always the same.
So an answer is kept, and however many ask, one thread works at it and few wait.
"""

from __future__ import annotations

import asyncio

from tongtu.kernel.errors import Overloaded
from tongtu.kernel.ids import DecisionId
from tongtu.origination.flow.versions import Engines, Versions
from tongtu.origination.rules.advice import Advice, advise
from tongtu.origination.rules.record import decode
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime

# Each takes about 30 ms, and a second or two more when its version has to be read first.
WAITING_MAX = 16
RETRY_AFTER_S = 2
KEPT_MAX = 1_024


class Counsel:
    """Gives advice about decisions: the versions' work apart lets one think at a time."""

    def __init__(self, runtime: Runtime, versions: Versions) -> None:
        self._runtime, self._versions = runtime, versions
        self._kept: dict[DecisionId, Advice | None] = {}
        self._asked: dict[DecisionId, asyncio.Task[Advice | None]] = {}

    async def find_advice(self, decision: DecisionId) -> Advice | None:
        """Return the smallest allowed change that would have got offers, by what decided then.

        Raises:
            NotFound: no such decision.
            NotReady: its version was registered without its files.
            Overloaded: too many wait.
        """
        if decision in self._kept:
            return self._kept[decision]
        work = self._asked.get(decision)
        if work is None:
            if len(self._asked) >= WAITING_MAX:
                raise Overloaded("too many at once; try again", retry_after_s=RETRY_AFTER_S)
            work = asyncio.create_task(self._work(decision), name=f"advice {decision}")
            self._asked[decision] = work
            work.add_done_callback(lambda _: self._asked.pop(decision, None))
        # A thread cannot be called back: who goes away leaves it its place and its turn.
        return await asyncio.shield(work)

    async def _work(self, decision: DecisionId) -> Advice | None:
        found = await self._find(decision)
        self._keep(decision, found)
        return found

    async def _find(self, decision: DecisionId) -> Advice | None:
        runtime, versions = self._runtime, self._versions
        cell = runtime.cell(decision)
        async with runtime.database.reading() as connection:
            row = await applications.find_decision(connection, cell, decision)
            unpacker = await versions.unpacker_of(connection, row.version)
        record = decode(unpacker.unpack(row.record)[0])

        def work(own: Engines) -> Advice | None:
            engine, case = own[row.version], record.case
            tenors = engine.tenors_of(case.request.product)
            return advise(engine, case, record.business_date, tenors)

        return await versions.work_apart(runtime.database, {row.version}, work)

    def _keep(self, decision: DecisionId, found: Advice | None) -> None:
        if len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]  # the oldest
        self._kept[decision] = found
