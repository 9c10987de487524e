"""Models: which score and which wait; moves by two persons; all stopped by one, at once."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_hash, read_id
from tongtu.channels.rest.proposals import Proposed, ReasonGiven, Why, act_once, propose_once
from tongtu.identity.api import Role
from tongtu.risk.api import (
    Model,
    Status,
    Wanted,
    find_monitoring,
    is_stopped,
    list_alarms,
    list_models,
    make_move,
    moves,
    propose_move,
    propose_resumption,
    register_study,
    resume_models,
    stop_models,
)
from tongtu.runtime.api import Connection

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ModelNamed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A studied model whose files lie in TONGTU_HOME/models."""

    hash: Hash


class MoveAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a model is to go, and why."""

    to: Literal["shadow", "champion", "retired"]
    why: Why


class ModelShown(msgspec.Struct, frozen=True):
    """A model: `metrics` is what its training measured on untouched rows."""

    hash: str
    kind: str
    status: str
    registered_at: dt.datetime
    activated_at: dt.datetime | None
    metrics: dict[str, Any]


class MoveShown(msgspec.Struct, frozen=True):
    """A step of a model; `approval` is null where it followed another step."""

    model: str
    before: str
    after: str
    approval: str | None
    why: str
    at: dt.datetime


class ModelsShown(msgspec.Struct, frozen=True):
    """The newest hundred models and moves, and whether the rules decide alone."""

    is_stopped: bool
    items: list[ModelShown]
    moves: list[MoveShown]
    next: str | None = None


class ShiftShown(msgspec.Struct, frozen=True):
    """How far the score (PSI) or a feature (CSI) moved from what the model learnt from."""

    name: str
    value: float
    level: str


class AlarmShown(msgspec.Struct, frozen=True):
    """Something that moved beyond its line; open until `cleared_at`."""

    kind: str
    subject: str
    model: str
    value: float
    line: float
    raised_at: dt.datetime
    cleared_at: dt.datetime | None


class MonitoringShown(msgspec.Struct, frozen=True):
    """How far the look at the newest decisions is, and what the last one that ended said."""

    began_at: dt.datetime | None
    looked: int
    of: int
    done_at: dt.datetime | None
    shifts: list[ShiftShown]
    report: dict[str, Any]
    alarms: list[AlarmShown]


class SwitchShown(msgspec.Struct, frozen=True):
    """Whether the rules decide alone."""

    is_stopped: bool


@get("/v1/models", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def list_all_models(parts: GivenParts) -> ModelsShown:
    """Return the models with their moves."""
    show = parts.runtime.public.show
    async with parts.runtime.database.reading() as connection:
        models, steps = await list_models(connection), await moves(connection)
        stopped = await is_stopped(connection)
    return ModelsShown(
        stopped,
        [_shown(one) for one in models],
        [
            MoveShown(
                one.model,
                one.before.value,
                one.after.value,
                None if one.approval is None else show("approval", one.approval),
                one.why,
                one.at,
            )
            for one in steps
        ],
    )


@get("/v1/models/monitoring", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def find_model_monitoring(parts: GivenParts) -> MonitoringShown:
    """Return drift, champion beside challenger, calibration by month, and the alarms."""
    async with parts.runtime.database.reading() as connection:
        found, alarms = await find_monitoring(connection), await list_alarms(connection)
    shown = [
        AlarmShown(
            one.kind, one.subject, one.model, one.value, one.line, one.raised_at, one.cleared_at
        )
        for one in alarms
    ]
    if found is None:
        return MonitoringShown(None, 0, 0, None, [], {}, shown)
    report = dict(found.report)
    moved = [ShiftShown(*one) for one in report.pop("shifts", ())]
    return MonitoringShown(
        found.began_at, found.looked, found.of, found.done_at, moved, report, shown
    )


@post(
    "/v1/models",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[ModelNamed],
    return_dto=None,
)
async def register_one_model(
    data: JSONBody[ModelNamed], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ModelShown:
    """Register a studied model as a draft, once all its bytes are as they were written."""

    async def act(connection: Connection) -> ModelShown:
        return _shown(await register_study(connection, parts.runtime, data.hash))

    return await act_once(parts, (caller, command), "register_model", ModelShown, act)


@post(
    "/v1/models/{model:str}/moves",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[MoveAsked],
    return_dto=None,
)
async def propose_one_move(
    model: FromPath[str],
    data: JSONBody[MoveAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Proposed:
    """Propose a model's next place; another person has to allow it within three days."""
    wanted = Wanted(read_hash("model", model), Status(data.to), data.why)

    return await propose_once(
        parts, (caller, command), "propose_model_move",
        lambda connection: propose_move(connection, parts.runtime, caller, wanted),
    )  # fmt: skip


@post(
    "/v1/operations/model-moves/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def make_one_move(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ModelShown:
    """Allow what somebody else proposed: when this answers, the model stands where it was sent."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> ModelShown:
        return _shown(await make_move(connection, parts.runtime, caller, identifier))

    moved = await act_once(parts, (caller, command), "make_model_move", ModelShown, act)
    await parts.on_models()
    return moved


@post(
    "/v1/operations/models/stop",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ReasonGiven],
    return_dto=None,
)
async def stop_all_models(
    data: JSONBody[ReasonGiven], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SwitchShown:
    """Let the rules decide alone: when this answers, no decision here is made by a model."""

    async def act(connection: Connection) -> SwitchShown:
        await stop_models(connection, parts.runtime, caller, data.why)
        return SwitchShown(is_stopped=True)

    shown = await act_once(parts, (caller, command), "stop_models", SwitchShown, act)
    await parts.on_models()
    return shown


@post(
    "/v1/operations/models/resumption",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[ReasonGiven],
    return_dto=None,
)
async def propose_model_resumption(
    data: JSONBody[ReasonGiven], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Proposed:
    """Propose that the models score again; another person has to allow it."""
    return await propose_once(
        parts, (caller, command), "propose_resumption",
        lambda connection: propose_resumption(connection, parts.runtime, caller, data.why),
    )  # fmt: skip


@post(
    "/v1/operations/model-resumptions/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def resume_all_models(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SwitchShown:
    """Allow what somebody else proposed: the models score again."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> SwitchShown:
        await resume_models(connection, parts.runtime, caller, identifier)
        return SwitchShown(is_stopped=False)

    shown = await act_once(parts, (caller, command), "resume_models", SwitchShown, act)
    await parts.on_models()
    return shown


def _shown(model: Model) -> ModelShown:
    told = model.manifest
    metrics = told.get("metrics") or told.get("cross_validated", {}).get("pd", {})
    return ModelShown(
        model.hash, model.kind, model.status.value, model.registered_at, model.activated_at, metrics
    )


ROUTES = (
    list_all_models,
    find_model_monitoring,
    register_one_model,
    propose_one_move,
    make_one_move,
    stop_all_models,
    propose_model_resumption,
    resume_all_models,
)
