"""The cn pack: its own examples, its days, its closed refusals, its hash."""

import random
import shutil
from datetime import date

import pytest

from tongtu.kernel.errors import Broken
from tongtu.policy.api import POINTS, BadPack, Finding, Pack, UnknownParameter, pack_root

TODAY = date(2026, 11, 24)
OFFER = {
    "irr12_ppm": 225_287,
    "lender_kind": "microloan",
    "fee_payees": ("guarantor",),
    "listed_from": date(2025, 10, 1),
    "listed_to": date(9999, 12, 31),
    "amount_minor": 1_000_000,
    "exposure_minor": 0,
    "tenor_months": 12,
}
SIGNING = {
    "irr12_ppm": 225_287,
    "lender_kind": "bank",
    "listed_from": date(2025, 10, 1),
    "listed_to": date(9999, 12, 31),
    "reading_seconds": 0,
    "is_cost_confirmed": False,
    "is_lender_decided": True,
    "overdue_rate_ppm": 180_000,
    "is_paper_unchanged": True,
    "is_signer_borrower": True,
    "clauses_acknowledged": ("loan", "cost", "default", "data"),
    "signed_on": date(2026, 11, 24),
    **dict.fromkeys(("offer_total_minor", "table_total_minor", "agreement_total_minor"), 1_066_185),
    **dict.fromkeys(("offer_irr12_ppm", "table_irr12_ppm", "agreement_irr12_ppm"), 225_287),
}


@pytest.fixture(scope="module")
def pack():
    return Pack.load("cn/2026.08")


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(pack_root() / "cn" / "2026.08", tmp_path / "pack")


def rules_of(findings):
    return [finding.rule for finding in findings]


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_rule_of_the_pack_is_proved_both_ways_by_its_own_examples(pack):
    proved = {(example.rule, example.expect) for example in pack.content.examples}

    for rule in pack.content.rules:
        assert {(rule.id, "pass"), (rule.id, "fail")} <= proved


def test_the_pack_holds_every_family_of_the_rule_set(pack):
    families = {rule.id.split(".")[0] for rule in pack.content.rules}

    assert families == {
        *(f"PRICE-0{n}" for n in range(1, 8)), *(f"DISC-0{n}" for n in range(1, 5)),
        *(f"LIMIT-0{n}" for n in range(1, 6)), "ELIG-01", "ELIG-02", "PART-01", "PART-02",
        *(f"PRIV-0{n}" for n in range(1, 6)), "BUR-01", "BUR-02", "BUR-03", "AML-01", "AML-02",
        "SIGN-01", "SIGN-02", *(f"COLL-0{n}" for n in range(1, 5)), "CLASS-01", "ADV-01", "ADV-02",
        "COOL-01", "LOG-01", "FUND-01", "OUT-01", "OUT-02", "OUT-03",
        *(f"LINE-0{n}" for n in range(1, 5)),
    }  # fmt: skip


def test_an_offer_within_every_line_has_no_finding(pack):
    assert pack.evaluate("offer.build", OFFER, TODAY) == ()


def test_an_offer_over_the_cap_is_found_with_its_figures(pack):
    found = pack.evaluate("offer.build", OFFER | {"irr12_ppm": 240_195}, TODAY)

    assert found == (
        Finding(
            "PRICE-01",
            "block",
            "cost_above_cap",
            {"irr12_ppm": 240_195, "lender_kind": "microloan", "all_in_cap_ppm": 240_000},
        ),
    )
    assert pack.explain(found[0], "zh", TODAY) == "综合融资成本年化24.02%，须在规定上限以内"


def test_a_message_takes_its_numbers_from_facts_and_parameters(pack):
    found = pack.evaluate("offer.build", OFFER | {"exposure_minor": 19_500_001}, TODAY)

    assert rules_of(found) == ["LIMIT-01"]
    assert pack.explain(found[0], "en", TODAY) == (
        "195,000.01 yuan now and 10,000 more is above the limit of 200,000"
    )


