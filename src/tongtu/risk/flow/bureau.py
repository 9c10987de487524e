"""A person's bureau report: asked with a live written consent, outside every transaction, kept.

The intent is committed before the call and the answer after it; whatever went wrong is written as
what it was, and a decision that needs a report and finds none goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from tongtu.identity.api import Caller, Scope, list_consents
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import id_shard
from tongtu.policy.api import Pack, Severity
from tongtu.risk.rules.bureau import BadReport, Report, made_at, read_report
from tongtu.risk.store import bureau as store
from tongtu.runtime.api import Runtime

POINT = "bureau.query"
# What is asked for: how the person has paid, and nothing of what is never asked.
DATA_ASKED = ("credit_report",)
# A report younger than this is not asked for again: each query leaves a trace at the bureau.
ASK_AGAIN_DAYS = 1
# How far a bureau's clock may run ahead of ours.
AHEAD_MAX = timedelta(minutes=10)


class Purpose(StrEnum):
    """What a report may be asked for; it is told to the bureau and kept."""

    LOAN_APPLICATION = "loan_application"
    POST_LOAN = "post_loan"


# The same as the law's tables name them.
_PURPOSE_IN_LAW = {Purpose.LOAN_APPLICATION: "loan_decision", Purpose.POST_LOAN: "loan_review"}


class NoAnswer(Exception):
    """The bureau did not answer in time, or not at all."""


class BureauProvider(Protocol):
    """A bureau, as far as the platform knows one."""

    name: str
    route: str  # as the law's tables name it: licensed_bureau

    async def query(self, query: int, subject: str, purpose: Purpose) -> bytes:
        """Return the report as it came. Raises NoAnswer.

        `query` is the same when it is asked again; `subject` is the keyed index of the person.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of asking: report, no_record, no_answer or malformed."""

    state: str
    report: Report | None


async def fetch_report(
    runtime: Runtime, pack: Pack, provider: BureauProvider, caller: Caller, purpose: Purpose
) -> Fetched:
    """Ask the bureau about the caller, unless a report of today stands, and keep what it said.

    Raises:
        Refused: code `consent_missing`: the person gave no written consent to this query; or that
            of the law's rule which stands against it. Nobody was asked.
    """
    at, party, cell = runtime.clock.now(), caller.subject, caller.cell
    async with runtime.database.transaction() as connection:
        consents = await list_consents(connection, caller)
        live = [one for one in consents if one.scope is Scope.BUREAU_QUERY]
        if not live:
            raise Refused("the bureau is asked with your consent only", code="consent_missing")
        _check_law(runtime, pack, provider, (live[0].version, purpose))
        held = await store.newest(connection, cell, party, provider.name)
        if held is not None and (at - held.asked_at).days < ASK_AGAIN_DAYS and held.is_answered:
            return Fetched(held.state, None)
        query = runtime.ids.new(id_shard(party))
        asked = store.Query(cell, query, party, provider.name, purpose.value, live[0].version, at)
        await store.ask(connection, asked)
    subject = runtime.keys.blind(f"bureau:{provider.name}", str(party)).hex()
    try:
        answer = await provider.query(query, subject, purpose)
        fetched = _read(answer, query, subject)
        if fetched.report is not None and made_at(fetched.report) > runtime.clock.now() + AHEAD_MAX:
            fetched = Fetched("malformed", None)
    except NoAnswer:
        fetched = Fetched("no_answer", None)
    async with runtime.database.transaction() as connection:
        said = fetched.state, fetched.report
        await store.answer(connection, (cell, query, party), said, runtime.clock.now())
    return fetched


def _check_law(
    runtime: Runtime, pack: Pack, provider: BureauProvider, asked: tuple[str, Purpose]
) -> None:
    """Ask the pack whether this bureau may be asked. Raises Refused."""
    version, purpose = asked
    day = business_date_of(runtime.clock.now(), runtime.settings.zone)
    facts = {
        "has_consent_bureau_query": True,
        "consent_version": version,
        "query_purpose": _PURPOSE_IN_LAW[purpose],
        "query_route": provider.route,
        "data_asked": DATA_ASKED,
    }
    for finding in pack.evaluate(POINT, facts, day):
        if finding.severity is not Severity.WARN:
            raise Refused(f"the bureau is not asked: {finding.rule}", code=finding.code)


def _read(answer: bytes, query: int, subject: str) -> Fetched:
    try:
        report = read_report(answer, query, subject)
    except BadReport:
        return Fetched("malformed", None)
    return Fetched("report" if report.has_record else "no_record", report)
