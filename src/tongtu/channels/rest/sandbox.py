"""The sandbox over HTTP: the form of the real answers, from fixed cases and no data."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.applications import DecisionShown, ReasonShown, ScoreShown
from tongtu.channels.rest.apply import ApplicationAsked
from tongtu.channels.rest.auth import PUBLIC, WRITE, Key, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.headers import bearer_token
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import LenderShown
from tongtu.channels.rest.proposals import act_once
from tongtu.channels.rest.remote_offers import OfferShown, PendingShown
from tongtu.identity.api import Role, once
from tongtu.origination.api import percent_of_bps, percent_of_ppm
from tongtu.partner.api import PENDING, SILENT, Case, Trial, owner_of
from tongtu.runtime.api import Connection
from tongtu.terms.api import quote

PATH = "/v1/sandbox/applications"
LENDERS = (
    LenderShown("sandbox_bank", "沙盒银行", "Sandbox Bank", "bank"),
    LenderShown("sandbox_finance", "沙盒消费金融", "Sandbox Finance", "consumer_finance"),
)
RATES_BPS = (720, 960)
_STEPS = {Case.DECLINE: "declined", Case.REVIEW: "review"}
_REASONS = {Case.DECLINE: "income_low", Case.REVIEW: "bureau_missing"}
_POINTS = {Case.DECLINE: (480, 7), Case.REVIEW: (560, 4)}


class SandboxKeyMade(msgspec.Struct, frozen=True):
    """A key that opens the sandbox and nothing else."""

    key: str
    ends_at: datetime


class SandboxKeysEnded(msgspec.Struct, frozen=True):
    """Keys made by then open nothing any more."""

    ended_at: datetime


class SandboxShown(DecisionShown, frozen=True, kw_only=True):
    """A fixed case, in the form of a real application."""

    is_sandbox: bool
    case: str
    pending: list[PendingShown]


@post("/v1/sandbox/keys", status_code=201, opt=allow_write(Role.LENDER, Role.MERCHANT))
async def make_key(parts: GivenParts, caller: GivenCaller, command: GivenCommand) -> SandboxKeyMade:
    """Get a sandbox key; it holds for 30 days and reaches no real data."""
    owner = owner_of(caller)

    async def effect(connection: Connection) -> bytes:
        return b"%d" % await parts.sandbox.new_key_end(connection, owner)

    ends_s = int(await once(parts.runtime, caller, "sandbox_key", command, effect))
    key = parts.sandbox.key_of(owner, ends_s)
    return SandboxKeyMade(key, datetime.fromtimestamp(ends_s, UTC))


@post(
    "/v1/sandbox/keys/revocation",
    status_code=200,
    opt=allow_write(Role.LENDER, Role.MERCHANT),
)
async def end_keys(
    parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SandboxKeysEnded:
    """End every sandbox key of one's own that was made by now; a new one may be made at once."""

    async def act(connection: Connection) -> SandboxKeysEnded:
        return SandboxKeysEnded(await parts.sandbox.end_keys(connection, owner_of(caller)))

    return await act_once(parts, (caller, command), "end_sandbox_keys", SandboxKeysEnded, act)


@post(
    PATH,
    status_code=201,
    opt={**PUBLIC, WRITE: True},
    dto=StrictBody[ApplicationAsked],
    return_dto=None,
    responses={201: ResponseSpec(SandboxShown, description="Decided by the table")},
)
async def apply_in_sandbox(
    data: JSONBody[ApplicationAsked],
    parts: GivenParts,
    request: Request[Any, Any, Any],
    idempotency_key_text: Key,
) -> SandboxShown:
    """Apply in the sandbox: the amount chooses the case."""
    owner = await parts.sandbox.admit(bearer_token(request.scope["headers"]))
    asked = data.amount_minor, data.tenor_months
    digest = hashlib.sha256(msgspec.json.encode(data)).digest()
    return _shown(parts, parts.sandbox.apply(owner, idempotency_key_text, asked, digest))


@get(f"{PATH}/{{application:str}}", opt=PUBLIC)
async def find_in_sandbox(
    application: FromPath[str], parts: GivenParts, request: Request[Any, Any, Any]
) -> SandboxShown:
    """Look at an application to the sandbox again: a pending offer appears by and by."""
    await parts.sandbox.admit(bearer_token(request.scope["headers"]))
    return _shown(parts, parts.sandbox.find(application))


def _shown(parts: Parts, trial: Trial) -> SandboxShown:
    pack, at = parts.pack, trial.applied_at
    points, band = _POINTS.get(trial.case, (640, 2))
    code = _REASONS.get(trial.case)
    reasons = [] if code is None else [
        ReasonShown(code, pack.reason(code, "zh"), pack.reason(code, "en"))
    ]  # fmt: skip
    step = _STEPS.get(trial.case, "offers")
    return SandboxShown(
        application=trial.name,
        decision=trial.name,
        outcome=step,
        step=step,
        decided_at=at.isoformat(),
        decided_in_us=0,
        score=ScoreShown(points, band),
        reasons=reasons,
        offers=_offers(trial, parts.runtime.clock.now()),
        not_offered=[],
        is_sandbox=True,
        case=trial.case.value,
        pending=_pending(trial, parts.runtime.clock.now()),
    )


def _offers(trial: Trial, now: datetime) -> list[OfferShown]:
    if trial.case in _STEPS:
        return []
    first = _offer(trial, 1, trial.amount_minor)
    if trial.case is Case.APPROVE:
        return [first, _offer(trial, 2, trial.amount_minor)]
    if trial.case is Case.COUNTER_OFFER:
        return [_offer(trial, 2, trial.amount_minor // 2)]
    if trial.case is Case.PENDING and now >= trial.applied_at + PENDING:
        return [first, _offer(trial, 2, trial.amount_minor)]
    return [first]


def _pending(trial: Trial, now: datetime) -> list[PendingShown]:
    waits = {Case.PENDING: PENDING, Case.PENDING_SILENT: SILENT}
    wait = waits.get(trial.case)
    if wait is None or now >= trial.applied_at + wait:
        return []
    return [PendingShown(LENDERS[1], trial.applied_at + SILENT)]


def _offer(trial: Trial, n: int, amount_minor: int) -> OfferShown:
    rate_bps = RATES_BPS[n - 1]
    made = quote(amount_minor, rate_bps, trial.tenor_months)
    return OfferShown(
        n=n,
        lender=LENDERS[n - 1],
        program=f"{LENDERS[n - 1].id}_trial",
        amount_minor=amount_minor,
        tenor_months=trial.tenor_months,
        instalment_minor=made.instalment_minor,
        last_instalment_minor=made.last_minor,
        fee_monthly_minor=0,
        total_minor=made.total_minor,
        cost_minor=made.cost_minor,
        irr12_percent=percent_of_ppm(made.irr12_ppm),
        effective_percent=percent_of_ppm(made.effective_ppm),
        rate_percent=percent_of_bps(rate_bps),
        expires_at=(trial.applied_at + SILENT).isoformat(),
    )


ROUTES = (make_key, end_keys, apply_in_sandbox, find_in_sandbox)
