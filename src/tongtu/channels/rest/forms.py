"""A form as filled in so far: by its person, and by the clerk whom their own code led to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import fill_in_form, look_at_form
from tongtu.origination.api import Form, FormName, FormValue

OWN = "/v1/me/form"
AT_BRANCH = "/v1/verifications/{verification:str}/form"
FIELDS_MAX = 13


class FieldWritten(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A field and what it shall say; null where it may be left out."""

    name: FormName
    value: FormValue


class FormWritten(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Fields, and the version of the form that their writer saw."""

    base: Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
    fields: Annotated[list[FieldWritten], msgspec.Meta(min_length=1, max_length=FIELDS_MAX)]


class FieldShown(msgspec.Struct, frozen=True):
    """A field as it stands: since which version, when and where it was written."""

    name: str
    value: FormValue
    version: int
    at: dt.datetime
    channel: str


class FormShown(msgspec.Struct, frozen=True):
    """The whole form."""

    version: int
    fields: list[FieldShown]


class FormVersion(msgspec.Struct, frozen=True):
    """How often the form was written."""

    version: int


@get(OWN, opt=allow(Role.BORROWER))
async def find_own_form(parts: GivenParts, caller: GivenCaller) -> FormShown:
    """Return one's own form."""
    return _shown(await look_at_form(parts.runtime, caller, None))


@put(
    OWN,
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[FormWritten],
    return_dto=None,
)
async def fill_in_own_form(
    data: JSONBody[FormWritten],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,  # noqa: ARG001 - the same again writes the same
) -> FormShown:
    """Write fields of one's own form; 409 where somebody else wrote them meanwhile."""
    return _shown(await fill_in_form(parts.runtime, caller, None, _given(data)))


@get(AT_BRANCH, opt=allow(Role.CLERK, Role.OPERATOR))
async def find_form_at_branch(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> FormShown:
    """Return the form of the person before one."""
    case = read_id(parts, "verification", verification)
    return _shown(await look_at_form(parts.runtime, caller, case))


@get(f"{AT_BRANCH}/version", opt=allow(Role.CLERK, Role.OPERATOR))
async def find_form_version(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> FormVersion:
    """Return how often the form was written: asked each second, it shows nobody's data."""
    case = read_id(parts, "verification", verification)
    return FormVersion((await look_at_form(parts.runtime, caller, case)).version)


@put(
    AT_BRANCH,
    status_code=200,
    opt=allow_write(Role.CLERK, Role.OPERATOR),
    dto=StrictBody[FormWritten],
    return_dto=None,
)
async def fill_in_form_at_branch(
    verification: FromPath[str],
    data: JSONBody[FormWritten],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,  # noqa: ARG001 - the same again writes the same
) -> FormShown:
    """Write fields as the person before one says; 409 where they wrote them meanwhile."""
    case = read_id(parts, "verification", verification)
    return _shown(await fill_in_form(parts.runtime, caller, case, _given(data)))


def _given(data: FormWritten) -> tuple[int, dict[str, FormValue]]:
    return data.base, {one.name: one.value for one in data.fields}


def _shown(form: Form) -> FormShown:
    fields = [
        FieldShown(name, one.value, one.version, one.at, one.channel)
        for name, one in sorted(form.fields.items())
    ]
    return FormShown(form.version, fields)


ROUTES = (
    find_own_form,
    fill_in_own_form,
    find_form_at_branch,
    find_form_version,
    fill_in_form_at_branch,
)
