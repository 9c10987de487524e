"""GET /v1/decisions/{decision}/lenders/{lender}/proof: that a lender itself answered so.

All that it takes to check it without this platform: the answer's own words, its place and path in
the tree of that lender's answers, the root, and the signatures of root and policy by one key.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import prove_answer
from tongtu.kernel.errors import NotFound, NotReady

LenderName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]


class SignedShown(msgspec.Struct, frozen=True):
    """An Ed25519 signature, by which key, at which second since 1970."""

    key: str
    signed_s: int
    signature: str


class AnswerProved(msgspec.Struct, frozen=True, kw_only=True):
    """The leaf is SHA-256 of `number|lender_number|policy|words`; hashes as RFC 6962, in hex."""

    decision: str
    number: str  # of the decision, as the leaf has it
    lender: str
    lender_number: int
    policy: str
    words: str
    position: int
    path: list[str]
    answers: int
    after: str  # the root's range of decisions begins behind this number
    last: str
    root: str
    root_signed: SignedShown
    policy_signed: SignedShown


@get(
    "/v1/decisions/{decision:str}/lenders/{lender:str}/proof",
    opt=allow(Role.LENDER, Role.OPERATOR, Role.ANALYST, Role.REGULATOR),
)
async def prove_lender_answer(
    decision: FromPath[str], lender: FromPath[LenderName], parts: GivenParts, caller: GivenCaller
) -> AnswerProved:
    """Return the proof of what a lender in process answered; a lender sees its own alone."""
    identifier = read_id(parts, "decision", decision)
    known = {one.id: one.number for one in parts.book.everybody()}
    number = known.get(lender)
    if number is None or (caller.role is Role.LENDER and caller.organisation != number):
        raise NotFound("this lender answered nothing there")
    if parts.decisions is None:
        raise NotReady("answers can be proved in a moment", retry_after_s=5)
    runtime = parts.runtime
    async with runtime.database.reading() as connection:
        cell = runtime.cell(identifier)
        found = await prove_answer(connection, parts.decisions, cell, (identifier, number))
    answer, root, policy = found.answer, found.root, found.policy
    return AnswerProved(
        decision=decision,
        number=str(answer.decision),
        lender=lender,
        lender_number=answer.lender,
        policy=answer.policy_hash,
        words=answer.words,
        position=found.position,
        path=[one.hex() for one in found.path],
        answers=root.answers,
        after=str(root.after_decision),
        last=str(root.last_decision),
        root=root.root.hex(),
        root_signed=SignedShown(root.key, root.signed_s, root.signature),
        policy_signed=SignedShown(policy.key, policy.signed_s, policy.signature),
    )


ROUTES = (prove_lender_answer,)
