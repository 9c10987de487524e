"""Outside sources: what their files may say, and what their answers become."""

import json
from datetime import UTC, datetime

import pytest

from tongtu.risk.rules.outside import BadAnswer, Said, read_answer, read_source
from tongtu.tables.api import BadTable, rules_root

FOLDER = rules_root() / "outside"
AT = "2026-11-24T02:00:00+00:00"


@pytest.fixture(scope="module")
def sources():
    return {path.stem: read_source(path.read_bytes()) for path in FOLDER.glob("*.toml")}


def answer(data, **changes):
    told = {"query": "7", "subject": "s", "as_of": AT, "found": True, "data": data} | changes
    return json.dumps(told).encode()


def heard(source, data, **changes):
    return read_answer(source, answer(data, **changes), (7, "s"))


def test_each_file_is_named_like_its_source_and_charges_nobody_who_borrows(sources):
    assert sorted(sources) == ["operator", "social_insurance", "tax"]
    assert all(name == one.id for name, one in sources.items())
    assert {one.charged_to for one in sources.values()} == {"platform"}


@pytest.mark.parametrize(
    ("source", "data", "values"),
    [
        (
            "tax",
            {"income": {"taxable_12m": "120000.55", "months_filed": 12}},
            {"taxed_income_minor": 1_000_004, "tax_months": 12},  # rounded down to the fen
        ),
        (
            "social_insurance",
            {"months_paid_without_gap": 37, "base_yuan": 8_000},
            {"employment_months": 37, "insured_base_minor": 800_000},
        ),
        (
            "operator",
            {"activated_on": "2026-11-14", "sim_changed_on": "2026-11-23"},
            {"number_days": 10, "sim_days": 1},
        ),
    ],
)
def test_a_sources_fields_become_our_features(sources, source, data, values):
    found = heard(sources[source], data)

    assert (found.state, dict(found.values)) == (Said.ANSWERED, values)
    assert found.made_at == datetime(2026, 11, 24, 2, tzinfo=UTC)


def test_what_an_answer_lacks_is_absent_and_never_zero(sources):
    found = heard(sources["tax"], {"income": {"months_filed": 3}})

    assert (found.state, dict(found.values)) == (Said.HALF, {"tax_months": 3})


def test_what_need_not_be_told_makes_no_half_answer(sources):
    found = heard(sources["operator"], {"activated_on": "2020-11-24"})

    assert (found.state, dict(found.values)) == (Said.ANSWERED, {"number_days": 2191})


def test_a_person_the_source_does_not_know_has_no_values(sources):
    found = heard(sources["tax"], None, found=False)

    assert (found.state, dict(found.values)) == (Said.NO_RECORD, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"query": "8"}, {"subject": "t"}, {"as_of": "2026-11-24T02:00:00"}, {"as_of": None},
        {"as_of": "0001-01-01T00:00:00+01:00"}, {"as_of": "9999-12-31T23:59:59-01:00"},
        {"found": None}, {"found": "yes"}, {"data": None}, {"data": [1]},
        {"data": {"income": 3}}, {"data": {"income": {"taxable_12m": 1.5}}, "as_of": "today"},
        {"data": {"income": {"taxable_12m": -1}}}, {"data": {"income": {"taxable_12m": True}}},
        {"data": {"income": {"taxable_12m": "1e99"}}}, {"data": {"income": {"taxable_12m": "NaN"}}},
        {"data": {"income": {"taxable_12m": "1.005"}}}, {"data": {"income": {"taxable_12m": "x"}}},
        {"data": {"income": {"taxable_12m": "99999999999999"}}},
        {"data": {"income": {"taxable_12m": "12", "months_filed": 13}}},
        {"data": {"income": {"taxable_12m": "12", "months_filed": "1"}}},
    ],
)  # fmt: skip
def test_an_answer_of_another_or_of_what_cannot_be_is_refused_whole(sources, changes):
    told = {"data": {"income": {"taxable_12m": "12"}}} | changes

    with pytest.raises(BadAnswer):
        heard(sources["tax"], **told)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff", b"[" * 70_000, b"{" + b" " * 70_000 + b"}", b'{"query": NaN}'],
)
def test_bytes_that_are_no_answer_are_refused(sources, content):
    with pytest.raises(BadAnswer):
        read_answer(sources["tax"], content, (7, "s"))


def test_a_day_that_lies_after_the_answer_cannot_be(sources):
    with pytest.raises(BadAnswer):
        heard(sources["operator"], {"activated_on": "2026-11-25"})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('charged_to = "platform"', 'charged_to = "borrower"', "charged to one of"),
        ('if_missing = "review"', 'if_missing = "decline"', "decline"),
        ("cost_minor = 80", "cost_minor = -1", "whole number"),
        ("cost_minor = 80", "cost_minor = 0.8", "whole number"),
        ("max_age_days = 45", "max_age_days = 400", "whole number"),
        ("ask_again_days = 30", "ask_again_days = 46", "before its answer is too old"),
        ('scope = "tax_query"', 'scope = "everything"', "everything"),
        ('recipient = "platform"', 'recipient = "anybody"', "is read by one of"),
        ('kind = "yuan"', 'kind = "dollars"', "dollars"),
        ('kind = "count"', 'kind = "count"\ndivide = 2', "amounts alone"),
        ('name = "tax_months"', 'name = "taxed_income_minor"', "each once"),
        ("required = true", 'required = "yes"', "true or false"),
        ('id = "tax"', 'id = "tax"\nnote = 1', "nobody knows the word note"),
        ("[asked]", "[asked", "cannot be read"),
    ],
)
def test_a_file_that_could_ask_or_judge_wrongly_is_not_loaded(old, new, says):
    content = (FOLDER / "tax.toml").read_text(encoding="utf-8")
    assert old in content

    with pytest.raises(BadTable, match=says):
        read_source(content.replace(old, new, 1).encode())
