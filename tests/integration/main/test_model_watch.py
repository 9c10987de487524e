"""The server follows the registry: a move decides from the next batch on, a stop at once."""

import asyncio
import hashlib
import json
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import zstandard

from tongtu.identity.api import Caller, Role
from tongtu.journey.api import Asked, apply
from tongtu.kernel.errors import Overloaded
from tongtu.main import models
from tongtu.main.models import LOOK_EVERY_S, MEND_EVERY_S, ModelWatch
from tongtu.origination.api import Declared, replay
from tongtu.risk.api import (
    Status,
    Wanted,
    damaged,
    folder_of,
    list_alarms,
    make_move,
    note_swap,
    propose_move,
    propose_publication,
    publish_rules,
    register_study,
    save,
    save_rules,
    stop_models,
)
from tongtu.risk.training.artefact import Trained
from tongtu.tables.api import rules_root

DATA = Path(__file__).parents[2] / "data"
POINTS_TABLE, STUDY = DATA / "points_table.json", DATA / "study"
STUDY_HASH = json.loads((STUDY / "manifest.json").read_bytes())["hash"]
PERSON = Declared(
    income_minor=1_000_000, expenses_minor=300_000, assets_minor=5_000_000, debt_minor=0,
    price_minor=4_000_000, seniority_years=6, home="owner", job="fixed", records=False,
)  # fmt: skip
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
        runtime=runtime, pack=SimpleNamespace(id="cn/2026.08"), decisions=None, model_faults={},
        arms_of=None,
        is_stopping_within=asyncio.sleep,
    )  # fmt: skip
    made = ModelWatch(parts)
    run(made.start())
    do(register_study, runtime, STUDY_HASH)
    yield SimpleNamespace(parts=parts, look=lambda: run(made.look()), first=first)
    run(made.stop())


async def execute(connection, statement, *values):
    await connection.execute(statement, *values)


def sources(engine):
    """Return the files an engine's version keeps, by name."""
    plain = zstandard.ZstdDecompressor().decompress(
        engine.version.sources, max_output_size=16_000_000
    )
    return msgspec.msgpack.decode(plain)


def decided(run, runtime, parts):
    """Let an identified adult apply; return the answer."""
    party = runtime.ids.new(7)
    parts.bureau, parts.informants = None, {}

    async def work():
        async with runtime.database.transaction() as connection:
            await execute(
                connection,
                "insert into identity.party (cell, id, is_identified, adult_on, consent_mask,"
                " opened_at) values (0, $1, true, '2000-01-01', 1023, $2)",
                party, runtime.clock.now(),
            )  # fmt: skip
        asked = Asked(
            "key-00000001", b"a" * 32, "consumer_cash", 3_000_000, 24, "goods", "device", "", PERSON
        )
        return (await apply(parts, Caller(Role.BORROWER, party, 0, 0), asked)).body

    return run(work())


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


class Told(ModelWatch):
    """A watch that is never due by itself, and says when it has looked."""

    def __init__(self, parts):
        super().__init__(parts)
        self.has_looked, self.has_heeded = asyncio.Event(), asyncio.Event()

    async def _heed_switch(self):
        await super()._heed_switch()
        self.has_heeded.set()

    async def look(self):
        found = await super().look()
        self.has_looked.set()
        return found

    async def until(self, holds):
        async with asyncio.timeout(30):
            while not holds():
                self.has_looked.clear()
                await self.has_looked.wait()


@pytest.fixture
def told(watch, run):
    """Another server over the same registry, whose clock never calls it to look."""
    parts = SimpleNamespace(**vars(watch.parts) | {"decisions": None, "model_faults": {}})
    parts.is_stopping_within = lambda _: asyncio.Event().wait()
    made = Told(parts)
    run(made.start())
    run(made.until(lambda: made._listener.is_hearing))
    yield made, parts
    run(made.stop())


