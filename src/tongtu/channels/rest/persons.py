"""Who a person is, for staff: masked at a glance, whole with a reason that the person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody

from tongtu.access.api import disclose_person, show_person
from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.looking import REASON
from tongtu.channels.rest.proposals import Why
from tongtu.identity.api import Role, VaultKind

_ONE = "/v1/persons/{party:str}"
_STAFF = (Role.CLERK, Role.OPERATOR)
Kind = Literal["phone", "name", "resident_id", "address", "card"]


class PersonShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller's role sees of a person; what it does not see, or nobody gave, is absent."""

    phone: str | None = None
    name: str | None = None
    resident_id: str | None = None
    address: str | None = None
    card: str | None = None


class DisclosureAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which kinds are wanted whole, and why."""

    kinds: Annotated[list[Kind], msgspec.Meta(min_length=1, max_length=5)]
    why: Why


@get(_ONE, opt=allow(*_STAFF))
async def show(party: FromPath[str], parts: GivenParts, caller: GivenCaller) -> PersonShown:
    """Return who a person is, masked by the caller's role; the person reads who looked."""
    found = read_id(parts, "party", party)
    return _shown(await show_person(parts.runtime, caller, parts.masking, found))


@post(
    f"{_ONE}/disclosures",
    status_code=200,
    opt=allow(*_STAFF),
    dto=StrictBody[DisclosureAsked],
    return_dto=None,
)
async def disclose(
    party: FromPath[str],
    data: JSONBody[DisclosureAsked],
    request: Request[Any, Any, Any],
    parts: GivenParts,
    caller: GivenCaller,
) -> PersonShown:
    """Return what was asked for whole. The reason stands in the person's log before it leaves.

    No key is asked for: the answer is stored nowhere, and each call is a look of its own.
    """
    found = read_id(parts, "party", party)
    asked = found, [VaultKind(one) for one in dict.fromkeys(data.kinds)]
    plain = await disclose_person(parts.runtime, caller, parts.masking, asked)
    request.scope["state"][REASON] = data.why
    return _shown(plain)


def _shown(found: Mapping[VaultKind, str]) -> PersonShown:
    return PersonShown(**{kind.value: text for kind, text in found.items()})


ROUTES = (show, disclose)
