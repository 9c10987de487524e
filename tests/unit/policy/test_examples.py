"""Every example of every shipped pack, one test each: pass, fail or unknown, through the pack."""

import pytest

from tongtu.policy.api import Pack, pack_root

PACKS = [Pack.load(path.parent) for path in sorted(pack_root().glob("*/*/pack.toml"))]
CASES = [
    pytest.param(pack, example, id=f"{pack.id}-{example.rule}-{nr}-{example.expect}")
    for pack in PACKS
    for nr, example in enumerate(pack.content.examples)
]


@pytest.mark.parametrize(("pack", "example"), CASES)
def test_the_example_comes_out_as_the_pack_says(pack, example):
    found = pack.judge(example.rule, example.facts, example.at)

    if example.expect == "pass":
        assert found == ()
        return
    (finding,) = found
    rule = next(rule for rule in pack.content.rules if rule.id == example.rule)
    if example.expect == "fail":
        assert (finding.code, finding.severity) == (rule.reason, rule.severity)
    else:
        assert finding.code in {"missing_fact", "missing_param"}
        assert finding.severity is rule.severity_unknown


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_rule_has_an_example_that_passes_one_that_fails_and_a_label(pack):
    shown = {(example.rule, example.expect) for example in pack.content.examples}

    for rule in pack.content.rules:
        assert {(rule.id, "pass"), (rule.id, "fail")} <= shown
        assert rule.source.label in {"T", "S", "M", "P"}
        assert bool(rule.source.doc_no) or rule.source.label == "P"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_point_names_each_fact_that_is_missing_and_lets_nothing_through(pack):
    for example in pack.content.examples:
        for point in next(r.points for r in pack.content.rules if r.id == example.rule):
            needed = pack.facts_needed(point, example.at)
            named = {
                name
                for finding in pack.evaluate(point, {}, example.at)
                for name in str(finding.facts["missing"]).split(",")
            }
            # A rule that asks first whom it concerns names what that needs.
            assert named <= set(needed)
            assert bool(named) == bool(needed)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_fee_of_a_pack_says_how_when_and_under_which_licence_it_is_taken(pack):
    for fee in pack.content.fees:
        assert all((fee.payer, fee.payee, fee.basis, fee.timing, fee.licence)), fee.kind
