"""What an outside source says of a person: asked with consent, within budget, kept with its age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tongtu.identity.api import Caller
from tongtu.policy.api import Finding, Pack
from tongtu.risk.flow.asking import PACE, Informant, Purpose, ask, today
from tongtu.risk.model import Query
from tongtu.risk.rules.outside import BadAnswer, Heard, OutsideSource, Said, read_answer
from tongtu.risk.store import outside as store
from tongtu.runtime.api import Connection, Runtime

POINT = "outside.query"


async def fetch_outside(
    runtime: Runtime,
    pack: Pack,
    of: tuple[OutsideSource, Informant],
    caller: Caller,
    purpose: Purpose,
) -> Heard:
    """Ask a source about the caller, unless a young answer stands, and keep what it said.

    Raises:
        Refused: as `ask` does. Nobody was asked.
    """
    return await ask(runtime, _Outside(runtime, pack, of, purpose), caller)


class _Outside:
    """An outside source as an inquiry."""

    silence = Heard(Said.NO_ANSWER, None, {})
    malformed = Heard(Said.MALFORMED, None, {})

    def __init__(
        self, runtime: Runtime, pack: Pack, of: tuple[OutsideSource, Informant], purpose: Purpose
    ) -> None:
        self._source, self.informant = of
        self.scope, self.purpose = self._source.scope, purpose
        self.blinded = f"outside:{self._source.id}"
        self._pack, self._day = pack, today(runtime)

    def check(self, facts: Mapping[str, object]) -> Sequence[Finding]:
        source = self._source
        asked = {
            **facts,
            "has_consent_outside_query": True,
            "data_asked": source.data,
            "query_charged_to": source.charged_to,
        }
        return self._pack.evaluate(POINT, asked, self._day)

    async def held(
        self, connection: Connection, cell: int, party: int, at: datetime
    ) -> Heard | None:
        return await store.young(connection, self._source, (cell, party), (at, PACE))

    async def intend(self, connection: Connection, query: Query) -> Heard | None:
        within = await store.ask(connection, self._source, query, self._day)
        return None if within else Heard(Said.OVER_BUDGET, None, {})

    def read(self, answer: bytes, query: int, subject: str) -> Heard:
        try:
            return read_answer(self._source, answer, (query, subject))
        except BadAnswer:
            return self.malformed

    async def end(self, connection: Connection, query: Query, said: Heard, at: datetime) -> None:
        await store.answer(connection, query, said, at)