def test_what_another_process_changes_is_heard_of_and_not_waited_for(told, do, run, runtime):
    made, parts = told

    do(stop_models, runtime, OPERATOR, "it drifts")
    run(made.until(lambda: parts.decisions.rules_only))
    move(do, runtime, Status.SHADOW)
    run(made.until(lambda: parts.decisions.engine.version.challenger_hash == STUDY_HASH))


def test_a_stop_holds_at_once_though_another_model_is_loading(told, do, run, runtime, monkeypatch):
    made, parts = told
    began, go, load = threading.Event(), threading.Event(), models.load_standing

    def slowly(*of):
        began.set()
        assert go.wait(60)
        return load(*of)

    monkeypatch.setattr(models, "load_standing", slowly)
    move(do, runtime, Status.SHADOW)

    async def stopped():
        async with asyncio.timeout(30):
            await asyncio.to_thread(began.wait, 30)
            async with runtime.database.transaction() as connection:
                await stop_models(connection, runtime, OPERATOR, "it drifts")
            while not parts.decisions.rules_only:
                made.has_heeded.clear()
                await made.has_heeded.wait()

    try:
        run(stopped())
        assert parts.decisions.engine.version.challenger_hash == ""
    finally:
        go.set()
    run(made.until(lambda: parts.decisions.engine.version.challenger_hash == STUDY_HASH))


def test_a_look_that_failed_is_repeated_soon_and_then_less_often(told, run, runtime, monkeypatch):
    """A passing fault must not leave another model than is registered deciding for half a minute."""
    made, parts = told
    adopt = models.adopt

    async def fails(*_):
        raise Overloaded("away")

    monkeypatch.setattr(models, "adopt", fails)
    pauses = []
    for _ in range(6):
        run(parts.on_models())
        assert not made.is_due()
        pauses.append(0)
        while not made.is_due():
            runtime.clock.advance(timedelta(seconds=1))
            pauses[-1] += 1
    monkeypatch.setattr(models, "adopt", adopt)
    run(parts.on_models())

    assert pauses == [2, 4, 8, 16, 30, 30]
    assert not made.is_due()
    runtime.clock.advance(timedelta(seconds=LOOK_EVERY_S - 1))
    assert not made.is_due()


def test_without_a_word_it_looks_for_another_file_after_half_a_minute_or_when_deaf(
    told, run, runtime
):
    made, _ = told
    current = runtime.settings.home / "models" / "current"
    run(made.look())
    assert not made.is_due()

    current.with_name("new").write_bytes(current.read_bytes())
    current.with_name("new").replace(current)
    assert made.is_due()
    run(made.look())
    assert not made.is_due()

    runtime.clock.advance(timedelta(seconds=LOOK_EVERY_S))
    assert made.is_due()
    run(made.look())
    assert not made.is_due()

    run(made._listener.stop())
    assert made.is_due()


def flip(path):
    """Change one bit of one byte in the middle of a file; return how it was."""
    was = path.read_bytes()
    middle = len(was) // 2
    path.write_bytes(was[:middle] + bytes([was[middle] ^ 1]) + was[middle + 1 :])
    return was


def open_alarms(do):
    return {(one.kind, one.model) for one in do(list_alarms) if one.cleared_at is None}


@pytest.fixture
def start_again(watch, run):
    """Start another server over the same registry and files; each is stopped at the end."""
    started = []

    def go():
        parts = SimpleNamespace(**vars(watch.parts) | {"decisions": None, "model_faults": {}})
        started.append(ModelWatch(parts))
        run(started[-1].start())
        return parts, started[-1]

    yield go
    for one in started:
        run(one.stop())


