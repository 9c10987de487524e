"""Alarms: raised once above a line, cleared when it is quiet again, told as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.risk.rules.drift import ALARM_ABOVE, SCORE, Baseline, Level, Shift, read_baseline
from tongtu.risk.store import registry
from tongtu.risk.store.monitoring import Alarm, clear_alarm, raise_alarm
from tongtu.runtime.api import Connection, Event, Runtime, publish

RAISED, CLEARED = "risk.alarm_raised", "risk.alarm_cleared"


@dataclass(frozen=True, slots=True)
class Reading:
    """A value beside its line: of what, of which model ("" of none), and how loud it is."""

    kind: str
    subject: str
    model: str
    value: float
    line: float
    level: Level


async def baseline_of(connection: Connection, model_hash: str) -> Baseline:
    """Return what a registered model learnt from. Raises NotFound."""
    return read_baseline((await registry.find(connection, model_hash)).manifest)


def readings_of(model: str, shifts: Sequence[Shift]) -> list[Reading]:
    """Return the shifts of a model's score and features as readings."""
    return [
        Reading(
            "score_shift" if shift.name == SCORE else "feature_shift",
            shift.name,
            model,
            shift.value,
            ALARM_ABOVE,
            shift.level,
        )
        for shift in shifts
    ]


async def sound(connection: Connection, runtime: Runtime, readings: Sequence[Reading]) -> None:
    """Raise and clear alarms as the readings say; between loud and quiet all stays as it is."""
    at = runtime.clock.now()
    for one in readings:
        number, topic = runtime.ids.new(0), ""
        if one.level is Level.ALARM:
            alarm = Alarm(number, one.kind, one.subject, one.model, one.value, one.line, at, None)
            topic = RAISED if await raise_alarm(connection, alarm) else ""
        elif one.level is Level.QUIET:
            topic = CLEARED if await clear_alarm(connection, one.kind, one.subject, at) else ""
        if topic:
            told = {"version": 1, "kind": one.kind, "subject": one.subject, "value": one.value}
            event = Event(runtime.cell(number), number, topic, told | {"model": one.model}, at)
            await publish(connection, event)
