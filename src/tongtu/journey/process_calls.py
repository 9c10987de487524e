"""What the tasks of process files call, by name: each does a real thing of the platform.

A file that names another call is refused before it is published. `decide` and `decide_again` are
the decision lane's own: a case of origination is opened by the lane, never by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tongtu.identity.api import Caller, Role
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import id_shard
from tongtu.policy.api import Pack
from tongtu.process.api import Bindings, BusinessError, Doing, Inside, Pure
from tongtu.runtime.api import Connection, Event, Runtime, publish
from tongtu.servicing.api import payoff

TOLD = "process.told"
NO_FIGURE = "NO_FIGURE"
CALLS = frozenset({"tell", "answer_by", "pay_off"})
BY_THE_LANE = frozenset({"decide", "decide_again"})
WARNED_BEFORE = timedelta(days=1)
# A legal clock: the pack's parameter, and whether its days are working days.
CLOCKS: Mapping[str, tuple[str, bool]] = {
    "review": ("human_review_days", True),
    "privacy": ("privacy_answer_days", True),
    "dispute": ("dispute_answer_days", False),
    "objection": ("objection_answer_days", False),
}


def process_calls(runtime: Runtime, pack: Pack) -> Bindings:
    """Return what each call does on this platform."""

    def answer_by(doing: Doing) -> Mapping[str, Any]:
        return legal_day(pack, runtime.settings.zone, str(doing.facts["clock"]), doing.at)

    async def tell(connection: Connection, doing: Doing) -> Mapping[str, Any]:
        payload = {"case": doing.case, "process": doing.process, "node": doing.node}
        number = runtime.ids.new(id_shard(doing.case))
        await publish(connection, Event(doing.cell, number, TOLD, payload, doing.at))
        return {}

    async def pay_off(connection: Connection, doing: Doing) -> Mapping[str, Any]:
        return await _figure(connection, runtime, doing)

    return {"answer_by": Pure(answer_by), "tell": Inside(tell), "pay_off": Inside(pay_off)}


def legal_day(pack: Pack, zone: str, clock: str, at: datetime) -> dict[str, str]:
    """Return until when an answer is owed, and when to warn: the end of the pack's last day.

    Raises:
        KeyError: no clock of the law has this name.
    """
    name, in_working_days = CLOCKS[clock]
    today = business_date_of(at, zone)
    days = int(pack.param(name, today))
    last = pack.working_days_after(today, days) if in_working_days else today + timedelta(days)
    until = datetime.combine(last, time(23, 59, 59), ZoneInfo(zone))
    warn_at = max(until - WARNED_BEFORE, at)
    return {"answer_by": until.isoformat(), "warn_at": warn_at.isoformat()}


async def _figure(connection: Connection, runtime: Runtime, doing: Doing) -> Mapping[str, Any]:
    """Return what settles the loan that the case names, today."""
    staff = Caller(Role.OPERATOR, 0, 0, doing.cell)
    try:
        loan = runtime.public.read("loan", str(doing.facts["loan"]))
        found = await payoff(connection, runtime, staff, loan)
        figure = found["quotes"][0]["total_minor"]
    except (NotFound, LookupError, ValueError):
        # No such loan, or one that can no longer be settled: a person looks.
        raise BusinessError(NO_FIGURE) from None
    return {"payoff_minor": figure}
