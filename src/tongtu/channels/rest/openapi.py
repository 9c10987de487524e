"""The OpenAPI 3.1 document as served: the framework's draft plus how every route refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from tongtu.channels.rest.auth import FILES, PERMISSION, ROLES, roles_of
from tongtu.identity.api import Role

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; `code` is stable, `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "retry_after_s": {"type": "integer"},
    },
}
_WRITTEN = "openapi_document"
_FILE = {"type": "string", "format": "binary"}
_REFUSED = {
    "description": "Refused or failed",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


async def served(app: Litestar) -> bytes:
    """Return the document, written once an application, in a thread: it takes a second or two."""
    if _WRITTEN not in app.state:
        app.state[_WRITTEN] = asyncio.ensure_future(asyncio.to_thread(document, app))
    # Whoever goes away while it is being written does not stop it for the others.
    return bytes(await asyncio.shield(app.state[_WRITTEN]))


def document(app: Litestar) -> bytes:
    """Return the document of this very application."""
    draft: dict[str, Any] = app.openapi_schema.to_schema()
    roles, files = _roles(app), _options(app, FILES)
    for path, item in draft["paths"].items():
        for method, operation in item.items():
            operation["responses"].pop("400", None)  # this product answers 422, as a problem
            operation["responses"]["default"] = _REFUSED
            if media_types := files[path, method.upper()]:
                content = {one: {"schema": _FILE} for one in media_types}
                operation["requestBody"] = {"required": True, "content": content}
            allowed = roles[path, method.upper()]
            if allowed is not None:
                operation["security"] = [{"bearer": []}]
                operation["x-roles"] = sorted(allowed)
    draft["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    return msgspec.json.encode(draft)


def methods_at(app: Litestar, path: str) -> str:
    """Return the methods an address knows, for the Allow header."""
    parts = path.strip("/").split("/")
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and _fits(route.path_format.strip("/").split("/"), parts):
            found |= {str(method) for method in route.methods}
    return ", ".join(sorted(found))


def _fits(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(
        each.startswith("{") or each == part for each, part in zip(pattern, parts, strict=True)
    )


def _roles(app: Litestar) -> dict[tuple[str, str], frozenset[Role] | None]:
    """Return who may call each route: nobody what is shut, None what is for anybody."""
    named, permissions = _options(app, ROLES), _options(app, PERMISSION)
    return {
        address: roles_of(named[address], permission) if permission else frozenset()
        for address, permission in permissions.items()
    }


def _options(app: Litestar, name: str) -> dict[tuple[str, str], Any]:
    return {
        (route.path_format or "/", str(method)): handler.opt.get(name)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
