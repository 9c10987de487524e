import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from tongtu.identity.api import Caller, CommandKey, Proposal, Role, propose
from tongtu.journey.api import refuse_deed
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.risk.api import (
    BadModel,
    NoModel,
    Status,
    Wanted,
    active,
    adopt,
    folder_of,
    is_stopped,
    list_models,
    make_move,
    moves,
    propose_move,
    propose_resumption,
    register,
    register_study,
    resume_models,
    save,
    stop_models,
)
from tongtu.risk.training.artefact import Trained, canonical

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
ANALYST = Caller(Role.ANALYST, 900, 0, 0)
OPERATOR = Caller(Role.OPERATOR, 901, 0, 0)
STUDY = Path(__file__).parents[2] / "data" / "study"
STUDY_HASH = json.loads((STUDY / "manifest.json").read_bytes())["hash"]
TABLE = {
    "schema": 1,
    "kind": "points_table",
    "base_points": 500,
    "features": [
        {
            "name": "records",
            "reason": "negative_records",
            "reason_unknown": "missing_fact",
            "average_points": 0,
            "bins": [{"from": None, "points": 0}, {"from": 1, "points": -40}],
        }
    ],
    "pd_ppm": {"from_points": 440, "table": [500_000] * 100},
}


def trained(base_points=500):
    table = canonical(TABLE | {"base_points": base_points})
    model_hash = hashlib.sha256(table).hexdigest()
    return Trained(model_hash, table, {"schema": 1, "hash": model_hash}, "# card")


@pytest.fixture
def home(runtime):
    return runtime.settings.home


@pytest.fixture
def do(runtime, run):
    def step(flow, *arguments):
        async def work():
            async with runtime.database.transaction() as connection:
                return await flow(connection, *arguments)

        return run(work())

    return step


@pytest.fixture
def study(do, home, runtime):
    """Register the small study as a draft, beside a first champion."""
    save(home, trained())
    do(adopt, runtime)
    shutil.copytree(STUDY, folder_of(home, STUDY_HASH))
    return do(register_study, runtime, STUDY_HASH).hash


@pytest.fixture
def move(do, runtime):
    """Propose as one person and allow as another."""

    def go(model, to, maker=ANALYST, checker=OPERATOR):
        approval = do(propose_move, runtime, maker, Wanted(model, to, "as tried"))
        return do(make_move, runtime, checker, approval.id)

    return go


def test_before_the_first_model_there_is_nothing_to_adopt(do, runtime):
    assert do(adopt, runtime) is None
    assert do(list_models) == []


def test_the_first_model_decides_at_once_and_a_later_one_waits_as_a_draft(do, runtime, home):
    first, second = trained(), trained(501)
    save(home, first)
    assert do(adopt, runtime).hashes == (first.hash, "", "")

    save(home, second)
    assert do(adopt, runtime).hashes == (first.hash, "", "")
    stands = {model.hash: model.status for model in do(list_models)}
    assert stands == {first.hash: Status.CHAMPION, second.hash: Status.DRAFT}
    assert [(one.model, one.after) for one in do(moves)] == [(first.hash, Status.CHAMPION)]


def test_a_changed_file_is_neither_activated_nor_decided_with(do, runtime, home):
    folder = save(home, trained())
    (folder / "scorecard.json").write_text(json.dumps(TABLE | {"base_points": 900}))

    with pytest.raises(BadModel, match="was changed"):
        do(adopt, runtime)

    assert do(active) is None
    assert do(list_models) == []


def test_a_first_model_whose_files_are_gone_is_said_to_be_missing(do, runtime, home):
    shutil.rmtree(save(home, trained()))

    with pytest.raises(NoModel):
        do(adopt, runtime)


def test_a_study_goes_from_draft_to_challenger_to_champion_by_two_persons_each_time(
    do, runtime, study, move
):
    former = do(active).hash
    assert move(study, Status.SHADOW).status is Status.SHADOW
    assert do(adopt, runtime).hashes == (former, study, "")
    assert move(study, Status.CHAMPION).status is Status.CHAMPION
    assert do(adopt, runtime).hashes == (study, "", "")

    told = [(one.model, one.before.value, one.after.value) for one in do(moves)]
    assert (former, "champion", "retired") in told
    assert [one.approval is None for one in do(moves) if one.model == study] == [False, False]


def test_nobody_moves_a_model_alone_and_nothing_has_moved(do, runtime, study):
    approval = do(propose_move, runtime, OPERATOR, Wanted(study, Status.SHADOW, "as tried"))

    with pytest.raises(NotAllowed) as refusal:
        do(make_move, runtime, OPERATOR, approval.id)

    assert refusal.value.code == "own_work"
    assert do(adopt, runtime).challenger is None
    do(make_move, runtime, ANALYST, approval.id)
    with pytest.raises(Conflict):
        do(make_move, runtime, ANALYST, approval.id)


@pytest.mark.parametrize("to", [Status.CHAMPION, Status.DRAFT])
def test_a_draft_becomes_no_champion_before_it_scored_beside_one(do, runtime, study, to):
    with pytest.raises(Conflict) as refusal:
        do(propose_move, runtime, ANALYST, Wanted(study, to, "as tried"))
    assert refusal.value.code == "no_such_move"
    assert do(active).hash != study


