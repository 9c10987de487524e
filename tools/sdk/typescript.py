"""The TypeScript client: one module over fetch, without dependencies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.sdk.document import Operation, read_operations

HEAD = Path(__file__).with_name("head.ts.txt")
_PLAIN = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean",
    "null": "null",
}  # fmt: skip


def write_typescript(document: Mapping[str, Any]) -> str:
    """Return the text of the module."""
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    types = [_schema(name, schemas[name]) for name in sorted(schemas) if name != "Problem"]
    methods = [_method(one) for one in read_operations(document)]
    head = HEAD.read_text(encoding="utf-8").replace("{{version}}", document["info"]["version"])
    before, after = head.split("// {{types}}\n")
    return before + "\n".join(types) + "\n" + after.rstrip() + "\n\n" + "\n".join(methods) + "}\n"


def camel(name: str) -> str:
    """Return postWebhooksSecret of post_webhooks_secret."""
    return re.sub(r"[_-](\w)", lambda found: found[1].upper(), name)


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    if schema.get("type") != "object" or "properties" not in schema:
        return f"export type {name} = {_type(schema)};"
    required = set(schema.get("required", ()))
    fields = [
        f"  {field}{'' if field in required else '?'}: {_type(one)};"
        for field, one in schema["properties"].items()
    ]
    return f"export interface {name} {{\n" + "\n".join(fields) + "\n}"


def _type(schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 - a table of forms
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[word]))
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"({_type(schema.get('items', {}))})[]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"Record<string, {_type(inner) if isinstance(inner, dict) else 'unknown'}>"
    return _PLAIN.get(str(kind), "unknown")


def _method(one: Operation) -> str:
    given = [f"{camel(name)}: string" for name in one.path_fields]
    if one.body is not None:
        given.append(f"body: {_type(one.body)}")
    if one.files:
        kinds = " | ".join(json.dumps(kind) for kind in one.files)
        given += ["content: Uint8Array<ArrayBuffer> | Blob", f"mediaType: {kinds}"]
    options = [
        f"{name}{'' if is_required else '?'}: {_type(schema)}"
        for name, schema, is_required in one.query
    ]
    if one.has_key:
        options.append("idempotencyKey?: string")
    if options:
        is_free = all("?:" in option for option in options)
        given.append(f"options: {{ {'; '.join(options)} }}{' = {}' if is_free else ''}")
    answer = "void" if one.answer is None else _type(one.answer)
    path = one.path
    for name in one.path_fields:
        path = path.replace(f"{{{name}}}", f"${{encodeURIComponent({camel(name)})}}")
    asked = []
    if one.body is not None:
        asked.append("body")
    if one.files:
        asked.append("content, mediaType")
    if one.query:
        pairs = ", ".join(f"{name}: options.{name}" for name, _, _ in one.query)
        asked.append(f"query: {{ {pairs} }}")
    if one.has_key:
        asked.append("key: options.idempotencyKey ?? newKey()")
    return (
        f"  /** {one.text.replace('*/', '')} */\n"
        f"  {camel(one.name)}({', '.join(given)}): Promise<{answer}> {{\n"
        f'    return this.ask("{one.method}", `{path}`, {{ {", ".join(asked)} }});\n  }}\n'
    )
