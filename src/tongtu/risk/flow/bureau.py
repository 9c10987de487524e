"""A person's bureau report: asked with a live written consent, outside every transaction, kept.

A decision that needs a report and finds none goes to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.identity.api import Caller, Scope
from tongtu.policy.api import Finding, Pack
from tongtu.risk.flow.asking import PACE, Informant, Purpose, ask, today
from tongtu.risk.model import Query
from tongtu.risk.rules.bureau import BadReport, Report, made_at, read_report
from tongtu.risk.store import bureau as store
from tongtu.runtime.api import Connection, Runtime

POINT = "bureau.query"
# What is asked for: how the person has paid, and nothing of what is never asked.
DATA_ASKED = ("credit_report",)
# A report younger than this is not asked for again: each query leaves a trace at the bureau.
ASK_AGAIN_DAYS = 1


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of asking: report, no_record, no_answer or malformed."""

    state: str
    report: Report | None

    @property
    def made_at(self) -> datetime | None:
        """When the bureau made the report."""
        return None if self.report is None else made_at(self.report)


async def fetch_report(
    runtime: Runtime, pack: Pack, informant: Informant, caller: Caller, purpose: Purpose
) -> Fetched:
    """Ask the bureau about the caller, unless a report of today stands, and keep what it said.

    Raises:
        Refused: as `ask` does. Nobody was asked.
    """
    return await ask(runtime, _Report(runtime, pack, informant, purpose), caller)


class _Report:
    """A bureau's report as an inquiry."""

    scope = Scope.BUREAU_QUERY
    silence = Fetched("no_answer", None)
    malformed = Fetched("malformed", None)

    def __init__(
        self, runtime: Runtime, pack: Pack, informant: Informant, purpose: Purpose
    ) -> None:
        self.informant, self.purpose = informant, purpose
        self.blinded = f"bureau:{informant.name}"
        self._pack, self._day = pack, today(runtime)

    def check(self, facts: Mapping[str, object]) -> Sequence[Finding]:
        asked = {**facts, "has_consent_bureau_query": True, "data_asked": DATA_ASKED}
        return self._pack.evaluate(POINT, asked, self._day)

    async def held(
        self, connection: Connection, cell: int, party: int, at: datetime
    ) -> Fetched | None:
        held = await store.newest(connection, cell, party, self.informant.name)
        if held is None or (at - held.asked_at).days >= ASK_AGAIN_DAYS:
            return None
        if not held.is_answered and at - held.asked_at >= PACE:
            return None
        return Fetched(held.state or "no_answer", None)

    async def intend(self, connection: Connection, query: Query) -> Fetched | None:
        await store.ask(connection, query)
        return None

    def read(self, answer: bytes, query: int, subject: str) -> Fetched:
        try:
            report = read_report(answer, query, subject)
        except BadReport:
            return self.malformed
        return Fetched("report" if report.has_record else "no_record", report)

    async def end(self, connection: Connection, query: Query, said: Fetched, at: datetime) -> None:
        of = query.cell, query.id, query.party
        await store.answer(connection, of, (said.state, said.report), at)
