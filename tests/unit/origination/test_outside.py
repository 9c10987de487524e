"""Outside sources in a decision: fresh or missing, contradicted or not; and in its record."""

import json
import shutil
from dataclasses import replace

import pytest

from tongtu.funding.api import BadBook
from tongtu.identity.api import Scope, consent_bit
from tongtu.kernel.ids import DecisionId, PublicIds
from tongtu.origination.flow.assembly import Sources, load_engine
from tongtu.origination.flow.lane import outside_of
from tongtu.origination.model import Ruling, Said, Tried
from tongtu.origination.rules.record import Record, decode, encode
from tongtu.policy.api import pack_root
from tongtu.risk.api import OutsideRow, load_outside, read_rows
from tongtu.risk.rules.features import LEAST
from tongtu.risk.rules.outside import Missing
from tongtu.tables.api import rules_root

from .conftest import POINTS_TABLE
from .test_record import AT

PUBLIC = PublicIds(b"k" * 32)

SMALL, LARGE, LARGEST = 5_999_999, 6_000_000, 15_000_000
BITS = {
    "tax": 1 << consent_bit(Scope.TAX_QUERY),
    "social_insurance": 1 << consent_bit(Scope.SOCIAL_INSURANCE_QUERY),
    "operator": 1 << consent_bit(Scope.OPERATOR_QUERY),
}
AGREES = {
    "tax": {"taxed_income_minor": 1_000_000, "tax_months": 12},
    "social_insurance": {"employment_months": 60, "insured_base_minor": 900_000},
    "operator": {"number_days": 2_000, "sim_days": 400},
}


def row(source, state="answered", age_days=0, **values):
    return OutsideRow(source, state, age_days, tuple(sorted((AGREES[source] | values).items())))


def rows(**changes):
    return tuple(row(name, **changes.get(name, {})) for name in sorted(AGREES))


@pytest.fixture
def outside(engine, case, ample, day):
    """Decide a case of this amount whose sources said this, with a consent to each but `less`."""

    def make(amount_minor, told, less=(), **changes):
        made = case(amount_minor=amount_minor, price_minor=30_000_000, tenor_months=36, **changes)
        bits = sum(bit for name, bit in BITS.items() if name not in less)
        made = made._replace(
            known=made.known._replace(outside=told, consent_mask=made.known.consent_mask | bits)
        )
        (decided,) = engine.decide([made], dict(ample), day)
        return made, decided

    return make


@pytest.mark.parametrize(
    ("amount_minor", "consents", "kept"),
    [
        (LARGE, BITS["tax"] | BITS["operator"], ["operator", "tax"]),
        (LARGE, BITS["operator"], ["operator"]),  # the other consents were withdrawn
        (LARGE, 0, []),
        (SMALL, sum(BITS.values()), []),
    ],
)
def test_what_a_decision_may_not_look_at_is_not_kept_with_it(
    engine, case, amount_minor, consents, kept
):
    told = json.dumps([[name, "answered", 0, AGREES[name]] for name in sorted(AGREES)])
    request = case(amount_minor=amount_minor, tenor_months=36).request

    found = outside_of(engine, request, (told, consents), 0)

    assert [one.source for one in found] == kept


def test_sources_that_agree_hold_nobody_up(outside):
    _, decided = outside(LARGEST, rows())

    assert not {code for code in decided.reasons if "contradicted" in code or "outside" in code}
    assert not [rule for rule in decided.rules_fired if rule.startswith("OUTSIDE")]


@pytest.mark.parametrize(
    ("told", "less", "reason"),
    [
        ((), (), "outside_missing"),
        (rows(), ("tax",), "outside_missing"),  # the consent was withdrawn since
        (rows(tax={"age_days": 46}), (), "outside_missing"),
        (rows(tax={"state": "no_record"}), (), "outside_missing"),
        (rows(tax={"state": "half"}), (), "outside_missing"),
    ],
)
def test_a_source_that_must_say_something_and_does_not_sends_the_case_to_a_person(
    outside, told, less, reason
):
    _, decided = outside(LARGEST, told, less)

    assert (decided.outcome, reason in decided.reasons) == ("review", True)


@pytest.mark.parametrize("name", ["social_insurance", "operator"])
def test_a_source_one_goes_on_without_holds_nobody_up(outside, name):
    _, whole = outside(LARGEST, rows())
    _, without = outside(LARGEST, tuple(one for one in rows() if one.source != name))

    assert without == whole


