"""Outside sources over HTTP: what they are, one's own yes to each, and what asking cost."""

from datetime import timedelta

import pytest

from tongtu.identity.api import Role, Scope, consent_bit

from .conftest import new_key

SCOPES = ("tax_query", "social_insurance_query", "operator_query")


def test_everybody_may_read_on_what_terms_a_source_is_asked(api):
    items = {one["id"]: one for one in api.get("/v1/outside-sources").json()["items"]}

    assert sorted(items) == ["operator", "social_insurance", "tax"]
    tax = items["tax"]
    assert (tax["scope"], tax["charged_to"], tax["if_missing"]) == (
        "tax_query", "platform", "review",
    )  # fmt: skip
    assert (tax["amount_min_minor"], tax["go_on_below_minor"], tax["cost_minor"]) == (
        6_000_000, 15_000_000, 80,
    )  # fmt: skip
    assert tax["features"] == ["taxed_income_minor", "tax_months"]


def test_each_source_has_a_text_and_a_consent_of_its_own_that_can_be_taken_back(api):
    texts = api.get("/v1/consent-texts?lang=en").json()
    shown = {one["scope"]: one for one in texts["items"]}
    token = api.sign_in(api.post("/v1/demo/persons").json()["phone"])
    grants = [{"scope": scope} for scope in SCOPES]
    granted = api.post("/v1/me/consents", {"grants": grants, "version": texts["version"]},
                       token=token, key=new_key()).json()["consents"]  # fmt: skip
    path = f"/v1/me/consents/{granted[0]['id']}"
    left = api.send("DELETE", path, token=token, key=new_key()).json()["consents"]

    for scope in SCOPES:
        assert shown[scope]["required"] is False
        assert "costs me nothing" in shown[scope]["text"]
    assert [one["scope"] for one in granted] == list(SCOPES)
    assert [one["scope"] for one in left] == list(SCOPES[1:])


@pytest.mark.parametrize(
    "days", ["first=2026-11-24&last=2026-11-23", "first=2020-01-01&last=2026-11-24"]
)
def test_a_report_over_days_that_are_no_range_is_refused(api, staff, days):
    told = api.get(f"/v1/operations/outside-queries?{days}", staff(Role.OPERATOR))

    assert (told.status_code, told.json()["code"]) == (422, "bad_days")


def test_queries_are_counted_by_source_and_end_with_their_cost(api, parts, run, staff):
    async def write():
        at = parts.runtime.clock.now()
        async with parts.runtime.database.transaction() as connection:
            for n, (state, cost, made) in enumerate(
                [
                    ("answered", 80, at),
                    ("answered", 80, at - timedelta(days=46)),
                    ("no_answer", 80, None),
                ]
            ):
                await connection.execute(
                    "insert into risk.outside_query (cell, id, party, source, purpose,"
                    " consent_version, recipient, cost_minor, charged_to, business_date, asked_at,"
                    " state, answered_at, made_at) values (0, $1, 1, 'tax', 'loan_application',"
                    " '2026.08', 'platform', $2, 'platform', $3, $4, $5, $4, $6)",
                    n, cost, at.date(), at, state, made,
                )  # fmt: skip

    run(write())
    told = api.get("/v1/operations/outside-queries", staff(Role.ANALYST)).json()

    assert [tuple(one.values()) for one in told["items"]] == [
        ("tax", "answered", 2, 160, 1, 0),
        ("tax", "no_answer", 1, 80, 0, None),
    ]


def test_the_bits_of_sources_are_read_in_the_same_mask_as_all_consents():
    assert [consent_bit(Scope(scope)) for scope in SCOPES] == [4, 5, 6]
