"""A studied model over the platform's own facts: alone and in a batch the same, reasons true."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.conftest import FACTS, PLAIN

from tongtu.kernel.errors import BadInput
from tongtu.risk.api import BadModel, Side, Studied, facts_row, load_studied
from tongtu.risk.bundle import STUDY_FILES, read, save_model, seal
from tongtu.risk.rules.features import FEATURES, UNKNOWN, assemble_row

STUDY = Path(__file__).parents[2] / "data" / "study"
MODEL = load_studied(STUDY)
PARTS = {one.name: one for one in FEATURES}


@given(st.lists(FACTS, min_size=6, max_size=20))
def test_alone_and_in_a_batch_an_application_is_scored_the_same_to_the_bit(people):
    rows = [facts_row(one) for one in people]
    assert MODEL.score_rows(rows) == [MODEL.score_rows([row])[0] for row in rows]


@given(FACTS)
def test_the_reasons_are_the_codes_whose_columns_weigh_most_and_no_other(person):
    row = facts_row(person)
    features = dict(zip(PARTS, assemble_row(row), strict=True))
    cells = [
        one.read(PARTS[one.name].words[features[one.name]])
        if one.ranks
        else one.missing
        if features[one.name] == UNKNOWN
        else one.read(features[one.name])
        for one in MODEL.scorer.columns
    ]
    log_odds, parts = MODEL.scorer.explain(cells)
    lost = {}
    for one, part in zip(MODEL.scorer.columns, parts, strict=True):
        said = PARTS[one.name]
        code = said.reason_unknown if features[one.name] == UNKNOWN else said.reason
        lost[code] = lost.get(code, 0.0) + part
    (scored,) = MODEL.score_rows([row])

    assert sum(parts) + MODEL.scorer.constant == pytest.approx(log_odds, abs=1e-9)
    worst = sorted((part for part in lost.values() if part > 1e-6), reverse=True)[:4]
    assert [lost[code] for code in scored.reasons] == worst


def test_an_unknown_income_is_told_as_unknown_and_a_low_one_as_low():
    unknown, low = (
        MODEL.score_rows([facts_row(PLAIN | {"income_minor": income, "records": True})])[0]
        for income in (None, 150_000)
    )
    assert "income_missing" in unknown.reasons
    assert "income_missing" not in low.reasons
    assert "income_low" in low.reasons


def resealed(folder, change):
    """Write the model with its files changed and sealed anew."""
    files = {name: (STUDY / name).read_bytes() for name in STUDY_FILES[:-1]}
    body = json.loads((STUDY / "manifest.json").read_bytes())
    change(files, body)
    read(files)
    body = {key: value for key, value in body.items() if key not in {"hash", "files"}}
    save_model(folder, files, seal(files, body)[1])
    return folder


@pytest.mark.parametrize(
    ("approve", "decline", "side"),
    [(1.0, None, Side.APPROVE), (None, 0.0, Side.DECLINE), (0.0, 1.0, Side.PERSON)],
)
def test_the_two_lines_leave_what_lies_between_to_a_person(tmp_path, approve, decline, side):
    lines = {"approve": approve, "decline": decline}
    folder = resealed(tmp_path, lambda _, body: body.update(lines=lines))
    assert load_studied(folder).score_rows([facts_row(PLAIN)])[0].side == side.value


def test_a_model_that_reads_what_no_application_has_is_refused_by_name(tmp_path):
    def rename(files, _):
        files["columns.json"] = files["columns.json"].replace(b'"records"', b'"shoe_size"')

    with pytest.raises(BadInput) as refusal:
        load_studied(resealed(tmp_path, rename))
    assert refusal.value.code == "foreign_columns"
    assert "shoe_size" in refusal.value.detail


@pytest.mark.parametrize("name", STUDY_FILES)
def test_one_changed_byte_of_any_file_refuses_the_model(tmp_path, name):
    folder = shutil.copytree(STUDY, tmp_path / "study")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BadModel):
        load_studied(folder)


def test_the_models_know_no_protected_attribute():
    assert isinstance(MODEL, Studied)
    assert not {"age", "sex", "marital"} & {one.name for one in MODEL.scorer.columns}
