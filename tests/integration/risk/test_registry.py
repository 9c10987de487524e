import hashlib
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.risk.api import (
    BadModel,
    NoModel,
    activate,
    active,
    adopt,
    list_models,
    register,
    save,
)
from tongtu.risk.training.artefact import Trained, canonical

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
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
def do(runtime, run):
    def step(flow, *arguments):
        async def work():
            async with runtime.database.transaction() as connection:
                return await flow(connection, *arguments)

        return run(work())

    return step


def test_before_the_first_model_there_is_nothing_to_adopt(do, tmp_path):
    assert do(adopt, tmp_path, AT) is None
    assert do(list_models) == []


def test_the_first_model_decides_at_once_and_a_later_one_waits_for_a_person(do, tmp_path):
    first, second = trained(), trained(501)
    save(tmp_path, first)
    assert do(adopt, tmp_path, AT).hash == first.hash
    assert do(adopt, tmp_path, AT + timedelta(days=1)).hash == first.hash

    save(tmp_path, second)
    assert do(adopt, tmp_path, AT).hash == first.hash
    assert {model.hash for model in do(list_models)} == {first.hash, second.hash}
    assert do(active).activated_at == AT

    do(activate, second.hash, AT + timedelta(days=2))
    assert do(adopt, tmp_path, AT).hash == second.hash
    assert do(active).activated_at == AT + timedelta(days=2)


def test_a_changed_file_is_neither_activated_nor_decided_with(do, tmp_path):
    model = trained()
    folder = save(tmp_path, model)
    (folder / "scorecard.json").write_text(json.dumps(TABLE | {"base_points": 900}))

    with pytest.raises(BadModel, match="was changed"):
        do(adopt, tmp_path, AT)

    assert do(active) is None
    assert do(list_models) == []


def test_an_active_model_whose_files_are_gone_is_said_to_be_missing(do, tmp_path):
    save(tmp_path / "here", trained())
    do(adopt, tmp_path / "here", AT)

    with pytest.raises(NoModel):
        do(adopt, tmp_path / "elsewhere", AT)


def test_a_model_that_is_not_registered_cannot_decide(do):
    do(register, "a" * 64, {"rows": 1}, AT)
    do(activate, "a" * 64, AT)

    with pytest.raises(NotFound):
        do(activate, "b" * 64, AT)
    assert do(active).hash == "a" * 64


def test_a_hash_stands_for_one_manifest(do):
    kept = do(register, "a" * 64, {"rows": 1}, AT)

    assert do(register, "a" * 64, {"rows": 1}, AT + timedelta(days=1)) == kept
    with pytest.raises(Conflict):
        do(register, "a" * 64, {"rows": 2}, AT)
    assert do(list_models) == [kept]


def test_the_database_itself_holds_one_active_model(do):
    do(register, "a" * 64, {}, AT)
    do(register, "b" * 64, {}, AT)
    do(activate, "a" * 64, AT)

    async def force(connection):
        await connection.execute(
            "update risk.model set is_active = true, activated_at = $1 where hash = $2",
            AT,
            "b" * 64,
        )

    with pytest.raises(asyncpg.UniqueViolationError):
        do(force)
    assert do(active).hash == "a" * 64
