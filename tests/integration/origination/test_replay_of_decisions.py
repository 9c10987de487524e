"""A decision comes out again bit for bit, also after everything that decided was replaced."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zstandard
from tests.integration.origination.conftest import STATED
from tests.loaded import POINTS_TABLE

from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import Broken
from tongtu.origination.api import Declared, Sources, load_engine, replay, shipped_sources
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.flow.versions import Versions

STUDY = Path(__file__).parents[2] / "data" / "study"


@pytest.fixture
def decided(house):
    """Apply with these changes; return the decision's id and its answer."""

    def apply(key="apply-00000001", **changes):
        said = {name: changes.pop(name) for name in list(changes) if name in Declared._fields}
        changes["declared"] = STATED._replace(**said)
        answer = json.loads(house.apply(house.borrower(), key=key, **changes).body)
        return house.runtime.public.read("decision", answer["decision"]), answer

    return apply


@pytest.fixture
def upgraded(tmp_path, runtime):
    """Load the engine of another release: a stricter rule, a line of a typology, another model."""
    shipped = shipped_sources(POINTS_TABLE)
    rules = shutil.copytree(shipped.rules, tmp_path / "rules")
    table = json.loads((rules / "application_rules.json").read_text(encoding="utf-8"))
    rows = table["nodes"][1]["content"]["rules"]
    rows.insert(0, {**rows[0], "_id": "RULE-99", "rule": "'RULE-99'", "records": "false",
                    "seniority": "< 60", "severity": "'decline'", "reason": "'short_employment'"})  # fmt: skip
    (rules / "application_rules.json").write_text(json.dumps(table), encoding="utf-8")
    cases = json.loads((rules / "application_rules.cases.json").read_text(encoding="utf-8"))
    (rules / "application_rules.cases.json").write_text(json.dumps(cases[1:2]), encoding="utf-8")
    typologies = (rules / "typologies.toml").read_text(encoding="utf-8")
    (rules / "typologies.toml").write_text(typologies.replace("review_at = 60", "review_at = 61"))
    model = json.loads(POINTS_TABLE.read_text(encoding="utf-8"))
    model["base_points"] = model.get("base_points", 0)
    path = tmp_path / "scorecard.json"
    path.write_text(json.dumps(model, indent=3), encoding="utf-8")
    return load_engine(Sources(shipped.pack, rules, path), runtime.public)


def test_decisions_replay_the_same_after_rules_and_model_were_upgraded(
    house, decided, upgraded, engine, run
):
    old, first = decided()
    lane = decision_lane(house.runtime, upgraded)
    run(lane.start())
    try:
        before, house.decisions = house.decisions, lane
        new, second = decided("apply-00000002", device="other")
        again = {one: run(replay(house.runtime, lane, one)) for one in (old, new)}
        house.decisions = before
    finally:
        run(lane.stop())

    assert (first["outcome"], second["outcome"]) == ("offers", "declined")
    assert [again[one].is_same for one in (old, new)] == [True, True]
    assert [again[one].changed for one in (old, new)] == [(), ()]
    assert again[old].hashes["rules"] == engine.version.rules_hash != upgraded.version.rules_hash
    assert again[old].hashes["model"] == engine.version.model_hash != upgraded.version.model_hash
    assert again[new].hashes["rules"] == upgraded.version.rules_hash
    assert again[new].record.decided.rules_fired == ("RULE-99",)


def packed_again(house, decision, change):
    """Write a decision's record with one value of it changed, packed as the lane packs it."""
    packer = house.decisions.versions.packer
    record, answer = packer.unpack(
        house.value("select record from origination.decision where id = $1", decision)
    )
    values = msgspec.msgpack.decode(record)
    change(values)
    house.execute(
        "update origination.decision set record = $2 where id = $1",
        decision,
        packer.pack(msgspec.msgpack.encode(values), answer),
    )


def set_at(part, place, value):
    def change(values):
        values[part][place] = value

    return change


def test_a_stored_input_that_was_changed_is_told_with_the_fields_that_come_out_otherwise(
    house, decided, run
):
    decision, _ = decided()
    packed_again(house, decision, set_at(1, 9, 50_000))  # income_minor

    again = run(replay(house.runtime, house.decisions, decision))

    assert (again.is_same, again.difference) == (False, "record")
    assert again.changed[0].startswith("record, byte ")
    assert any(line.startswith("decided.outcome: stored offers, again ") for line in again.changed)
    assert again.changed[-1] == "record: not what the transparency log was given"


def test_an_input_that_changes_no_result_is_still_told(house, decided, run):
    decision, _ = decided()
    packed_again(house, decision, set_at(1, 7, 12_345))  # device_hash, which decides nothing

    again = run(replay(house.runtime, house.decisions, decision))

    assert (again.is_same, again.difference) == (False, "leaf")
    assert again.changed == ("record: not what the transparency log was given",)


