"""The whole authorisation matrix: every route, every role and nobody. What names no role is shut."""

import asyncio
from types import SimpleNamespace

import pytest
from litestar.routes import HTTPRoute

from tongtu.access.api import Permission
from tongtu.channels.rest.app import build_ordinary
from tongtu.channels.rest.auth import PERMISSION, ROLES, WRITE, admit, roles_of
from tongtu.identity.api import Role
from tongtu.kernel.errors import NotAllowed

from .bodies import address_of

# What needs no token: what a visitor sees before signing in, what machines ask, the demo.
PUBLIC = {
    ("GET", "/"), ("GET", "/console"), ("GET", "/console/style"),
    ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics"), ("GET", "/schema"),
    ("POST", "/v1/sign-in/codes"), ("POST", "/v1/sign-in"),
    ("POST", "/v1/sign-in/passkey-options"), ("POST", "/v1/sign-in/passkey"),
    ("POST", "/v1/sign-in/password"), ("GET", "/v1/branches"),
    ("GET", "/v1/products"), ("GET", "/v1/lenders"), ("GET", "/v1/consent-texts"),
    ("GET", "/v1/outside-sources"),
    ("POST", "/v1/quotes"), ("POST", "/v1/recommendations"), ("GET", "/v1/evidence/checkpoint"),
    ("GET", "/v1/authority/root"), ("GET", "/v1/authority/crl"),
    ("POST", "/v1/demo/persons"), ("GET", "/v1/demo/inbox"),
    # only on the machine that runs the demo
    ("GET", "/v1/demo/staff"), ("POST", "/v1/demo/staff-sessions"),
    # a sandbox key is asked for instead, and no data stands behind it
    ("POST", "/v1/sandbox/applications"), ("GET", "/v1/sandbox/applications/{application}"),
    ("GET", "/v1/platform-key"),
    ("POST", "/v1/lender-answers"),  # the lender's own signature is asked for instead
    ("POST", "/v1/bank/callbacks"),  # the bank's own signature is asked for instead
}  # fmt: skip
BORROWER = {Role.BORROWER}
SELLER = {Role.MERCHANT}
PARTNERS = {Role.LENDER, Role.MERCHANT}
LOANS = {Role.BORROWER, Role.LENDER, Role.CLERK, Role.OPERATOR, Role.REGULATOR}
WATCH = {Role.ANALYST, Role.OPERATOR, Role.REGULATOR}
DESK = {Role.OPERATOR, Role.ANALYST, Role.CLERK}
BOOKS = {Role.LENDER, Role.OPERATOR, Role.REGULATOR}
MATRIX = {
    ("DELETE", "/v1/sign-in"): set(Role),
    ("POST", "/v1/me/passkey-options"): set(Role),
    ("POST", "/v1/me/passkeys"): set(Role),
    ("GET", "/v1/me/passkeys"): set(Role),
    ("DELETE", "/v1/me/passkeys/{passkey}"): set(Role),
    ("GET", "/v1/me/sessions"): set(Role),
    ("DELETE", "/v1/me/sessions"): set(Role),
    ("DELETE", "/v1/me/sessions/{session_id}"): set(Role),
    ("GET", "/v1/me/sign-in-events"): set(Role),
    ("POST", "/v1/step-up/codes"): BORROWER,
    ("POST", "/v1/step-up/code"): BORROWER,
    ("POST", "/v1/step-up/passkey-options"): set(Role),
    ("POST", "/v1/step-up/passkey"): set(Role),
    ("POST", "/v1/step-up/app-code"): set(Role) - BORROWER,
    ("PUT", "/v1/me/password"): set(Role) - BORROWER,
    ("GET", "/v1/me"): BORROWER,
    ("PUT", "/v1/me/identity"): BORROWER,
    ("GET", "/v1/departments/{department}"): DESK | {Role.REGULATOR},
    ("GET", "/v1/me/branch"): BORROWER,
    ("PUT", "/v1/me/branch"): BORROWER,
    ("GET", "/v1/me/access-log"): BORROWER,
    ("GET", "/v1/me/consents"): BORROWER,
    ("GET", "/v1/me/form"): BORROWER,
    ("PUT", "/v1/me/form"): BORROWER,
    ("GET", "/v1/verifications/{verification}/form"): {Role.CLERK, Role.OPERATOR},
    ("PUT", "/v1/verifications/{verification}/form"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/verifications/{verification}/form/version"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/relief/preview"): BORROWER,
    ("POST", "/v1/operations/staff"): {Role.OPERATOR},
    ("POST", "/v1/operations/staff-posts/{approval}/approval"): {Role.OPERATOR},
    ("POST", "/v1/delegations"): DESK,
    ("GET", "/v1/delegations"): DESK,
    ("POST", "/v1/operations/delegations/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/delegations/{delegation}/session"): DESK,
    ("DELETE", "/v1/delegations/{delegation}"): DESK,
    ("GET", "/v1/persons/{party}"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/persons/{party}/disclosures"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/me/consents"): BORROWER,
    ("DELETE", "/v1/me/consents/{consent}"): BORROWER,
    ("GET", "/v1/me/personal-data"): BORROWER,
    ("POST", "/v1/me/personal-data/export"): BORROWER,
    ("POST", "/v1/me/personal-data/erasure"): BORROWER,
    ("POST", "/v1/me/personal-data/corrections"): BORROWER,
    ("POST", "/v1/me/personal-data/corrections/withdrawal"): BORROWER,
    ("POST", "/v1/me/new-phone/codes"): BORROWER,
    ("GET", "/v1/privacy-requests"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/privacy-requests/{privacy_request}"): {
        Role.BORROWER, Role.CLERK, Role.OPERATOR,
    },
    ("POST", "/v1/privacy-requests/{privacy_request}/decision"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/me/mandates"): BORROWER,
    ("DELETE", "/v1/me/mandates/{mandate}"): BORROWER,
    ("POST", "/v1/applications"): BORROWER,
    ("GET", "/v1/applications"): BORROWER,
    ("GET", "/v1/applications/{application}"): BORROWER,
    ("GET", "/v1/applications/{application}/advice"): BORROWER,
    ("GET", "/v1/applications/{application}/letters"): BORROWER,
    ("GET", "/v1/applications/{application}/letters/document"): BORROWER,
    ("POST", "/v1/applications/{application}/acceptance"): BORROWER,
    ("POST", "/v1/applications/{application}/review"): BORROWER,
    ("GET", "/v1/offers/{offer}/cost-table"): BORROWER,
    ("POST", "/v1/offers/{offer}/cost-table/confirmation"): BORROWER,
    ("POST", "/v1/offers/{offer}/clauses/acknowledgement"): BORROWER,
    ("POST", "/v1/offers/{offer}/agreement"): BORROWER,
    ("GET", "/v1/agreements/{agreement}"): BORROWER,
    ("GET", "/v1/agreements/{agreement}/document"): BORROWER,
    ("GET", "/v1/agreements/{agreement}/bundle"): BORROWER,
    ("POST", "/v1/agreements/{agreement}/signature"): BORROWER,
    ("POST", "/v1/checkout/sessions"): SELLER,
    ("GET", "/v1/checkout/sessions/{session}"): {
        Role.MERCHANT, Role.BORROWER, Role.OPERATOR, Role.CLERK, Role.REGULATOR,
    },
    ("POST", "/v1/checkout/sessions/{session}/application"): BORROWER,
    ("POST", "/v1/checkout/sessions/{session}/capture"): SELLER,
    ("POST", "/v1/checkout/sessions/{session}/cancellation"): SELLER,
    ("POST", "/v1/checkout/sessions/{session}/returns"): SELLER,
    ("GET", "/v1/merchant-settlements/{day}/file"): SELLER,
    ("GET", "/v1/facilities"): BORROWER,
    ("GET", "/v1/facilities/{facility}"): LOANS,
    ("GET", "/v1/facilities/{facility}/draw-preview"): BORROWER,
    ("POST", "/v1/facilities/{facility}/draws"): BORROWER,
    ("GET", "/v1/facilities/{facility}/reviews"): LOANS,
    ("POST", "/v1/line-reviews/{review}/consent"): BORROWER,
    ("POST", "/v1/line-reviews/{review}/person"): BORROWER,
    ("POST", "/v1/operations/facilities/{facility}/reviews"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/operations/line-reviews"): {Role.CLERK, Role.OPERATOR, Role.REGULATOR},
    ("POST", "/v1/operations/line-reviews/{review}/ruling"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/operations/facilities/{facility}/changes"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/facility-changes/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/loan-imports"): {Role.OPERATOR},
    ("POST", "/v1/operations/loan-import-proposals"): {Role.OPERATOR},
    ("POST", "/v1/operations/loan-import-proposals/{approval}/approval"): {Role.OPERATOR},
    ("GET", "/v1/loans"): LOANS,
    ("GET", "/v1/loans/{loan}"): LOANS,
    ("GET", "/v1/loans/{loan}/statement"): LOANS,
    ("GET", "/v1/loans/{loan}/statement/file"): LOANS,
    ("GET", "/v1/loans/{loan}/payoff"): LOANS,
    ("GET", "/v1/loans/{loan}/withdrawal"): LOANS,
    ("POST", "/v1/loans/{loan}/withdrawal"): BORROWER,
    ("POST", "/v1/loans/{loan}/repayments"): BORROWER,
    ("POST", "/v1/loans/{loan}/repayments/preview"): BORROWER,
    ("POST", "/v1/loans/{loan}/changes/preview"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/contacts"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/contacts/{contact}/answer"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/changes"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/operations/loan-changes/{approval}/approval"): {Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/relief"): BORROWER,
    ("GET", "/v1/operations/relief"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/relief/refusal"): {Role.OPERATOR},
    ("GET", "/v1/joint-loans"): {Role.LENDER},
    ("GET", "/v1/operations/joint-loans"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("GET", "/v1/payments/{payment}"): LOANS,
    ("GET", "/v1/operations/payments"): {Role.OPERATOR, Role.CLERK, Role.REGULATOR},
    ("GET", "/v1/operations/breaks"): WATCH,
    ("POST", "/v1/operations/breaks/{number}/closing"): {Role.OPERATOR},
    ("POST", "/v1/operations/breaks/{number}/entry"): {Role.OPERATOR},
    ("POST", "/v1/operations/breaks/{number}/payback"): {Role.OPERATOR},
    ("POST", "/v1/operations/merchant-paybacks/{approval}/approval"): {Role.OPERATOR},
    ("POST", "/v1/loans/{loan}/overdue-pauses"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/operations/overdue-pauses/{approval}/approval"): {Role.OPERATOR},
    ("POST", "/v1/operations/reconciliations"): {Role.OPERATOR},
    ("GET", "/v1/operations/bank-messages/parked"): {Role.OPERATOR, Role.REGULATOR},
    ("POST", "/v1/operations/bank-messages/{event}/retry"): {Role.OPERATOR},
    ("POST", "/v1/operations/payments/{payment}/verdict"): {Role.OPERATOR, Role.CLERK},
    ("POST", "/v1/operations/payment-verdicts/{approval}/approval"): {Role.OPERATOR},
    ("GET", "/v1/operations/proposals"): {Role.OPERATOR, Role.ANALYST, Role.CLERK},
    ("POST", "/v1/operations/proposals/{approval}/refusal"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/sandbox/keys"): PARTNERS,
    ("POST", "/v1/sandbox/keys/revocation"): PARTNERS,
    ("POST", "/v1/webhooks"): PARTNERS,
    ("GET", "/v1/webhooks"): PARTNERS,
    ("DELETE", "/v1/webhooks/{webhook}"): PARTNERS,
    ("POST", "/v1/webhooks/{webhook}/secret"): PARTNERS,
    ("POST", "/v1/webhooks/{webhook}/ping"): PARTNERS,
    ("POST", "/v1/webhooks/{webhook}/replay"): PARTNERS,
    ("GET", "/v1/webhooks/{webhook}/deliveries"): PARTNERS,
    ("GET", "/v1/lender-keys"): BOOKS,
    ("POST", "/v1/operations/lender-keys"): {Role.OPERATOR},
    ("POST", "/v1/operations/lender-keys/{approval}/approval"): {Role.OPERATOR},
    ("GET", "/v1/operations/lender-requests"): WATCH,
    ("GET", "/v1/operations/outside-queries"): WATCH,
    ("POST", "/v1/operations/settlements"): {Role.OPERATOR},
    ("GET", "/v1/settlements/{day}"): {Role.LENDER, Role.OPERATOR, Role.REGULATOR},
    ("GET", "/v1/settlements/{day}/{lender}/file"): {Role.LENDER, Role.OPERATOR, Role.REGULATOR},
    ("POST", "/v1/settlements/{day}/answer"): {Role.LENDER},
    ("POST", "/v1/operations/second-payouts"): {Role.OPERATOR},
    ("POST", "/v1/operations/second-payouts/{approval}/approval"): {Role.OPERATOR},
    ("GET", "/v1/operations/business-date"): {
        Role.OPERATOR, Role.CLERK, Role.ANALYST, Role.REGULATOR,
    },
    ("GET", "/v1/policy/rules"): {Role.OPERATOR, Role.CLERK, Role.ANALYST, Role.REGULATOR},
    ("POST", "/v1/operations/day-ends"): {Role.OPERATOR},
    ("GET", "/v1/decisions/{decision}/replay"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("GET", "/v1/decisions/{decision}"): WATCH,
    ("GET", "/v1/decisions/{decision}/advice"): WATCH,
    ("GET", "/v1/operations/applications"): WATCH,
    ("GET", "/v1/me/permissions"): set(Role),
    ("GET", "/v1/rule-files"): WATCH,
    ("GET", "/v1/rules/{rules}/files"): WATCH,
    ("POST", "/v1/rules/{rules}/trial"): {Role.OPERATOR, Role.ANALYST},
    ("GET", "/v1/operations/proposals/{approval}"): DESK,
    ("GET", "/v1/decisions/{decision}/lenders"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("GET", "/v1/decisions/{decision}/lenders/{lender}/proof"): {
        Role.LENDER,
        Role.OPERATOR,
        Role.ANALYST,
        Role.REGULATOR,
    },
    ("GET", "/v1/insight/market"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("POST", "/v1/me/recommendations"): BORROWER,
    ("GET", "/v1/me/pushes"): BORROWER,
    ("PUT", "/v1/me/pushes"): BORROWER,
    ("POST", "/v1/me/pushes"): BORROWER,
    ("GET", "/v1/insight/router"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("POST", "/v1/operations/router/stop"): {Role.OPERATOR},
    ("GET", "/v1/operations/price-experiments"): WATCH,
    ("GET", "/v1/operations/price-experiments/{experiment}"): WATCH,
    ("POST", "/v1/operations/price-experiments"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/price-experiment-proposals/{approval}/approval"): {
        Role.OPERATOR, Role.ANALYST,
    },
    ("POST", "/v1/operations/price-experiments/{experiment}/stop"): {Role.OPERATOR},
    ("GET", "/v1/operations/campaigns"): WATCH,
    ("GET", "/v1/operations/campaigns/{campaign}"): WATCH,
    ("POST", "/v1/operations/campaigns"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/campaign-proposals/{approval}/approval"): {
        Role.OPERATOR, Role.ANALYST,
    },
    ("POST", "/v1/operations/campaigns/{campaign}/stop"): {Role.OPERATOR},
    ("POST", "/v1/operations/router/resumption"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/router-resumptions/{approval}/approval"): {
        Role.OPERATOR, Role.ANALYST,
    },
    ("GET", "/v1/rings"): WATCH,
    ("POST", "/v1/rings/{ring}/word"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/ring-words/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("GET", "/v1/lender-desks"): WATCH | {Role.LENDER},
    ("GET", "/v1/lender-desks/{lender}/waiting"): WATCH | {Role.LENDER},
    ("GET", "/v1/permission-table"): WATCH | {Role.CLERK},
    ("GET", "/v1/operations/members"): {Role.OPERATOR, Role.REGULATOR},
    ("GET", "/v1/operations/looks"): {Role.OPERATOR, Role.REGULATOR},
    ("GET", "/v1/operations/changes"): {Role.OPERATOR, Role.REGULATOR},
    ("GET", "/v1/lists/entries"): WATCH | {Role.CLERK},
    ("POST", "/v1/lists/entries"): DESK,
    ("POST", "/v1/operations/list-entries/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/lists/entries/{entry}/removal"): DESK,
    ("POST", "/v1/operations/list-removals/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("GET", "/v1/lists/name-hits"): DESK,
    ("POST", "/v1/lists/name-hits/{party}/clearing"): DESK,
    ("GET", "/v1/reviews"): DESK | {Role.REGULATOR},
    ("GET", "/v1/reviews/desk"): DESK | {Role.REGULATOR},
    ("POST", "/v1/reviews/{application}/ruling"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/reviews/{application}/documents"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/reviews/{application}/documents"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/reviews/{application}/documents/{document}"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/reviews/{application}/clerk"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/applications/{application}/documents/{kind}"): BORROWER,
    ("GET", "/v1/applications/{application}/documents"): BORROWER,
    ("POST", "/v1/reviews/ties"): DESK,
    ("POST", "/v1/verifications"): BORROWER,
    ("GET", "/v1/verifications/{verification}"): BORROWER,
    ("POST", "/v1/verifications/{verification}/register-checks"): BORROWER,
    ("POST", "/v1/verifications/{verification}/conclusion"): BORROWER,
    ("POST", "/v1/me/card-readings/{side}"): BORROWER,
    ("POST", "/v1/verifications/{verification}/cards/{side}"): BORROWER,
    ("POST", "/v1/verifications/{verification}/challenge"): BORROWER,
    ("POST", "/v1/verifications/{verification}/face"): BORROWER,
    ("POST", "/v1/verifications/{verification}/phone-checks"): BORROWER,
    ("POST", "/v1/verifications/{verification}/resume-codes"): BORROWER,
    ("POST", "/v1/verification-resumptions"): BORROWER | {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/verifications/{verification}/branch"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/reviews/verifications"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/reviews/verifications/{verification}/clerk"): {Role.CLERK, Role.OPERATOR},
    ("GET", "/v1/reviews/verifications/{verification}/pictures/{document}"): {
        Role.CLERK, Role.OPERATOR,
    },
    ("POST", "/v1/reviews/verifications/{verification}/ruling"): {Role.CLERK, Role.OPERATOR},
    ("POST", "/v1/operations/rulings/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("GET", "/v1/rules"): WATCH,
    ("POST", "/v1/rules"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/rules/{rules}/shadow"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/rules/{rules}/publication"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/rule-publications/{approval}/approval"): {
        Role.OPERATOR, Role.ANALYST,
    },
    **dict.fromkeys(
        [("GET", "/v1/processes"), ("GET", "/v1/processes/{version}/file"),
         ("GET", "/v1/process-measures/{key}")],
        frozenset({Role.CLERK, Role.OPERATOR, Role.ANALYST, Role.REGULATOR}),
    ),
    **dict.fromkeys(
        [("POST", "/v1/processes"), ("POST", "/v1/processes/{version}/publication"),
         ("POST", "/v1/operations/process-publications/{approval}/approval")],
        frozenset({Role.OPERATOR, Role.ANALYST}),
    ),
    **dict.fromkeys(
        [("POST", "/v1/process-cases"), ("GET", "/v1/process-tasks"),
         ("GET", "/v1/process-cases/{process_case}"), ("GET", "/v1/process-cases/{process_case}/history"),
         ("POST", "/v1/process-cases/{process_case}/tasks/{task}/completion")],
        frozenset({Role.CLERK, Role.OPERATOR, Role.ANALYST}),
    ),
    ("POST", "/v1/process-messages"): {Role.CLERK, Role.OPERATOR},
    **dict.fromkeys(
        [("POST", "/v1/process-cases/{process_case}/suspension"),
         ("POST", "/v1/process-cases/{process_case}/resumption"),
         ("POST", "/v1/process-cases/{process_case}/migration"),
         ("POST", "/v1/process-cases/{process_case}/tasks/{task}/retry")],
        frozenset({Role.OPERATOR}),
    ),
    ("GET", "/v1/models"): WATCH,
    ("GET", "/v1/models/monitoring"): WATCH,
    ("POST", "/v1/models"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/models/{model}/moves"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/model-moves/{approval}/approval"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/models/stop"): {Role.OPERATOR},
    ("POST", "/v1/operations/models/resumption"): {Role.OPERATOR, Role.ANALYST},
    ("POST", "/v1/operations/model-resumptions/{approval}/approval"): {
        Role.OPERATOR, Role.ANALYST,
    },
    ("GET", "/v1/ledger/trial-balance"): WATCH,
    ("GET", "/v1/ledger/accounts"): BOOKS,
    ("GET", "/v1/ledger/accounts/{account}/statement"): BOOKS,
    ("GET", "/v1/ledger/periods"): WATCH,
    ("POST", "/v1/ledger/periods"): {Role.OPERATOR},
    ("POST", "/v1/operations/ledger-periods/{approval}/approval"): {Role.OPERATOR},
    ("POST", "/v1/ledger/accounts/{account}/limits"): {Role.OPERATOR},
    ("GET", "/v1/ledger/accounts/{account}/limits"): WATCH,
    ("POST", "/v1/operations/account-limits/{approval}/approval"): {Role.OPERATOR},
    ("GET", "/v1/operations/day-ends"): {Role.OPERATOR},
    ("GET", "/v1/operations/roll-rates"): {Role.OPERATOR, Role.ANALYST, Role.REGULATOR},
    ("GET", "/v1/evidence/proofs/{kind}/{subject}"): set(Role),
    ("GET", "/v1/evidence/leaves/{place}"): {Role.OPERATOR, Role.REGULATOR},
    ("GET", "/v1/insight/live"): WATCH,
    ("GET", "/v1/insight/stream"): WATCH,
}  # fmt: skip
# The framework's own page of the schema: it names no roles, so it is shut for everybody.
SHUT = "/schema-pages"


def _routes(world):
    for route in build_ordinary(world.parts).routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if str(method) != "OPTIONS":
                    yield str(method), route.path_format or "/", handler


def test_every_route_stands_in_the_matrix_and_in_the_table_with_exactly_its_roles(world):
    routes = [one for one in _routes(world) if not one[1].startswith(SHUT)]
    found = {(method, path): handler.opt[ROLES] for method, path, handler in routes}
    table = world.parts.permissions
    site = {"/", "/console", "/console/style"}

    assert [address for address in found if address not in table and address[1] not in site] == []
    assert table.keys() - found.keys() == set()
    assert {
        (method, path): roles_of(handler.opt[ROLES], handler.opt[PERMISSION])
        for method, path, handler in routes
    } == found
    assert {address for address, roles in found.items() if roles is None} == PUBLIC
    assert {address: set(roles) for address, roles in found.items() if roles is not None} == MATRIX


def test_every_write_of_a_signed_in_caller_needs_a_key(world):
    without = {
        (method, path)
        for method, path, handler in _routes(world)
        if method != "GET" and handler.opt.get(ROLES) and not handler.opt.get(WRITE)
    }

    # Ending a token twice ends it once; a preview and advice write nothing: they need no key. A fresh
    # proof is good once by itself. What names a person whole is stored nowhere, as an answer neither.
    assert without == {
        ("DELETE", "/v1/sign-in"),
        ("DELETE", "/v1/me/sessions"),
        ("DELETE", "/v1/me/sessions/{session_id}"),
        ("POST", "/v1/me/passkey-options"),
        ("POST", "/v1/step-up/codes"),
        ("POST", "/v1/me/new-phone/codes"),
        ("POST", "/v1/step-up/code"),
        ("POST", "/v1/step-up/passkey-options"),
        ("POST", "/v1/step-up/passkey"),
        ("POST", "/v1/step-up/app-code"),
        ("PUT", "/v1/me/password"),
        ("POST", "/v1/loans/{loan}/changes/preview"),
        ("POST", "/v1/loans/{loan}/relief/preview"),
        ("POST", "/v1/loans/{loan}/repayments/preview"),
        ("POST", "/v1/me/recommendations"),
        ("POST", "/v1/me/card-readings/{side}"),
        ("POST", "/v1/persons/{party}/disclosures"),
        ("POST", "/v1/delegations/{delegation}/session"),
    }


@pytest.mark.parametrize(("method", "path"), MATRIX, ids=" ".join)
def test_a_route_answers_nobody_and_no_other_role(world, method, path):
    address = address_of(world, path)
    tokens = {Role.BORROWER: world.a.token, **world.staff}

    refused = {
        role: world.send(method, address, token=token, key="matrix-key")
        for role, token in tokens.items()
        if role not in MATRIX[method, path]
    }
    nobody = world.send(method, address, key="matrix-key")

    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")
    assert {role: answer.status_code for role, answer in refused.items()} == dict.fromkeys(
        refused, 403
    )


def test_a_lender_sees_its_own_loans_and_no_other_lenders(world):
    path = f"/v1/loans/{world.a.loan}"
    seen = world.ask("GET", path, world.a.token)
    number = next(one.number for one in world.parts.book.lenders if one.id == seen["lender"]["id"])

    answer = world.send("GET", path, token=world.staff[Role.LENDER])

    assert answer.status_code == (200 if number == 1 else 404)


def test_a_lender_sees_the_books_of_its_own_accounts_and_of_no_other(world):
    def accounts(role):
        answer = world.send("GET", "/v1/ledger/accounts", token=world.staff[role])
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    own, everyones = accounts(Role.LENDER), accounts(Role.REGULATOR)
    days = "opened_on=2026-11-01&closed_on=2026-11-30"
    mine = {one["account"] for one in own}
    told = {
        one["account"]: world.send(
            "GET",
            f"/v1/ledger/accounts/{one['account']}/statement?{days}",
            token=world.staff[Role.LENDER],
        ).status_code
        for one in everyones
    }

    assert {one["owner"] for one in own} == {1}
    assert {one["kind"] for one in own} >= {"lender_funds", "lender_claims"}
    assert {one["owner"] for one in everyones} > {1}
    assert told == {account: 200 if account in mine else 404 for account in told}


@pytest.mark.parametrize("opt", [
    {}, {ROLES: None}, {ROLES: frozenset(Role)},
    {PERMISSION: Permission("loan", "head_office", None)},
])  # fmt: skip
def test_a_route_that_names_no_role_or_stands_in_no_file_of_permissions_is_shut(opt):
    with pytest.raises(NotAllowed):
        asyncio.run(admit(None, SimpleNamespace(opt=opt)))


def test_a_route_is_open_to_those_only_whom_both_code_and_table_name():
    table = Permission("loan", "head_office", frozenset({Role.CLERK, Role.LENDER}))
    anybody = Permission("loan", "head_office", None)
    code = frozenset({Role.CLERK, Role.OPERATOR})

    assert roles_of(code, table) == {Role.CLERK}
    assert roles_of(None, table) == table.who
    assert roles_of(code, anybody) == code
    assert roles_of(None, anybody) is None


def test_the_frameworks_own_pages_are_shut(world):
    for path in (SHUT, f"{SHUT}/openapi.json", f"{SHUT}/swagger"):
        assert world.send("GET", path).status_code == 403
