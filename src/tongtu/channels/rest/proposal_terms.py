"""GET /v1/operations/proposals/{approval}: what a second person is asked to allow.

What a proposal is about is told by its public id; its terms only where they are of the house itself
(limits, periods, models, rules). Of a person's case they are read there, where a look is kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role, look_at_proposal
from tongtu.risk.api import RING_WORD

# Which public id names the subject of an operation; those that are not here have none.
_SUBJECTS = {
    "ruling": "application",
    "second_payout": "application",
    "loan_change": "loan",
    "overdue_pause": "loan",
    "payment_verdict": "payment",
    "merchant_payback": "break",
    "change_facility": "facility",
    "risk.list_remove": "list_entry",
    RING_WORD: "ring",
}
# Operations of the house itself whose body is a JSON object, and those whose body is one word.
_OBJECTS = frozenset(
    {"account_limits", "close_period", "risk.model_move", "loan_import", "access.post", RING_WORD}
)
_WORDS = {
    "risk.rules_publish": "rules",
    "risk.models_resume": "why",
    "resume_router": "why",
}


class ProposalShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed, by whom; `subject` and `terms` as far as they may be told here."""

    approval: str
    operation: str
    state: str
    is_own: bool
    proposed_by: str
    subject: str | None
    terms: dict[str, Any]


@get("/v1/operations/proposals/{approval:str}", opt=allow(Role.OPERATOR, Role.ANALYST, Role.CLERK))
async def find_proposal(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> ProposalShown:
    """Return what somebody proposed."""
    identifier, show = read_id(parts, "approval", approval), parts.runtime.public.show
    async with parts.runtime.database.reading() as connection:
        found = await look_at_proposal(connection, parts.runtime, identifier)
    return ProposalShown(
        approval=approval,
        operation=found.operation,
        state=found.state,
        is_own=found.maker == caller.subject,
        proposed_by=show("staff", found.maker),
        subject=subject_of(parts, found.operation, found.subject),
        terms=terms_of(parts, found.operation, found.body),
    )


def subject_of(parts: Parts, operation: str, subject: int) -> str | None:
    """Return what a proposal is about, by its public id; None where it has none."""
    kind = _SUBJECTS.get(operation)
    return None if kind is None else parts.runtime.public.show(kind, subject)


def terms_of(parts: Parts, operation: str, body: bytes) -> dict[str, Any]:
    """Return the terms of a proposal about the house itself; nothing of a person's case."""
    if name := _WORDS.get(operation):
        return {name: body.decode()}
    if operation not in _OBJECTS:
        return {}
    told: dict[str, Any] = msgspec.json.decode(body)
    if operation == "account_limits":
        told["account"] = parts.runtime.public.show("account", told["account"])
    if operation == RING_WORD:
        told["keys"] = len(told["keys"])  # they are keyed hashes, which say nothing to anybody
    return told


ROUTES = (find_proposal,)
