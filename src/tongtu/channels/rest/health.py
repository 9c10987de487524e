"""/health, /ready, /metrics, /schema: for machines that watch and people who build on it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.openapi import served
from tongtu.runtime.api import is_fine, metrics_text

DATABASE_ANSWER_S = 2.0


class Health(msgspec.Struct, frozen=True):
    """That this process answers."""

    status: str
    version: str


class Ready(msgspec.Struct, frozen=True):
    """Whether work can be taken; each check is "ok", "ok: " and with what, or what is missing."""

    status: str
    checks: dict[str, str]


@get("/health", opt=PUBLIC)
async def find_health(parts: GivenParts) -> Health:
    """Answer as long as the process lives; nothing else is asked."""
    return Health("ok", parts.version)


@get("/ready", opt=PUBLIC)
async def find_ready(parts: GivenParts) -> Response[Ready]:
    """Tell whether applications can be decided now."""
    checks = await parts.readiness()
    is_ready = all(is_fine(found) for found in checks.values())
    return Response(
        Ready("ok" if is_ready else "not_ready", checks), status_code=200 if is_ready else 503
    )


@get("/metrics", opt=PUBLIC, include_in_schema=False)
async def find_metrics() -> Response[bytes]:
    """Return the metrics in Prometheus' text form."""
    return Response(metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@get("/schema", opt=PUBLIC, include_in_schema=False)
async def find_schema(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the OpenAPI 3.1 document of this very process."""
    return Response(await served(request.app), media_type="application/vnd.oai.openapi+json")


ROUTES = (find_health, find_ready, find_metrics, find_schema)
