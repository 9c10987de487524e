"""A department: what it owns, what waits at it for a second person, and its figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.identity.api import Role, find_figures, list_waiting_of
from tongtu.kernel.errors import NotFound

FIGURES_OF = timedelta(days=7)
INBOX_SHOWN_MAX = 100
Team = Annotated[str | None, QueryParameter(max_length=40, description="one team's work only")]


class WaitingShown(msgspec.Struct, frozen=True):
    """A proposal that nobody has decided; `is_own` ones are for somebody else."""

    approval: str
    operation: str
    team: str | None
    is_own: bool
    proposed_at: datetime
    expires_at: datetime


class FiguresShown(msgspec.Struct, frozen=True):
    """What waits now; what was allowed, refused or left to expire in the last seven days."""

    waiting: int
    oldest_at: datetime | None
    allowed: int
    refused: int
    expired: int
    median_s: int


class DepartmentShown(msgspec.Struct, frozen=True):
    """A department with its teams, the nouns it owns, its inbox (oldest first) and its figures."""

    id: str
    teams: list[str]
    owns: list[str]
    inbox: list[WaitingShown]
    figures: FiguresShown


@get(
    "/v1/departments/{department:str}",
    opt=allow(Role.OPERATOR, Role.ANALYST, Role.CLERK, Role.REGULATOR),
)
async def find_department(
    department: FromPath[str], parts: GivenParts, caller: GivenCaller, team: Team = None
) -> DepartmentShown:
    """Return a department's inbox and figures; with `team`, what is that team's of both."""
    found = next((one for one in parts.organisations if one.id == department and one.inbox), None)
    if found is None or (team is not None and team not in found.teams):
        raise NotFound("there is no such department or team")
    runtime, at = parts.runtime, parts.runtime.clock.now()
    work = [one for one in found.inbox if team is None or found.team_of(one) == team]
    async with runtime.database.reading() as connection:
        figures = await find_figures(connection, work, at, at - FIGURES_OF)
        waiting = await list_waiting_of(connection, work, at, INBOX_SHOWN_MAX)
    show = runtime.public.show
    return DepartmentShown(
        id=found.id,
        teams=list(found.teams),
        owns=sorted({one.noun for one in parts.permissions.values() if one.owner == found.id}),
        inbox=[
            WaitingShown(
                approval=show("approval", one.id),
                operation=one.operation,
                team=found.team_of(one.operation) or None,
                is_own=one.maker == caller.subject,
                proposed_at=one.proposed_at,
                expires_at=one.expires_at,
            )
            for one in waiting
        ],
        figures=msgspec.convert(figures, FiguresShown, from_attributes=True),
    )


ROUTES = (find_department,)
