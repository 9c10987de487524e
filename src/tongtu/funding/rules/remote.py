"""What a remote lender is asked and may answer: strict forms over the wire, with bounds. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.kernel.money import AMOUNT_MINOR_MAX

ANSWER_BYTES_MAX = 8 * 1024
# More than any law allows: what is above it is a slip, not a price.
RATE_BPS_MAX = 10_000
_Reason = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[a-z0-9_]*$")]


class BadAnswer(BadInput):
    """An answer that is cut, of another request, or says what cannot be."""

    default_code = "bad_answer"


class AskState(StrEnum):
    """How far one request has come."""

    ASKED = "asked"
    OFFERED = "offered"
    DECLINED = "declined"
    AGAINST_LAW = "against_law"  # nothing was sent, or what came may not be shown
    TIMED_OUT = "timed_out"
    CONTRADICTED = "contradicted"  # the lender said two things: nothing is shown any more


class RemoteAsk(msgspec.Struct, frozen=True):
    """What a lender is asked. Credit information is not here: only the reference to it."""

    request: str
    lender: str
    program: str
    product: str
    purpose: str
    amount_minor: int
    tenor_months: int
    credit_reference: str
    answer_by: str


class RemoteAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lender's own decision by its own policy, of which it names the hash."""

    request: Annotated[str, msgspec.Meta(max_length=24)]
    decision: Literal["approve", "decline"]
    policy: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    rate_bps: Annotated[int, msgspec.Meta(ge=1, le=RATE_BPS_MAX)] | None = None
    fee_monthly_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)] = 0
    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MINOR_MAX)] | None = None
    reason: _Reason = ""


class RemoteQuote(msgspec.Struct, frozen=True):
    """A remote lender's yes, in our own words; a smaller amount than asked is its counter-offer."""

    program: ProgramId
    lender: LenderId
    amount_minor: int
    rate_bps: int
    fee_monthly_minor: int


_ask = msgspec.json.Encoder(order="sorted")
_answer = msgspec.json.Decoder(RemoteAnswer)


def write_ask(ask: RemoteAsk) -> bytes:
    """Return the one form of a request: asked again it is the same, byte for byte."""
    return _ask.encode(ask)


def read_answer(body: bytes, request: str, amount_minor: int) -> RemoteAnswer:
    """Return the answer to exactly this request. Raises BadAnswer."""
    if len(body) > ANSWER_BYTES_MAX:
        raise BadAnswer("an answer is too large")
    try:
        answer = _answer.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer("an answer cannot be read") from None
    if answer.request != request:
        raise BadAnswer("an answer is to another request")
    if answer.decision == "approve":
        if answer.rate_bps is None or answer.reason:
            raise BadAnswer("a yes names its rate and no reason")
        if answer.amount_minor is not None and answer.amount_minor > amount_minor:
            raise BadAnswer("nobody is offered more than they asked for")
    elif answer.rate_bps is not None or answer.amount_minor is not None or not answer.reason:
        raise BadAnswer("a no names its reason and no price")
    return answer