def test_a_points_table_comes_back_in_a_studys_place_by_two_persons_and_scores_beside_nobody(
    do, runtime, study, move
):
    table = do(active).hash
    move(study, Status.SHADOW)
    move(study, Status.CHAMPION)
    for to in (Status.SHADOW, Status.DRAFT):
        with pytest.raises(Conflict) as refusal:
            do(propose_move, runtime, ANALYST, Wanted(table, to, "back"))
        assert refusal.value.code == "no_such_move"
    assert do(active).hash == study

    approval = do(propose_move, runtime, ANALYST, Wanted(table, Status.CHAMPION, "back"))
    with pytest.raises(NotAllowed):
        do(make_move, runtime, ANALYST, approval.id)
    assert do(active).hash == study
    do(make_move, runtime, OPERATOR, approval.id)

    assert do(active).hash == table
    stands = {model.hash: model.status for model in do(list_models)}
    assert stands[study] is Status.RETIRED


def test_a_champion_cannot_be_taken_away_without_another(do, runtime, study):
    with pytest.raises(Conflict):
        do(propose_move, runtime, ANALYST, Wanted(do(active).hash, Status.RETIRED, "old"))
    assert do(active) is not None


def test_a_study_changed_after_its_proposal_is_refused_at_the_approval(do, runtime, home, study):
    approval = do(propose_move, runtime, ANALYST, Wanted(study, Status.SHADOW, "as tried"))
    path = folder_of(home, study) / "blend.json"
    path.write_bytes(path.read_bytes().replace(b"0.6", b"0.7"))

    with pytest.raises(BadModel, match="was changed"):
        do(make_move, runtime, OPERATOR, approval.id)

    assert do(adopt, runtime).challenger is None


def test_a_folder_with_another_model_is_not_registered(do, runtime, home):
    other = "0" * 64
    shutil.copytree(STUDY, folder_of(home, other))

    with pytest.raises(BadInput) as refusal:
        do(register_study, runtime, other)

    assert refusal.value.code == "other_model"
    assert do(list_models) == []


def test_one_operator_stops_the_models_and_only_two_persons_let_them_go(do, runtime, study):
    with pytest.raises(NotAllowed):
        do(stop_models, runtime, ANALYST, "it drifts")
    assert not do(is_stopped)

    do(stop_models, runtime, OPERATOR, "it drifts")
    assert do(is_stopped)
    assert do(adopt, runtime).is_stopped
    with pytest.raises(Conflict):
        do(stop_models, runtime, OPERATOR, "it drifts")

    approval = do(propose_resumption, runtime, OPERATOR, "mended")
    with pytest.raises(NotAllowed):
        do(resume_models, runtime, OPERATOR, approval.id)
    assert do(is_stopped)
    do(resume_models, runtime, ANALYST, approval.id)
    assert not do(is_stopped)


def test_an_approval_of_another_kind_moves_no_model(do, runtime, study):
    do(stop_models, runtime, OPERATOR, "it drifts")
    approval = do(propose_resumption, runtime, OPERATOR, "mended")

    with pytest.raises(NotFound):
        do(make_move, runtime, ANALYST, approval.id)

    assert do(is_stopped)


def test_a_hash_stands_for_one_manifest(do):
    kept = do(register, "a" * 64, {"rows": 1}, AT)

    assert do(register, "a" * 64, {"rows": 1}, AT) == kept
    with pytest.raises(Conflict):
        do(register, "a" * 64, {"rows": 2}, AT)
    assert do(list_models) == [kept]


@pytest.mark.parametrize("status", ["champion", "shadow"])
def test_the_database_itself_holds_one_champion_and_one_challenger(do, status):
    async def force(connection, model):
        await connection.execute(
            "update risk.model set status = $1 where hash = $2", status, model * 64
        )

    for model in "ab":
        do(register, model * 64, {}, AT)
    do(force, "a")

    with pytest.raises(asyncpg.UniqueViolationError):
        do(force, "b")


def test_what_was_refused_or_is_of_another_kind_moves_no_model(runtime, do, run, home):
    shutil.copytree(STUDY, folder_of(home, STUDY_HASH))
    do(register_study, runtime, STUDY_HASH)
    wanted = Wanted(STUDY_HASH, Status.SHADOW, "as tried")
    refused = do(propose_move, runtime, ANALYST, wanted)
    key = CommandKey("refuse-0000001", b"r" * 32)
    run(refuse_deed(runtime, OPERATOR, refused.id, "the drift report is not done", key))
    other = do(propose, runtime, ANALYST, Proposal("risk.models_resume", 0, b"as tried"))

    with pytest.raises(Conflict):
        do(make_move, runtime, OPERATOR, refused.id)
    with pytest.raises(NotFound):
        do(make_move, runtime, OPERATOR, other.id)

    assert [(one.hash, one.status) for one in do(list_models)] == [(STUDY_HASH, Status.DRAFT)]
    # The refusal of the other kind was undone with its commit: it may still be decided.
    with pytest.raises(Conflict, match="not stopped"):
        do(resume_models, runtime, OPERATOR, other.id)