def test_a_result_that_was_changed_is_named_with_its_byte(house, decided, run):
    decision, _ = decided()
    stored = house.decisions.versions.packer.unpack(
        house.value("select record from origination.decision where id = $1", decision)
    )[0]
    points = msgspec.msgpack.decode(stored)[3][1]
    packed_again(house, decision, set_at(3, 1, points + 1))

    again = run(replay(house.runtime, house.decisions, decision))

    assert again.changed[1] == f"decided.points: stored {points + 1}, again {points}"
    tampered = house.decisions.versions.packer.unpack(
        house.value("select record from origination.decision where id = $1", decision)
    )[0]
    at = next(n for n, (a, b) in enumerate(zip(stored, tampered, strict=True)) if a != b)
    assert again.changed[0] == f"record, byte {at} of {len(stored)}"


def test_a_signal_that_was_changed_is_told(house, decided, run):
    decision, _ = decided()

    def change(values):
        values[4][1][20] = 40  # ring_parties

    packed_again(house, decision, change)

    again = run(replay(house.runtime, house.decisions, decision))

    assert not again.is_same
    assert "decided.outcome: stored offers, again review" in again.changed


def test_a_kept_file_that_was_changed_is_refused_by_name(house, decided, run, engine):
    decision, _ = decided()
    files = msgspec.msgpack.decode(
        zstandard.ZstdDecompressor().decompress(
            house.value("select sources from origination.version"), max_output_size=16_000_000
        )
    )
    files["rules/typologies.toml"] += b"\n"
    house.execute(
        "update origination.version set sources = $1",
        zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(files)),
    )
    house.decisions.versions = Versions(engine, house.runtime.public)  # has no engine at hand

    with pytest.raises(Broken, match="not those that decided: rules"):
        run(replay(house.runtime, house.decisions, decision))


def test_a_version_older_than_the_fraud_rules_is_restored_without_them(house, engine):
    files = msgspec.msgpack.decode(
        zstandard.ZstdDecompressor().decompress(engine.version.sources, max_output_size=16_000_000)
    )
    kept = {name: content for name, content in files.items() if "fraud" not in name}
    packed = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(kept))

    old = restore_engine(packed, house.runtime.public)

    assert old.version.rules_hash != engine.version.rules_hash
    assert (old.version.pack_hash, old.version.book_hash) == (
        engine.version.pack_hash,
        engine.version.book_hash,
    )


def test_decisions_replay_the_same_after_a_challenger_came_and_then_took_the_place(
    house, decided, run
):
    lane, versions = house.decisions, house.decisions.versions
    public, rules = house.runtime.public, shipped_sources(POINTS_TABLE)
    alone, _ = decided()
    run(lane.swap(load_engine(replace(rules, challenger=STUDY), public)))
    beside, _ = decided("apply-00000002", device="other", records=True)
    run(lane.swap(load_engine(replace(rules, scorecard=STUDY), public)))
    after, answer = decided("apply-00000003", device="third")
    # Nothing is in memory any more: each version is made again from its own row.
    lane.versions = Versions(versions.engine, public)

    again = [run(replay(house.runtime, lane, one)) for one in (alone, beside, after)]

    assert [one.changed for one in again] == [(), (), ()]
    assert [one.hashes["challenger"] != "" for one in again] == [False, True, False]
    said = [one.record.decided.challenger for one in again]
    assert [one is None for one in said] == [True, False, True]
    assert said[1].reasons[0] == "negative_records"
    assert again[2].hashes["model"] == again[1].hashes["challenger"]
    assert answer["score"]["points"] == again[2].record.decided.points == 572


def test_a_changed_word_of_the_challenger_is_told(house, decided, run):
    rules = shipped_sources(POINTS_TABLE)
    engine = load_engine(replace(rules, challenger=STUDY), house.runtime.public)
    run(house.decisions.swap(engine))
    decision, _ = decided()

    def change(values):
        values[5][1][0] += 1

    packed_again(house, decision, change)
    again = run(replay(house.runtime, house.decisions, decision))

    assert not again.is_same
    assert any(line.startswith("beside.challenger: stored") for line in again.changed)


def test_while_the_models_are_stopped_rules_decline_and_a_person_gets_the_rest(house, decided, run):
    house.decisions.rules_only = True
    held, answer = decided()
    _, refused = decided("apply-00000002", device="other", income_minor=100_000)
    house.decisions.rules_only = False
    _, scored = decided("apply-00000003", device="third")

    assert (answer["outcome"], [one["code"] for one in answer["reasons"]]) == (
        "review",
        ["model_stopped"],
    )
    assert answer["score"]["points"] == 0
    assert refused["outcome"] == "declined"
    assert scored["outcome"] == "offers"
    again = run(replay(house.runtime, house.decisions, held))
    assert (again.changed, again.record.case.known.rules_only) == ((), True)
