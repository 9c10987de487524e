"""What anybody may see: products, prices, the document of the API, the first page."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tongtu.evidence.api import Entry, Sequencer, append
from tongtu.identity.api import Role
from tongtu.kernel.errors import Broken
from tongtu.terms.api import quote

QUOTE = {"amount_minor": 3_000_000, "tenor_months": 12, "product": "consumer_cash"}


def test_products_carry_worked_examples_whose_figures_are_computed(api):
    products = {one["id"]: one for one in api.get("/v1/products").json()["items"]}
    example = products["consumer_cash"]["example"]

    assert list(products) == [
        "consumer_cash", "goods_instalment", "home_improvement", "education_training",
        "credit_line",
    ]  # fmt: skip
    assert example == {
        "amount_minor": 1_000_000,
        "tenor_months": 12,
        "rate_percent": "12.00",
        "instalment_minor": 88_849,
        "total_minor": 1_066_186,
        "cost_minor": 66_186,
        "irr12_percent": "12.00",
        "effective_percent": "12.68",
    }


def test_a_quote_spans_the_cheapest_and_the_dearest_price_of_the_grid(api, parts):
    answer = api.post("/v1/quotes", QUOTE).json()

    lowest, highest = answer["from"], answer["to"]
    for end in (lowest, highest):
        program = next(
            program
            for program in parts.book.programs()
            if parts.book.lender(program.lender).id == end["lender"]
            and "consumer_cash" in program.products
        )
        offered = {
            quote(3_000_000, price.rate_bps, 12, 3_000_000 * price.fee_bps_monthly // 10_000)
            for band in range(8)
            if (price := parts.book.price(program.id, band, 12)) is not None
        }
        shown = (end["instalment_minor"], end["total_minor"], end["cost_minor"])
        assert shown in {(q.instalment_minor, q.total_minor, q.cost_minor) for q in offered}
    assert lowest["total_minor"] < highest["total_minor"]
    assert lowest["cost_minor"] == lowest["total_minor"] - 3_000_000
    assert float(highest["irr12_percent"]) <= 24.0


GOODS = {"merchant": "haoyu", "item": "a phone", "price_minor": 599_900}


def test_a_goods_page_is_told_each_plan_with_its_whole_cost(api):
    answer = api.post("/v1/quotes", GOODS).json()

    first = answer["plans"][0]
    assert (answer["merchant"], answer["item"], answer["price_minor"]) == tuple(GOODS.values())
    assert [one["tenor_months"] for one in answer["plans"]] == sorted(
        one["tenor_months"] for one in answer["plans"]
    )
    # This merchant pays the interest of three months.
    assert (first["tenor_months"], first["from"]["cost_minor"]) == (3, 0)
    for plan in answer["plans"]:
        for end in (plan["from"], plan["to"]):
            assert end["total_minor"] == 599_900 + end["cost_minor"]
            assert float(end["irr12_percent"]) <= 24.0


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"merchant": "nobody"}, 404, "not_found"),
        ({"product": "consumer_cash"}, 422, "bad_input"),
        ({"item": None}, 422, "bad_input"),
        ({"price_minor": 0}, 422, "bad_input"),
    ],
)
def test_a_goods_page_that_is_off_is_refused(api, changed, status, code):
    answer = api.post("/v1/quotes", GOODS | changed)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_consent_texts_come_in_either_language_with_their_version(api):
    zh = api.get("/v1/consent-texts").json()
    en = api.get("/v1/consent-texts?lang=en").json()

    assert zh["version"] == en["version"] == "2026.08"
    assert [one["scope"] for one in zh["items"]] == [one["scope"] for one in en["items"]]
    assert zh["items"][0]["title"] == "身份核验"
    assert en["items"][0]["title"] == "Identity check"
    assert "{" not in "".join(one["text"] for one in zh["items"] + en["items"]).replace(
        "{recipient}", ""
    )


def test_before_a_model_is_trained_an_application_is_asked_to_come_back(api):
    made = api.post("/v1/demo/persons").json()
    token = api.sign_in(made["phone"])
    facts = {
        "income_minor": None, "expenses_minor": 0, "assets_minor": None, "debt_minor": None,
        "price_minor": 1, "seniority_years": 0, "home": "rent", "job": "fixed", "records": False,
    }  # fmt: skip
    body = {
        "product": "consumer_cash", "amount_minor": 100_000, "tenor_months": 12,
        "purpose": "goods", "device": "d", "facts": facts,
    }  # fmt: skip

    answer = api.post("/v1/applications", body, token=token)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["retry-after"] == "5"


def test_the_document_says_how_each_route_is_entered_and_how_it_refuses(api):
    document = api.get("/schema").json()

    assert document["openapi"] == "3.1.0"
    operations = {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert ("post", "/v1/applications") in operations
    for (method, path), operation in operations.items():
        names = {one["name"] for one in operation.get("parameters", ())}
        # A preview and advice are asked with a body and write nothing; a fresh proof is good once
        # by itself, a session that is ended twice is ended, a secret that is set twice is set.
        is_quiet = path.startswith(
            ("/v1/step-up/", "/v1/me/sessions", "/v1/me/card-readings/")
        ) or path.endswith(
            (
                "/sign-in",
                "/preview",
                "/recommendations",
                "/new-phone/codes",
                "/passkey-options",
                "/me/password",
                "/disclosures",
                "/personal-data/export",
                "/personal-data/erasure",
                "/session",
            )
        )
        is_entered = "security" in operation or path.startswith("/v1/sandbox/")
        is_write = method != "get" and is_entered and not is_quiet
        assert ("Idempotency-Key" in names) == is_write, (method, path)
        assert operation["responses"]["default"]["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }
    body = operations["post", "/v1/applications"]["requestBody"]["content"]["application/json"]
    asked = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    assert asked["required"] == [
        "amount_minor", "device", "facts", "product", "purpose", "tenor_months",
    ]  # fmt: skip
    assert operations["get", "/v1/me"]["security"] == [{"bearer": []}]
    assert operations["get", "/v1/me"]["x-roles"] == ["borrower"]
    assert "security" not in operations["post", "/v1/quotes"]
    upload = document["paths"]["/v1/applications/{application}/documents/{kind}"]["post"]
    assert set(upload["requestBody"]["content"]) == {"application/pdf", "image/jpeg", "image/png"}


def test_a_method_an_address_does_not_know_is_told_which_it_knows(api):
    answer = api.send("PATCH", "/v1/me/consents")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["allow"].split(", ")


def test_a_broken_assertion_behind_an_ordinary_route_is_logged_once_and_told_to_nobody(
    api, parts, staff, monkeypatch
):
    async def breaks():
        raise Broken("sum of postings is 1")

    monkeypatch.setattr(parts.live, "now", breaks)
    token = staff(Role.ANALYST)

    with capture_logs() as logs:
        answer = api.get("/v1/insight/live", token)

    assert (answer.status_code, answer.json()["code"]) == (500, "broken")
    assert "postings" not in answer.text
    assert [(line["event"], line["request_id"], str(line["exc_info"])) for line in logs] == [
        ("request_failed", answer.json()["request_id"], "sum of postings is 1")
    ]


@pytest.mark.parametrize("path", ["/", "/console", "/console/"])
def test_without_a_build_the_first_page_says_what_to_do(page_api, path):
    answer = page_api.get(path)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "make web" in answer.text
    assert "unsafe-inline" not in answer.headers["content-security-policy"].split("style-src")[0]
    again = page_api.send("GET", path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_live_page_shows_the_books_proof_and_is_made_once_a_second(api, parts, staff):
    token = staff(Role.ANALYST)

    live = api.get("/v1/insight/live", token).json()

    lenders, guarantors = len(parts.book.everybody()), len(parts.book.guarantors)
    assert guarantors > 0
    assert live["ledger"] | {"checked_at": None} == {
        "accounts": 1 + 2 * lenders + guarantors,
        "transfers": lenders + guarantors,
        "sum_minor": 0,
        "differences": 0,
        "checked_at": None,
    }
    assert live["business_date"] == "2026-11-24"
    assert api.get("/v1/insight/live", token).json() == live


def test_an_empty_log_is_not_verified_and_one_with_a_signed_checkpoint_is(api, parts, staff, run):
    token, runtime = staff(Role.ANALYST), parts.runtime

    empty = api.get("/v1/insight/live", token).json()["evidence"]
    assert empty == {"size": 0, "root": None, "checkpoint_at": None, "verified": False}

    async def log_one():
        async with runtime.database.transaction() as connection:
            leaf = Entry("consent", 7, bytes(32))
            await append(connection, 0, runtime.ids.new(0), [leaf], runtime.clock.now())
        sequencer = Sequencer(runtime)
        while await sequencer.step():
            pass
        await sequencer.stop()

    run(log_one())
    runtime.clock.advance(timedelta(seconds=2))
    log = api.get("/v1/insight/live", token).json()["evidence"]
    assert (log["size"], log["verified"], len(log["root"])) == (1, True, 64)

    async def lose():
        async with runtime.database.transaction() as connection:
            await connection.execute("truncate evidence.checkpoint")

    run(lose())
    runtime.clock.advance(timedelta(seconds=2))
    assert api.get("/v1/insight/live", token).json()["evidence"]["verified"] is False