def test_the_cost_table_rule_begins_on_the_first_of_august(pack):
    assert pack.evaluate("contract.sign", SIGNING, date(2026, 7, 31)) == ()
    assert rules_of(pack.evaluate("contract.sign", SIGNING, date(2026, 8, 1))) == ["DISC-01"]
    read = SIGNING | {"reading_seconds": 10, "is_cost_confirmed": True}
    assert pack.evaluate("contract.sign", read, date(2026, 8, 1)) == ()


@pytest.mark.parametrize("left", ["cost", "default", "data"])
def test_a_contract_with_a_clause_that_nobody_acknowledged_is_not_signed(pack, left):
    ready = SIGNING | {"reading_seconds": 10, "is_cost_confirmed": True}
    ticked = tuple(one for one in SIGNING["clauses_acknowledged"] if one != left)

    found = pack.evaluate("contract.sign", ready | {"clauses_acknowledged": ticked}, TODAY)
    assert rules_of(found) == ["SIGN-02"]
    assert pack.evaluate("contract.sign", ready, TODAY) == ()


def test_the_white_list_is_judged_on_the_day_of_signing(pack):
    ready = SIGNING | {"reading_seconds": 10, "is_cost_confirmed": True, "listed_to": TODAY}

    assert pack.evaluate("contract.sign", ready, TODAY) == ()
    assert rules_of(pack.evaluate("contract.sign", ready, date(2026, 11, 25))) == ["PART-01"]


def test_four_times_the_lpr_binds_microloans_from_2028(pack):
    assert pack.evaluate("offer.build", OFFER, date(2027, 12, 31)) == ()
    assert rules_of(pack.evaluate("offer.build", OFFER, date(2028, 1, 1))) == ["PRICE-02"]


@pytest.mark.parametrize("name", list(OFFER))
@pytest.mark.parametrize("value", [None, 1.5, float("nan"), [1], "absent"])
def test_a_fact_that_is_absent_or_of_another_type_is_a_finding(pack, name, value):
    if value == "absent":
        facts = {key: one for key, one in OFFER.items() if key != name}
    else:
        facts = OFFER | {name: value}

    found = pack.evaluate("offer.build", facts, TODAY)

    assert found
    assert {(one.code, one.severity.value) for one in found} == {("missing_fact", "block")}
    assert all(one.facts == {"missing": name} for one in found)


def test_a_bool_is_no_number(pack):
    found = pack.evaluate("offer.build", OFFER | {"irr12_ppm": True}, TODAY)

    assert [one.code for one in found] == ["missing_fact"]


def test_an_unknown_income_sends_to_a_person_and_refuses_nobody(pack):
    found = pack.evaluate("decision.final", {"dsr_ppm": None, "outcome": "offers"}, TODAY)

    assert [(one.rule, one.severity.value) for one in found] == [
        ("LIMIT-04", "hold"),
        ("LIMIT-04.review", "hold"),
    ]


def test_a_fact_a_rule_does_not_concern_may_be_absent(pack):
    assert pack.evaluate("decision.final", {"dsr_ppm": 1, "outcome": "offers"}, TODAY) == ()
    declined = pack.evaluate("decision.final", {"dsr_ppm": 1, "outcome": "declined"}, TODAY)
    assert [(one.rule, one.code) for one in declined] == [("ADV-01", "missing_fact")]


def test_no_rules_are_in_force_before_the_packs_first_day(pack):
    found = pack.evaluate("offer.build", OFFER, date(2025, 9, 30))

    assert [(one.rule, one.severity.value, one.code) for one in found] == [
        ("PACK", "block", "pack_not_in_force")
    ]


def test_every_point_answers_empty_facts_and_an_unknown_point_is_a_fault(pack):
    for point in POINTS:
        found = pack.evaluate(point, {}, TODAY)
        assert {one.code for one in found} <= {"missing_fact"}
        assert bool(found) == bool(pack.rules(point, TODAY))
    with pytest.raises(Broken):
        pack.evaluate("offer.make", OFFER, TODAY)