def test_a_challenger_with_one_changed_byte_is_left_out_at_a_start_and_a_stop_still_holds(
    watch, do, run, runtime, start_again
):
    move(do, runtime, Status.SHADOW)
    was = flip(folder_of(runtime.settings.home, STUDY_HASH) / "challenger.json")

    parts, again = start_again()

    engine = parts.decisions.engine
    assert (engine.version.model_hash, engine.version.challenger_hash) == (watch.first, "")
    assert not parts.decisions.scores_nobody
    assert set(parts.model_faults) == {"challenger"}
    assert open_alarms(do) == {("challenger_unusable", STUDY_HASH)}
    assert damaged(runtime.settings.home) == [STUDY_HASH[:12]]
    do(stop_models, runtime, OPERATOR, "it drifts")
    run(again.look())
    assert parts.decisions.rules_only

    (folder_of(runtime.settings.home, STUDY_HASH) / "challenger.json").write_bytes(was)
    runtime.clock.advance(timedelta(seconds=MEND_EVERY_S))
    run(again.look())
    assert parts.decisions.engine.version.challenger_hash == STUDY_HASH
    assert (parts.model_faults, open_alarms(do)) == ({}, set())


def test_stride_11_a_champion_with_one_changed_byte_scores_nobody_and_a_person_decides(
    watch, do, run, runtime, start_again
):
    was = flip(folder_of(runtime.settings.home, watch.first) / "scorecard.json")

    parts, again = start_again()

    lane = parts.decisions
    assert (lane.scores_nobody, lane.engine.version.model_hash) == (True, "")
    assert open_alarms(do) == {("champion_unusable", watch.first)}
    answer = json.loads(decided(run, runtime, parts))
    assert (answer["outcome"], [one["code"] for one in answer["reasons"]]) == (
        "review", ["model_stopped"],
    )  # fmt: skip
    decision = runtime.public.read("decision", answer["decision"])
    assert run(replay(runtime, lane, decision)).is_same

    (folder_of(runtime.settings.home, watch.first) / "scorecard.json").write_bytes(was)
    runtime.clock.advance(timedelta(seconds=MEND_EVERY_S))
    run(again.look())
    assert (lane.scores_nobody, lane.engine.version.model_hash) == (False, watch.first)
    assert open_alarms(do) == set()


def test_every_byte_of_a_points_table_counts_and_none_decides_under_another_hash(
    watch, do, runtime, start_again
):
    # Still JSON, still a table: only the registered hash tells it from the champion.
    path = folder_of(runtime.settings.home, watch.first) / "scorecard.json"
    path.write_bytes(path.read_bytes() + b"\n")

    parts, _ = start_again()

    assert parts.decisions.scores_nobody
    assert set(parts.model_faults) == {"champion"}


def publish(do, run, runtime, files):
    """Publish changed rules by two persons, as rows: what a release before this one proved."""
    made = run(save_rules(runtime, ANALYST, files, "as tried"))
    do(note_swap, made.hash, {"looked_at": 0})
    approval = do(propose_publication, runtime, ANALYST, made.hash)
    do(publish_rules, runtime, OPERATOR, approval.id)
    return made.hash


def test_rules_whose_golden_cases_fail_over_a_later_release_give_way_to_those_before(
    watch, do, run, runtime, start_again
):
    typologies = (rules_root() / "typologies.toml").read_text(encoding="utf-8")
    good = publish(do, run, runtime, {"typologies.toml": typologies + "\n# the first change\n"})
    bad = publish(do, run, runtime, {"typologies.toml": typologies + "\n# the second change\n"})
    wholly_good, _ = start_again()
    assert wholly_good.model_faults == {}
    # As over a later release whose table answers the first golden case otherwise.
    cases = json.loads((rules_root() / "fraud_rules.cases.json").read_bytes())
    cases[0]["expect"] = [{"rule": "FR-99"}]
    broken = json.dumps({"fraud_rules.cases.json": json.dumps(cases)})
    do(execute, "update risk.rule_set set files = $1::jsonb where hash = $2", broken, bad)

    parts, _ = start_again()

    files = sources(parts.decisions.engine)
    assert b"# the first change" in files["rules/typologies.toml"]
    assert set(parts.model_faults) == {"rules"}
    assert open_alarms(do) == {("rules_unusable", bad)}
    do(execute, "update risk.rule_set set files = $1::jsonb where hash = $2", broken, good)
    bare, _ = start_again()
    assert sources(bare.decisions.engine)["rules/typologies.toml"].decode() == typologies


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
