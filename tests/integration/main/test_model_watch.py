"""The server follows the registry: a move decides from the next batch on, a stop at once."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tongtu.identity.api import Caller, Role
from tongtu.main.models import ModelWatch
from tongtu.risk.api import (
    BadModel,
    Status,
    Wanted,
    folder_of,
    make_move,
    propose_move,
    register_study,
    save,
    stop_models,
)
from tongtu.risk.training.artefact import Trained

DATA = Path(__file__).parents[2] / "data"
POINTS_TABLE, STUDY = DATA / "points_table.json", DATA / "study"
STUDY_HASH = json.loads((STUDY / "manifest.json").read_bytes())["hash"]
ANALYST, OPERATOR = Caller(Role.ANALYST, 900, 0, 0), Caller(Role.OPERATOR, 901, 0, 0)


@pytest.fixture
def do(runtime, run):
    def step(flow, *arguments):
        async def work():
            async with runtime.database.transaction() as connection:
                return await flow(connection, *arguments)

        return run(work())

    return step


@pytest.fixture
def watch(runtime, run, do):
    """A watch over a first model, with the small study registered as a draft."""
    table = POINTS_TABLE.read_bytes()
    first = hashlib.sha256(table).hexdigest()
    save(runtime.settings.home, Trained(first, table, {"hash": first}, "# card"))
    shutil.copytree(STUDY, folder_of(runtime.settings.home, STUDY_HASH))
    parts = SimpleNamespace(
        runtime=runtime, pack=SimpleNamespace(id="cn/2026.08"), decisions=None,
        is_stopping_within=asyncio.sleep,
    )  # fmt: skip
    made = ModelWatch(parts)
    run(made.start())
    do(register_study, runtime, STUDY_HASH)
    yield SimpleNamespace(parts=parts, look=lambda: run(made.look()), first=first)
    run(made.stop())


def move(do, runtime, to):
    approval = do(propose_move, runtime, ANALYST, Wanted(STUDY_HASH, to, "as tried"))
    do(make_move, runtime, OPERATOR, approval.id)


def test_a_challenger_and_then_a_champion_are_taken_up_without_a_restart(watch, do, runtime):
    lane = watch.parts.decisions
    assert lane.engine.version.model_hash == watch.first

    move(do, runtime, Status.SHADOW)
    watch.look()
    assert watch.parts.decisions is lane
    assert lane.engine.version.challenger_hash == STUDY_HASH
    first = lane.versions.number

    move(do, runtime, Status.CHAMPION)
    watch.look()
    assert (lane.engine.version.model_hash, lane.engine.version.challenger_hash) == (STUDY_HASH, "")
    assert lane.versions.number != first


def test_a_stop_holds_from_the_look_on_and_no_model_is_loaded_anew_for_it(watch, do, runtime):
    lane = watch.parts.decisions
    engine = lane.engine
    assert not lane.rules_only

    do(stop_models, runtime, OPERATOR, "it drifts")
    watch.look()

    assert lane.rules_only
    assert lane.engine is engine


def test_a_challenger_that_was_changed_on_disk_changes_nothing_but_a_stop_still_holds(
    watch, do, runtime
):
    lane = watch.parts.decisions
    move(do, runtime, Status.SHADOW)
    path = folder_of(runtime.settings.home, STUDY_HASH) / "blend.json"
    path.write_bytes(path.read_bytes().replace(b"0.6", b"0.7"))
    do(stop_models, runtime, OPERATOR, "it drifts")

    with pytest.raises(BadModel):
        watch.look()

    assert lane.engine.version.challenger_hash == ""
    assert lane.rules_only


def test_a_stop_holds_though_the_model_trained_last_cannot_be_read_and_a_start_comes_up(
    watch, do, run, runtime
):
    other = json.dumps(json.loads(POINTS_TABLE.read_bytes())).encode()
    later = hashlib.sha256(other).hexdigest()
    folder = save(runtime.settings.home, Trained(later, other, {"hash": later}, "# card"))
    watch.look()
    # The same table, made by another release: its manifest names other code.
    (folder / "manifest.json").write_text(json.dumps({"hash": later, "code_sha256": "other"}))
    do(stop_models, runtime, OPERATOR, "it drifts")
    watch.look()
    assert watch.parts.decisions.rules_only

    shutil.rmtree(folder)
    again = SimpleNamespace(**vars(watch.parts) | {"decisions": None})
    started = ModelWatch(again)
    run(started.start())
    try:
        assert again.decisions.engine.version.model_hash == watch.first
        assert again.decisions.rules_only
    finally:
        run(started.stop())


def test_a_fault_after_the_commit_is_not_told_as_the_commands_own(watch, do, run, runtime):
    move(do, runtime, Status.SHADOW)
    shutil.rmtree(folder_of(runtime.settings.home, STUDY_HASH))
    do(stop_models, runtime, OPERATOR, "it drifts")

    run(watch.parts.on_models())

    assert watch.parts.decisions.rules_only
    assert watch.parts.decisions.engine.version.challenger_hash == ""