def test_below_its_amount_a_silent_source_holds_nobody_up(outside):
    _, silent = outside(LARGE, ())
    _, whole = outside(LARGE, rows())

    assert silent.outcome == whole.outcome == "offers"


@pytest.mark.parametrize(
    ("changes", "reason", "fired"),
    [
        ({"tax": {"taxed_income_minor": 400_000}}, "income_contradicted", ("OUTSIDE-01",)),
        (
            {"tax": {"taxed_income_minor": 600_000},
             "social_insurance": {"insured_base_minor": 300_000}},
            "income_contradicted",
            ("OUTSIDE-02", "OUTSIDE-03"),
        ),
        (
            {"social_insurance": {"employment_months": 5}},
            "employment_contradicted",
            ("OUTSIDE-04",),
        ),
        ({"operator": {"sim_days": 1}}, "number_recent", ("OUTSIDE-06",)),
    ],
)  # fmt: skip
def test_what_contradicts_a_statement_is_looked_at_by_a_person(outside, changes, reason, fired):
    _, decided = outside(LARGE, rows(**changes))

    assert (decided.outcome, decided.reasons) == ("review", (reason,))
    assert tuple(one for one in decided.rules_fired if one.startswith("OUTSIDE")) == fired


def test_a_contradiction_that_is_too_old_or_was_not_needed_or_agreed_to_says_nothing(outside):
    low = {"tax": {"taxed_income_minor": 1}}
    for amount, told, less in (
        (SMALL, rows(**low), ()),
        (LARGE, rows(tax={"taxed_income_minor": 1, "age_days": 46}), ()),
        (LARGE, rows(**low), ("tax",)),
    ):
        assert outside(amount, told, less)[1].outcome == "offers"
    assert outside(LARGE, rows(**low))[1].outcome == "review"


def test_a_person_who_looked_may_see_a_contradiction_otherwise(outside, engine, ample, day):
    made, decided = outside(LARGE, rows(tax={"taxed_income_minor": 1}))
    ruling = Ruling(Said.APPROVE, ("income_proved",), 9, DecisionId(8))

    ruled = made._replace(known=made.known._replace(ruling=ruling))
    (again,) = engine.decide([ruled], dict(ample), day)

    assert (decided.outcome, again.outcome) == ("review", "offers")


def test_a_batch_and_its_members_one_by_one_are_decided_the_same(outside, engine, ample, day):
    made = [
        outside(amount, rows(**changes), device_hash=n, n=n)[0]
        for n, (amount, changes) in enumerate(
            [(LARGE, {}), (LARGE, {"operator": {"sim_days": 0}}), (SMALL, {}), (LARGEST, {}),
             (LARGEST, {"tax": {"age_days": 99}}), (3_000_000, {}), (LARGE, {"tax": {
                 "taxed_income_minor": 1}})], start=1)
    ]  # fmt: skip

    together = engine.decide(made, dict(ample), day)

    assert together == [engine.decide([one], dict(ample), day)[0] for one in made]


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"rules_only": True},
        {"ruling": Ruling(Said.APPROVE, ("income_proved",), 9, DecisionId(8))},
        {"ruling": Ruling(Said.DECLINE, ("score_low",), 9, DecisionId(8), ("ab" * 32,))},
        {"tried": Tried(11, 487_000, 1, 250_000)},
    ],
)
def test_what_sources_said_is_part_of_the_record_and_decides_again(
    outside, engine, ample, day, beside
):
    made, _ = outside(LARGE, rows(tax={"taxed_income_minor": 1, "age_days": 3}))
    made = made._replace(known=made.known._replace(**beside))
    (decided,) = engine.decide([made], dict(ample), day)
    record = Record(made, day, AT, 1_234, decided)

    again = decode(encode(record))

    assert encode(record)[1] == 8
    assert (again.case.known, again.decided) == (made.known, decided)
    assert encode(again) == encode(record)
    assert engine.decide([again.case], dict(ample), day) == [decided]


def test_what_the_database_shows_is_read_with_its_age():
    told = json.dumps(
        [["operator", "half", 1_000_000, {"sim_days": 4}], ["tax", "no_record", 2_000_000, {}]]
    )

    assert read_rows(told, 1_000_000 + 86_400) == (
        OutsideRow("operator", "half", 1, (("sim_days", 4),)),
        OutsideRow("tax", "no_record", 0, ()),  # its clock ran ahead
    )
    assert read_rows(None, 0) == ()