def test_no_facts_make_the_pack_fail(pack):
    draw = random.Random(20261124)
    values = [
        None,
        0,
        -1,
        10**30,
        True,
        False,
        "",
        "bank",
        TODAY,
        (),
        ("platform",),
        [None],
        0.5,
        {},
    ]

    for _ in range(1_500):
        facts = {name: draw.choice(values) for name in pack.content.facts}
        for point in POINTS:
            for finding in pack.evaluate(point, facts, TODAY):
                assert pack.explain(finding, draw.choice(["zh", "en"]), TODAY)


def test_every_code_has_a_text_in_both_languages(pack):
    for code in pack.reason_codes:
        assert pack.reason(code, "zh") != pack.reason(code, "en")
    with pytest.raises(Broken):
        pack.reason("internal_standard", "zh")
    assert pack.reason_of_feature("records") == "negative_records"


def test_parameters_are_looked_up_by_key_and_day(pack):
    assert pack.param("party_limit_minor", TODAY, kind="large_bank") == 30_000_000
    assert pack.param("party_limit_minor", TODAY, kind="bank") == 20_000_000
    assert pack.param("reading_min_seconds", date(2026, 8, 1)) == 10
    with pytest.raises(UnknownParameter):
        pack.param("reading_min_seconds", date(2026, 7, 31))
    assert "stocks" in pack.members("purpose_banned", TODAY)


def test_the_packs_texts_name_the_method_the_fees_and_the_consents(pack):
    method = pack.content.method

    assert (method.apr, method.also_show) == ("irr_monthly_x12", ("irr_compound",))
    assert method.statements["zh"]["no_other_charges"].endswith("不再向您收取任何费用。")
    assert {fee.kind: fee.payee for fee in pack.content.fees} == {
        "interest": "lender",
        "guarantee_fee": "guarantor",
        "penalty_interest": "lender",
    }
    assert [text.scope for text in pack.content.consents if text.required] == [
        "identity_check",
        "automated_decision",
    ]
    assert pack.content.hours["contact"].to_second == pack.param("contact_to_second", TODAY)


def test_the_hash_names_the_content_and_neither_the_place_nor_the_line_ends(pack, folder):
    assert Pack.load(folder).hash == pack.hash
    params = folder / "params.csv"
    params.write_bytes(params.read_bytes().replace(b"\n", b"\r\n"))
    assert Pack.load(folder).hash == pack.hash
    change(folder / "reasons.toml", "就业类型", "职业类型")
    assert Pack.load(folder).hash != pack.hash


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("rules.toml", "irr12_ppm <= param('all_in", "irr12_ppm < param('all_in", "PRICE-01"),
        ("params.csv", "*,240000", "*,250000", "24.02 %"),
        ("params.csv", "*,60,2025", "*,60,2027", "LIMIT-02"),
        ("examples/contract.toml", "reading_seconds = 9 }", "reading_secs = 9 }", "reading_secs"),
        ("rules.toml", 'reason = "not_eligible"', 'reason = "no_luck"', "no_luck"),
        ("rules.toml", 'label = "T"', 'label = "X"', "label X"),
        ("rules.toml", '["consent.check"]', '["consent.chck"]', "consent.chck"),
        ("rules.toml", 'severity = "warn"', 'severity = "mild"', "mild"),
        ("rules.toml", "severity_unknown", "severity_unkown", "severity_unkown"),
        ("reasons.toml", "{tenor_max_months}", "{tenor_longest}", "tenor_longest"),
        ("reasons.toml", "{dsr_ppm}", "{dsr_ppm.real}", "plain name"),
        ("params.csv", "all_in_cap_ppm,*,240000,2025", "dsr_hold_ppm,*,240000,2025", "two values"),
        ("pack.toml", 'id = "cn/2026.08"', "id = ", "pack.toml"),
    ],
)
def test_a_pack_that_is_wrong_in_one_place_is_not_loaded(folder, file, old, new, said):
    change(folder / file, old, new)

    with pytest.raises(BadPack, match=said.replace(".", r"\.")):
        Pack.load(folder)
