"""Alarms of drift: raised once above the line, cleared well below it, told as events."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.risk.rules.drift import ALARM_ABOVE, SCORE, Baseline, Level, Shift, read_baseline
from tongtu.risk.store import registry
from tongtu.risk.store.monitoring import Alarm, clear_alarm, raise_alarm
from tongtu.runtime.api import Connection, Event, Runtime, publish

RAISED, CLEARED = "risk.alarm_raised", "risk.alarm_cleared"


async def baseline_of(connection: Connection, model_hash: str) -> Baseline:
    """Return what a registered model learnt from. Raises NotFound."""
    return read_baseline((await registry.find(connection, model_hash)).manifest)


async def sound(
    connection: Connection, runtime: Runtime, model: str, shifts: Sequence[Shift]
) -> None:
    """Raise and clear alarms as the shifts say; between the two lines all stays as it is."""
    at = runtime.clock.now()
    for shift in shifts:
        kind = "score_shift" if shift.name == SCORE else "feature_shift"
        number = runtime.ids.new(0)
        topic = ""
        if shift.level is Level.ALARM:
            alarm = Alarm(number, kind, shift.name, model, shift.value, ALARM_ABOVE, at, None)
            topic = RAISED if await raise_alarm(connection, alarm) else ""
        elif shift.level is Level.QUIET:
            topic = CLEARED if await clear_alarm(connection, kind, shift.name, at) else ""
        if topic:
            told = {"version": 1, "kind": kind, "subject": shift.name, "value": shift.value}
            event = Event(runtime.cell(number), number, topic, told | {"model": model}, at)
            await publish(connection, event)