def test_the_policy_of_a_silent_source_is_its_files_word():
    tax = next(one for one in load_outside().sources if one.id == "tax")

    assert [tax.holds_up(amount) for amount in (LARGEST - 1, LARGEST)] == [False, True]
    assert replace(tax, if_missing=Missing.GO_ON).holds_up(LARGEST) is False


def test_lenders_may_read_only_what_is_shared_with_them():
    assert load_outside().shared == set(AGREES["social_insurance"])


def rules_with(folder, column):
    """Copy the rules; there, program 101 lends only from 24 of this feature on."""
    shutil.copytree(rules_root(), folder)
    table = json.loads((folder / "lender_eligibility.json").read_text())
    inputs, content = table["nodes"][0]["content"], table["nodes"][1]["content"]
    schema = json.loads(inputs["schema"])
    schema["properties"] |= {f"has_{column}": {"type": "boolean"}, column: {"type": "integer"}}
    schema["required"] += [f"has_{column}", column]
    inputs["schema"] = json.dumps(schema)
    content["inputs"].append({"id": "insured", "name": "Insured", "field": column})
    for rule in content["rules"]:
        if rule["program"] == "101":
            rule["insured"] = ">= 24"
    (folder / "lender_eligibility.json").write_text(json.dumps(table))
    cases = json.loads((folder / "lender_eligibility.cases.json").read_text())
    for one in cases:
        one["facts"] |= {f"has_{column}": True, column: 60}
    (folder / "lender_eligibility.cases.json").write_text(json.dumps(cases))
    return Sources(pack_root() / "cn/2026.08", folder, POINTS_TABLE)


def test_a_lenders_table_may_ask_for_months_insured_alone_and_by_column(tmp_path, case, day):
    engine = load_engine(rules_with(tmp_path / "rules", "employment_months"), PUBLIC)
    ample = {program.id: 10**13 for program in engine.book.programs()}
    bits = sum(BITS.values())

    def asking(n, told):
        made = case(n, amount_minor=LARGE, price_minor=30_000_000, tenor_months=36)
        known = made.known._replace(outside=told, consent_mask=made.known.consent_mask | bits)
        return made._replace(known=known)

    short = rows(social_insurance={"employment_months": 23})
    made = [asking(n, told) for n, told in enumerate([rows(), short, ()] * 3, start=1)]
    together = engine.decide(made, dict(ample), day)
    alone = [engine.decide([one], dict(ample), day)[0] for one in made]

    assert together == alone
    lends = [101 in {offer.program for offer in one.offers} for one in together[:3]]
    assert lends == [True, False, False]


@pytest.mark.parametrize("column", ["taxed_income_minor", "shoe_size"])
def test_a_lenders_table_that_asks_for_what_is_not_shared_is_not_loaded(tmp_path, column):
    sources = rules_with(tmp_path / "rules", column)

    with pytest.raises(BadBook, match=f"tells lenders {column}"):
        load_engine(sources, PUBLIC)


def test_a_score_may_read_months_insured_alone_and_by_column(tmp_path, case, day):
    table = json.loads(POINTS_TABLE.read_text())
    bins = [{"from": None, "points": -3}, {"from": LEAST, "points": -8}, {"from": 24, "points": 0}]
    told = {"direction": "falls", "reason": "short_employment"}
    unknown = {"reason_unknown": "outside_missing", "average_points": 0}
    table["features"].append({"name": "employment_months", "bins": bins} | told | unknown)
    table["pd_ppm"]["from_points"] -= 8
    table["pd_ppm"]["table"] = [table["pd_ppm"]["table"][0]] * 8 + table["pd_ppm"]["table"]
    path = tmp_path / "points_table.json"
    path.write_text(json.dumps(table))
    engine = load_engine(Sources(pack_root() / "cn/2026.08", rules_root(), path), PUBLIC)
    ample = {program.id: 10**13 for program in engine.book.programs()}

    def asking(n, told):
        made = case(n, amount_minor=LARGE, price_minor=30_000_000, tenor_months=36)
        mask = made.known.consent_mask | sum(BITS.values())
        return made._replace(known=made.known._replace(outside=told, consent_mask=mask))

    short = rows(social_insurance={"employment_months": 23})
    made = [asking(n, told) for n, told in enumerate([rows(), short, ()] * 3, start=1)]
    together = engine.decide(made, dict(ample), day)

    assert together == [engine.decide([one], dict(ample), day)[0] for one in made]
    points = [one.points for one in together[:3]]
    assert [one - points[0] for one in points] == [0, -8, -3]
    assert "outside_missing" in engine.champion.reason_codes
