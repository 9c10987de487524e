"""The operations and types of the document, in the words a client has for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NO_CONTENT = "204"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of the client."""

    name: str
    method: str
    path: str
    text: str
    path_fields: tuple[str, ...]
    query: tuple[tuple[str, Mapping[str, Any], bool], ...]  # name, schema, is required
    body: Mapping[str, Any] | None
    answer: Mapping[str, Any] | None
    has_key: bool
    files: tuple[str, ...] = ()  # the media types of a file that is the body itself


def read_operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations that answer JSON, by name. Raises ValueError: two of one name."""
    found: dict[str, Operation] = {}
    for path, item in document["paths"].items():
        for method, raw in item.items():
            made = _operation(path, method, raw)
            if made is None:
                continue
            if made.name in found:
                raise ValueError(f"{made.name} is two operations")
            found[made.name] = made
    return [found[name] for name in sorted(found)]


def name_of(method: str, path: str) -> str:
    """Return e.g. post_webhooks_secret; a last part that is a field is named: get_x_by_y."""
    parts = [one for one in path.strip("/").split("/") if one != "v1"]
    words = [method] + [one for one in parts if not one.startswith("{")]
    if parts and parts[-1].startswith("{"):
        words += ["by", parts[-1].strip("{}")]
    return "_".join(words).replace("-", "_")


def _operation(path: str, method: str, raw: Mapping[str, Any]) -> Operation | None:
    good = {status: one for status, one in raw["responses"].items() if status.startswith("2")}
    if not good:
        return None
    status, answer = next(iter(good.items()))
    content = answer.get("content", {})
    if status != _NO_CONTENT and "application/json" not in content:
        return None  # pages, files and streams are not for this client
    fields = raw.get("parameters", [])
    body = raw.get("requestBody", {}).get("content", {})
    files = () if "application/json" in body else tuple(body)
    return Operation(
        name=name_of(method, path),
        method=method.upper(),
        path=path,
        text=str(raw.get("description") or raw.get("summary") or "").split("\n")[0],
        path_fields=tuple(one["name"] for one in fields if one["in"] == "path"),
        query=tuple(
            (one["name"], one["schema"], bool(one.get("required")))
            for one in fields
            if one["in"] == "query"
        ),
        body=body.get("application/json", {}).get("schema"),
        answer=content.get("application/json", {}).get("schema"),
        has_key=any(one["name"] == "Idempotency-Key" for one in fields),
        files=files,
    )
