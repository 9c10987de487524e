"""Fill in a form at several places: what one wrote is never lost silently to the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict
from tongtu.origination.rules.form import Form, Value, check_value, disputed, rewritten
from tongtu.origination.store import form as store
from tongtu.runtime.api import Connection, Runtime

KEPT = timedelta(days=30)


async def read_form(connection: Connection, runtime: Runtime, party: int) -> Form:
    """Return a person's form as it stands."""
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    return await store.find_form(connection, (runtime.cell(party), party), today)


async def fill_in(
    connection: Connection,
    runtime: Runtime,
    whose: tuple[int, str],
    base: int,
    wished: Mapping[str, Value],
) -> Form:
    """Write fields of a (party, channel) who last saw version `base`; return the form.

    Raises:
        BadInput: a field cannot be that.
        Conflict: `form_changed`; the message names the fields somebody wrote meanwhile, and
            nothing was written.
    """
    for name, value in wished.items():
        check_value(name, value)
    party, channel = whose
    cell, at = runtime.cell(party), runtime.clock.now()
    today = business_date_of(at, runtime.settings.zone)
    until = today + KEPT
    form = await store.hold_form(connection, (cell, party), (today, until))
    if others := disputed(form, base, wished):
        raise Conflict(f"written elsewhere: {', '.join(others)}", code="form_changed")
    filled = rewritten(form, wished.items(), at, channel)
    await store.keep_form(connection, (cell, party), filled, until)
    return filled
