"""Asking an outside party about a person: consent, law, intent, call, answer; never otherwise.

The intent is committed before the call and the answer after it, and no call is made inside a
transaction. Whatever went wrong is written as what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from tongtu.identity.api import Caller, Scope, list_consents
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import id_shard
from tongtu.policy.api import Finding, Severity
from tongtu.risk.model import Query
from tongtu.risk.store.asking import alone
from tongtu.runtime.api import Connection, Runtime

# So long a query that brought nothing stands as it is: asking again at once costs again.
PACE = timedelta(minutes=10)
# How far the clock of who answers may run ahead of ours.
AHEAD_MAX = timedelta(minutes=10)


class Purpose(StrEnum):
    """What may be asked for; it is told to who is asked, and kept."""

    LOAN_APPLICATION = "loan_application"
    POST_LOAN = "post_loan"


# The same as the law's tables name them.
PURPOSE_IN_LAW = {Purpose.LOAN_APPLICATION: "loan_decision", Purpose.POST_LOAN: "loan_review"}


class NoAnswer(Exception):
    """Who was asked did not answer in time, or not at all."""


class Informant(Protocol):
    """Somebody who is asked about persons, as far as the platform knows them."""

    name: str
    route: str  # as the law's tables name it: licensed_bureau

    async def query(self, query: int, subject: str, purpose: Purpose) -> bytes:
        """Return the answer as it came. Raises NoAnswer.

        `query` is the same when it is asked again; `subject` is the keyed index of the person.
        """
        ...


class Became(Protocol):
    """What became of a query."""

    @property
    def made_at(self) -> datetime | None:
        """When who answered made the answer."""
        ...


A = TypeVar("A", bound=Became)


class Inquiry(Protocol[A]):
    """What differs from one source to another; its rows are its own."""

    informant: Informant
    scope: Scope
    purpose: Purpose
    silence: A  # no answer came
    malformed: A
    blinded: str  # the kind of the subject's index: no two sources can compare theirs

    def check(self, facts: Mapping[str, object]) -> Sequence[Finding]:
        """Return what the law has against asking, by what every query tells and what it adds."""
        ...

    async def held(self, connection: Connection, cell: int, party: int, at: datetime) -> A | None:
        """Return what stands and is young enough not to be asked for again.

        A query of the last moments (`PACE`) stands whatever became of it, or has not yet.
        """
        ...

    async def intend(self, connection: Connection, query: Query) -> A | None:
        """Write the intent; return what stands against asking, written as well, if anything."""
        ...

    def read(self, answer: bytes, query: int, subject: str) -> A:
        """Return what the answer says; one that cannot be read is `malformed`."""
        ...

    async def end(self, connection: Connection, query: Query, said: A, at: datetime) -> None:
        """Write what came, once."""
        ...


async def ask(runtime: Runtime, inquiry: Inquiry[A], caller: Caller) -> A:
    """Ask about the caller, unless what stands is young enough, and keep what was said.

    Raises:
        Refused: code `consent_missing`: the person gave no written consent to this query; or that
            of the law's rule which stands against it. Nobody was asked.
    """
    at, party, cell = runtime.clock.now(), caller.subject, caller.cell
    informant = inquiry.informant
    async with runtime.database.transaction() as connection:
        version = await _consent(connection, caller, inquiry.scope)
        _check_law(inquiry, version)
        await alone(connection, party, informant.name)
        held = await inquiry.held(connection, cell, party, at)
        if held is not None:
            return held
        number = runtime.ids.new(id_shard(party))
        query = Query(cell, number, party, informant.name, inquiry.purpose.value, version, at)
        against = await inquiry.intend(connection, query)
    if against is not None:
        return against
    subject = runtime.keys.blind(inquiry.blinded, str(party)).hex()
    try:
        said = inquiry.read(
            await informant.query(number, subject, inquiry.purpose), number, subject
        )
        if said.made_at is not None and said.made_at > runtime.clock.now() + AHEAD_MAX:
            said = inquiry.malformed
    except NoAnswer:
        said = inquiry.silence
    async with runtime.database.transaction() as connection:
        await inquiry.end(connection, query, said, runtime.clock.now())
    return said


def today(runtime: Runtime) -> date:
    """Return the day whose law and budget a query is asked under."""
    return business_date_of(runtime.clock.now(), runtime.settings.zone)


async def _consent(connection: Connection, caller: Caller, scope: Scope) -> str:
    """Return the version of the live consent. Raises Refused."""
    for one in await list_consents(connection, caller):
        if one.scope is scope:
            return one.version
    raise Refused("nobody is asked about you without your consent", code="consent_missing")


def _check_law(inquiry: Inquiry[A], version: str) -> None:
    """Ask the pack whether this may be asked. Raises Refused."""
    facts = {
        "consent_version": version,
        "query_purpose": PURPOSE_IN_LAW[inquiry.purpose],
        "query_route": inquiry.informant.route,
    }
    for finding in inquiry.check(facts):
        if finding.severity is not Severity.WARN:
            raise Refused(
                f"{inquiry.informant.name} is not asked: {finding.rule}", code=finding.code
            )
