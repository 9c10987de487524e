"""Whose the joint loans of a close are: reckoned beside payments, put right under the books' lock.

Loan by loan it takes long, so only what was paid since the first look is left for the moment in
which everybody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tongtu.runtime.api import Connection
from tongtu.servicing.flow.chunk import Run, current
from tongtu.servicing.flow.joint import Line, moves
from tongtu.servicing.flow.late import close_alone
from tongtu.servicing.rules.chunk import Fresh, Pair
from tongtu.servicing.rules.sharing import Joint
from tongtu.servicing.store import joint as joint_store
from tongtu.servicing.store import live


@dataclass(slots=True)
class Division:
    """The joint loans of a cell on the day of a run, each as its last look found it."""

    run: Run
    horizon: int | None = None
    parts: dict[int, tuple[Line, ...]] = field(default_factory=dict)
    sums: dict[Pair, list[int]] = field(default_factory=dict)

    async def catch_up(self, connection: Connection) -> None:
        """Divide every joint loan, at first, and then those that have an event since.

        Under the books' lock nothing is left behind.
        """
        cell = self.run.cell
        changed = await live.changed_since(connection, cell, self.horizon)
        if self.horizon is None:
            joints = await joint_store.live(connection, cell)
        else:
            joints = await joint_store.find(connection, cell, changed.loans.tolist())
        self.horizon = changed.horizon
        loans = list(joints)
        for start in range(0, len(loans), live.PAGE):
            page = await live.read_these(connection, cell, loans[start : start + live.PAGE])
            await asyncio.to_thread(self._divide, joints, await current(connection, self.run, page))

    def spread(self, lines: Sequence[Line]) -> list[Line]:
        """Return the close's lines with each joint loan moved from its lead to its payees."""
        return [
            Line(
                line.lender,
                line.product,
                *map(sum, zip(line.figures, self._of(line), strict=True)),
            )
            for line in lines
        ]

    def _of(self, line: Line) -> Sequence[int]:
        return self.sums.get((line.lender, line.product), (0,) * len(line.figures))

    def _divide(self, joints: Mapping[int, Joint], fresh: Fresh) -> None:
        rows = close_alone(self.run, fresh)
        for loan in fresh.loans:
            self._count(self.parts.pop(loan, ()), -1)
            if loan in rows:  # one that is settled has none
                self.parts[loan] = moves(loan, joints[loan], *rows[loan])
                self._count(self.parts[loan], 1)

    def _count(self, lines: Sequence[Line], sign: int) -> None:
        for line in lines:
            so_far = self.sums.setdefault((line.lender, line.product), [0] * len(line.figures))
            for place, figure in enumerate(line.figures):
                so_far[place] += sign * figure
