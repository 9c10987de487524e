"""Forms as filled in so far, one a person."""

from __future__ import annotations

from datetime import date

import msgspec

from tongtu.origination.rules.form import Form, Written
from tongtu.runtime.api import Connection

_FIND = """
select version, fields from origination.form where cell = $1 and party = $2 and kept_until >= $3
"""
_BEGIN = """
insert into origination.form (cell, party, version, fields, kept_until)
values ($1, $2, 0, '{}'::jsonb, $4)
on conflict (cell, party) do update
   set version = 0, fields = excluded.fields, kept_until = excluded.kept_until
 where form.kept_until < $3
"""
_KEEP = """
update origination.form set version = $3, fields = $4::jsonb, kept_until = $5
 where cell = $1 and party = $2
"""
_FIELDS = msgspec.json.Decoder(dict[str, Written])


async def find_form(connection: Connection, of: tuple[int, int], today: date) -> Form:
    """Return the form of a (cell, party); an empty one if none was begun, or its day is over."""
    return _read(await connection.fetchrow(_FIND, *of, today))


async def hold_form(connection: Connection, of: tuple[int, int], days: tuple[date, date]) -> Form:
    """Return a form with its row locked, begun anew if there was none.

    `days`: today, and until when a form that is begun now is kept.
    """
    await connection.execute(_BEGIN, *of, *days)
    return _read(await connection.fetchrow(f"{_FIND.strip()} for update", *of, days[0]))


async def keep_form(connection: Connection, of: tuple[int, int], form: Form, until: date) -> None:
    """Write the form of a (cell, party) whose row is held."""
    fields = msgspec.json.encode(form.fields).decode()
    await connection.execute(_KEEP, *of, form.version, fields, until)


def _read(row: object) -> Form:
    if row is None:
        return Form()
    return Form(row["version"], _FIELDS.decode(row["fields"]))  # type: ignore[index]  # a record
