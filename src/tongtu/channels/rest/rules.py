"""Changed rules: saved when their golden cases hold, tried, held against the past, published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import RULES_PATH, StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_hash, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import Proposed, Why, act_once
from tongtu.identity.api import Role, once_in_steps
from tongtu.kernel.errors import NotReady
from tongtu.origination.api import try_rules
from tongtu.risk.api import (
    RuleSet,
    files_in_force,
    find_rule_set,
    list_rule_sets,
    note_swap,
    propose_publication,
    publish_rules,
    save_rules,
    shadow_rules,
)
from tongtu.runtime.api import Connection

_EDITORS = (Role.OPERATOR, Role.ANALYST)


class RulesAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The files that change, by name, as text; the others are those of the release."""

    files: dict[str, str]
    why: Why


class RulesShown(msgspec.Struct, frozen=True):
    """Changed rules. `swap`: whom they would have answered otherwise; `shadow`: since then."""

    hash: str
    status: str
    files: list[str]
    why: str
    saved_at: dt.datetime
    published_at: dt.datetime | None
    swap: dict[str, Any] | None
    shadow: dict[str, Any] | None


class RuleSetsShown(msgspec.Struct, frozen=True):
    """The newest hundred sets of changed rules."""

    items: list[RulesShown]
    next: str | None = None


class RuleFilesShown(msgspec.Struct, frozen=True):
    """Whole rule files by name; `hash` null: they are the release's own."""

    hash: str | None
    files: dict[str, str]


class PublicationProposed(Proposed, frozen=True):
    """What a second person has to allow, and whom the change would have answered otherwise."""

    swap: dict[str, Any]


@get(RULES_PATH, opt=allow(*_EDITORS, Role.REGULATOR))
async def list_all_rules(parts: GivenParts) -> RuleSetsShown:
    """Return the changed rules."""
    async with parts.runtime.database.reading() as connection:
        return RuleSetsShown([_shown(one) for one in await list_rule_sets(connection)])


@get("/v1/rule-files", opt=allow(*_EDITORS, Role.REGULATOR))
async def find_rules_in_force(parts: GivenParts) -> RuleFilesShown:
    """Return the rule files in force: the release's, with what was published over them."""
    async with parts.runtime.database.reading() as connection:
        return RuleFilesShown(*await files_in_force(connection))


@get("/v1/rules/{rules:str}/files", opt=allow(*_EDITORS, Role.REGULATOR))
async def find_changed_rules(rules: FromPath[str], parts: GivenParts) -> RuleFilesShown:
    """Return the files that a set of rules changes."""
    rules_hash = read_hash("rules", rules)
    async with parts.runtime.database.reading() as connection:
        found = await find_rule_set(connection, rules_hash)
    return RuleFilesShown(found.hash, dict(found.files))


@post(
    RULES_PATH,
    status_code=201,
    opt=allow_write(*_EDITORS),
    dto=StrictBody[RulesAsked],
    return_dto=None,
)
async def save_changed_rules(
    data: JSONBody[RulesAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RulesShown:
    """Keep changed rules as a draft; refused when a golden case does not hold over them."""
    runtime = parts.runtime

    async def effect() -> bytes:
        made = await save_rules(runtime, caller, data.files, data.why)
        return msgspec.json.encode(_shown(made))

    return stored(await once_in_steps(runtime, caller, "save_rules", command, effect), RulesShown)


@post("/v1/rules/{rules:str}/shadow", status_code=201, opt=allow_write(*_EDITORS))
async def try_changed_rules(
    rules: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RulesShown:
    """Judge every decision by these rules as well; they never act, the differences are counted."""
    rules_hash = read_hash("rules", rules)

    async def act(connection: Connection) -> RulesShown:
        return _shown(await shadow_rules(connection, caller, rules_hash))

    return await act_once(parts, (caller, command), "shadow_rules", RulesShown, act)


@post("/v1/rules/{rules:str}/trial", status_code=200, opt=allow_write(*_EDITORS))
async def hold_against_the_past(
    rules: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RulesShown:
    """Decide the last ninety days' applications by these rules, too, and keep who would differ."""
    runtime, rules_hash = parts.runtime, read_hash("rules", rules)
    look = _backtest(parts, rules_hash)

    async def effect() -> bytes:
        swap = await look()
        async with runtime.database.transaction() as connection:
            await note_swap(connection, rules_hash, swap)
            return msgspec.json.encode(_shown(await find_rule_set(connection, rules_hash)))

    return stored(await once_in_steps(runtime, caller, "try_rules", command, effect), RulesShown)


@post("/v1/rules/{rules:str}/publication", status_code=201, opt=allow_write(*_EDITORS))
async def propose_rules(
    rules: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PublicationProposed:
    """Hold the rules against the last ninety days' decisions, then propose that they decide."""
    runtime, rules_hash = parts.runtime, read_hash("rules", rules)
    look = _backtest(parts, rules_hash)

    async def effect() -> bytes:
        swap = await look()
        async with runtime.database.transaction() as connection:
            await note_swap(connection, rules_hash, swap)
            approval = await propose_publication(connection, runtime, caller, rules_hash)
        shown = runtime.public.show("approval", approval.id)
        return msgspec.json.encode(PublicationProposed(shown, swap))

    answer = await once_in_steps(runtime, caller, "propose_rules", command, effect)
    return stored(answer, PublicationProposed)


@post(
    "/v1/operations/rule-publications/{approval:str}/approval",
    status_code=201,
    opt=allow_write(*_EDITORS),
)
async def publish_changed_rules(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RulesShown:
    """Allow what somebody else proposed: when this answers, the rules decide."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> RulesShown:
        return _shown(await publish_rules(connection, parts.runtime, caller, identifier))

    made = await act_once(parts, (caller, command), "publish_rules", RulesShown, act)
    await parts.on_models()
    return made


def _backtest(parts: Parts, rules_hash: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Return what holds stored decisions against changed rules. Raises NotReady: no lane yet."""
    runtime, lane = parts.runtime, parts.decisions
    if lane is None:
        raise NotReady("rules can be tried in a moment", retry_after_s=5)

    async def look() -> dict[str, Any]:
        async with runtime.database.reading() as connection:
            found = await find_rule_set(connection, rules_hash)
        return await try_rules(runtime, lane, found.files)

    return look


def _shown(rules: RuleSet) -> RulesShown:
    return RulesShown(
        hash=rules.hash,
        status=rules.status.value,
        files=sorted(rules.files),
        why=rules.why,
        saved_at=rules.saved_at,
        published_at=rules.published_at,
        swap=None if rules.swap is None else dict(rules.swap),
        shadow=None if rules.shadow is None else dict(rules.shadow),
    )


ROUTES = (
    list_all_rules,
    find_rules_in_force,
    find_changed_rules,
    save_changed_rules,
    try_changed_rules,
    hold_against_the_past,
    propose_rules,
    publish_changed_rules,
)
