"""The ordinary application: every route, one guard, one way of answering faults."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, ControllerRouterHandler

from tongtu.channels.rest import (
    account_limits,
    agreements,
    answer_proofs,
    applications,
    authority,
    bank,
    campaigns,
    cases,
    checkout,
    clearing,
    consents,
    contacts,
    decisions,
    delegations,
    demo,
    departments,
    documents,
    evidence,
    experiments,
    facilities,
    forms,
    health,
    house,
    insight,
    joint,
    ledger,
    lender_desk,
    lenders,
    line_reviews,
    lists,
    loan_changes,
    loan_imports,
    loans,
    mandates,
    market,
    me,
    models,
    offers,
    operations,
    organisations,
    outside,
    overdue_pauses,
    passkeys,
    payments,
    permissions,
    personal_data,
    persons,
    pictures,
    policy,
    process_cases,
    processes,
    products,
    proposal_terms,
    proposals,
    pushes,
    quotes,
    recommendations,
    reviews,
    rings,
    router,
    rules,
    sandbox,
    sessions,
    settlements,
    sign_in,
    staff_sign_in,
    static,
    verification_reviews,
    verifications,
    webhooks,
    withdrawals,
)
from tongtu.channels.rest.auth import SENDERS, admit, bind, caller_in, provide_caller, provide_parts
from tongtu.channels.rest.command import provide_command
from tongtu.channels.rest.gate import Gate
from tongtu.channels.rest.looking import keep_look
from tongtu.channels.rest.openapi import methods_at
from tongtu.channels.rest.pace import Paces
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.problem import told

_MODULES = (
    health,
    sign_in,
    staff_sign_in,
    passkeys,
    sessions,
    me,
    permissions,
    departments,
    delegations,
    organisations,
    house,
    persons,
    consents,
    personal_data,
    cases,
    decisions,
    answer_proofs,
    products,
    quotes,
    applications,
    reviews,
    documents,
    verifications,
    pictures,
    process_cases,
    processes,
    verification_reviews,
    offers,
    account_limits,
    agreements,
    checkout,
    contacts,
    facilities,
    forms,
    line_reviews,
    loans,
    loan_changes,
    withdrawals,
    outside,
    overdue_pauses,
    loan_imports,
    proposals,
    proposal_terms,
    joint,
    mandates,
    payments,
    clearing,
    settlements,
    lenders,
    lender_desk,
    webhooks,
    sandbox,
    bank,
    operations,
    policy,
    models,
    rules,
    lists,
    rings,
    ledger,
    evidence,
    authority,
    campaigns,
    experiments,
    insight,
    market,
    router,
    recommendations,
    pushes,
)


# The framework's own schema pages load from other hosts; naming no roles, they stay shut.
_SCHEMA_PAGES = "/schema-pages"


def build(parts: Parts) -> ASGIApp:
    """Return the whole HTTP side of the platform by its ordinary door, behind the gate."""
    return guarded(build_ordinary(parts), parts)


def guarded(app: ASGIApp, parts: Parts) -> ASGIApp:
    """Return an application behind the gate."""
    # The demo's replay is one address that asks as fast as it can.
    settings = parts.runtime.settings
    paces = None if settings.demo else Paces(parts.runtime.clock)
    admit_sender = partial(caller_in, parts, roles=SENDERS)
    return Gate(app, parts.request_ids, admit_sender, paces, is_https=settings.is_https)


def build_ordinary(parts: Parts) -> Litestar:
    """Return the application without the gate."""
    routes: list[ControllerRouterHandler] = [r for module in _MODULES for r in module.ROUTES]
    if parts.runtime.settings.demo:
        routes += demo.ROUTES
    routes += static.routes(parts.site)
    app = Litestar(
        route_handlers=routes,
        guards=[admit],
        dependencies={
            "parts": Provide(provide_parts, sync_to_thread=False),
            "caller": Provide(provide_caller, sync_to_thread=False),
            "command": Provide(provide_command),
        },
        exception_handlers={Exception: _answer},
        before_send=[keep_look],
        state=State({"parts": parts}),
        openapi_config=_openapi(parts),
        logging_config=None,
        request_max_body_size=None,  # the gate has bounded it
        pdb_on_exception=False,
    )
    bind(app, parts.permissions)
    return app


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    request_id = request.scope["state"]["request_id"]
    operation = f"{request.method} {request.scope.get('path_template', '')}"
    problem = told(error, request_id, operation)
    headers = {name.decode(): value.decode() for name, value in problem.headers()}
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = methods_at(request.app, request.scope["path"])
    media_type = headers.pop("content-type")
    return Response(
        problem.body(request_id), status_code=problem.status, headers=headers, media_type=media_type
    )


def _openapi(parts: Parts) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Tongtu 通途",
        version=parts.version,
        description=(
            "Money is an integer of minor units (fen) in *_minor. Every refusal is "
            "application/problem+json with a stable `code`. Writes carry an Idempotency-Key."
        ),
        path=_SCHEMA_PAGES,
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}
        ),
    )
