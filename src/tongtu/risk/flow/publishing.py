"""Changed rules: proved at the save, tried in shadow, held against the past, published by two."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongtu.identity.api import STAFF, Approval, Caller, Proposal, Role, allow, propose
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed
from tongtu.risk.files import (
    APPLICATION_RULES,
    FRAUD_RULES,
    OUTSIDE,
    OUTSIDE_RULES,
    STRATEGY,
    TYPOLOGIES,
    load_application_rules,
    load_fraud_rules,
    load_outside,
    load_strategy,
)
from tongtu.risk.model import RuleStatus
from tongtu.risk.store import rule_set as store
from tongtu.risk.store.rule_set import RuleSet
from tongtu.runtime.api import Connection, Event, Runtime, business_date, publish
from tongtu.tables.api import BadTable, rules_root

PUBLISH = "risk.rules_publish"
PUBLISHED = "risk.rules_published"
RULE_FILES = (
    APPLICATION_RULES,
    "application_rules.cases.json",
    FRAUD_RULES,
    "fraud_rules.cases.json",
    OUTSIDE_RULES,
    "outside_rules.cases.json",
    TYPOLOGIES,
    STRATEGY,
)
WHY_MIN, WHY_MAX = 3, 200
_EDITORS = STAFF - {Role.LENDER, Role.REGULATOR, Role.CLERK}


async def save_rules(
    runtime: Runtime, caller: Caller, files: Mapping[str, str], why: str
) -> RuleSet:
    """Keep changed files as a draft, once the golden cases hold over them and the release's rest.

    They are proved before the transaction is opened; the same files again find the draft.

    Raises:
        NotAllowed: neither operator nor analyst.
        BadInput: no such file, no reason; `golden_cases_failed`: the detail names those that do.
    """
    _check_editor(caller)
    if not files or set(files) - set(RULE_FILES):
        raise BadInput(f"rules are changed in {', '.join(RULE_FILES)}")
    if not WHY_MIN <= len(why) <= WHY_MAX:
        raise BadInput(f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted")
    try:
        await asyncio.to_thread(prove_rules, files)
    except BadTable as failed:
        raise BadInput(failed.detail, code="golden_cases_failed") from failed
    except RecursionError as deep:
        raise BadInput("the rules are nested too deep", code="golden_cases_failed") from deep
    content = json.dumps(dict(sorted(files.items())), ensure_ascii=False).encode()
    made = RuleSet(
        hash=hashlib.sha256(content).hexdigest(),
        files=files,
        status=RuleStatus.DRAFT,
        why=why,
        saved_by=caller.subject,
        saved_at=runtime.clock.now(),
        swap=None,
        shadow=None,
        approval=None,
        published_at=None,
    )
    async with runtime.database.transaction() as connection:
        await store.insert(connection, made)
        return await store.find(connection, made.hash)


async def files_in_force(connection: Connection) -> tuple[str | None, dict[str, str]]:
    """Return the published set's hash, None for the release's own rules, and each file's text."""
    published = (await store.rules_standing(connection)).get(RuleStatus.PUBLISHED)
    own = await asyncio.to_thread(_shipped)
    return (None, own) if published is None else (published.hash, own | dict(published.files))


def _shipped() -> dict[str, str]:
    return {name: (rules_root() / name).read_text(encoding="utf-8") for name in RULE_FILES}


def prove_rules(files: Mapping[str, str]) -> None:
    """Load the changed files beside the release's others. Raises BadTable."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in RULE_FILES:
            shutil.copyfile(rules_root() / name, root / name)
        shutil.copytree(rules_root() / OUTSIDE, root / OUTSIDE)
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8")
        load_application_rules(root)
        load_fraud_rules(root)
        load_outside(root)
        load_strategy(root)


async def shadow_rules(connection: Connection, caller: Caller, rules_hash: str) -> RuleSet:
    """Judge every decision by these rules as well from today on; they never act, so one may do it.

    Raises:
        NotAllowed, NotFound.
        Conflict: `no_such_move`: they are published or in shadow already.
    """
    _check_editor(caller)
    await store.lock(connection)
    found = await store.find(connection, rules_hash)
    if found.status in (RuleStatus.PUBLISHED, RuleStatus.SHADOW):
        raise Conflict(f"these rules are {found.status.value}", code="no_such_move")
    first = await business_date(connection)
    await store.to_shadow(connection, rules_hash, {"first": first.isoformat()})
    return await store.find(connection, rules_hash)


async def propose_publication(
    connection: Connection, runtime: Runtime, caller: Caller, rules_hash: str
) -> Approval:
    """Propose that these rules decide.

    Raises:
        NotAllowed, NotFound.
        Conflict: `not_backtested`: nobody has looked whom they would answer otherwise;
            `no_such_move`: they are published.
    """
    found = await store.find(connection, rules_hash)
    _check_publishable(found)
    return await propose(connection, runtime, caller, Proposal(PUBLISH, 0, rules_hash.encode()))


async def publish_rules(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> RuleSet:
    """Allow what another person proposed: the rules decide from the next batch on.

    Raises:
        NotFound, NotAllowed, Conflict: as `allow` and `propose_publication`.
    """
    rules_hash = (await allow(connection, runtime, caller, approval, PUBLISH)).body.decode()
    await store.lock(connection)
    _check_publishable(await store.find(connection, rules_hash))
    at, number = runtime.clock.now(), runtime.ids.new(0)
    await store.publish_set(connection, rules_hash, approval, at)
    told: dict[str, Any] = {"version": 1, "rules": rules_hash}
    await publish(connection, Event(runtime.cell(number), number, PUBLISHED, told, at))
    return await store.find(connection, rules_hash)


def _check_publishable(found: RuleSet) -> None:
    if found.swap is None:
        raise Conflict("hold these rules against stored decisions first", code="not_backtested")
    if found.status is RuleStatus.PUBLISHED:
        raise Conflict("these rules are published", code="no_such_move")


def _check_editor(caller: Caller) -> None:
    if caller.role not in _EDITORS:
        raise NotAllowed("your role may not do this")
