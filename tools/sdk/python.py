"""The Python client: one module of the standard library alone, typed."""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

from tools.sdk.document import Operation, read_operations

HEAD = Path(__file__).with_name("head.py.txt")
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def write_python(document: Mapping[str, Any]) -> str:
    """Return the text of the module."""
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    types = [_schema(name, schemas[name]) for name in sorted(schemas) if name != "Problem"]
    methods = [_method(one) for one in read_operations(document)]
    head = HEAD.read_text(encoding="utf-8").replace("{{version}}", document["info"]["version"])
    before, after = head.split("# {{types}}\n")
    return before + "\n\n".join(types) + "\n\n" + after.rstrip() + "\n\n" + "\n".join(methods)


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    if schema.get("type") != "object" or "properties" not in schema:
        return f"{name} = {_type(schema)}"
    required = set(schema.get("required", ()))
    fields = [
        f'    "{field}": {_field(one, is_required=field in required)},'
        for field, one in schema["properties"].items()
    ]
    return f'{name} = TypedDict("{name}", {{\n' + "\n".join(fields) + "\n})"


def _field(schema: Mapping[str, Any], *, is_required: bool) -> str:
    text = f'"{_type(schema)}"'
    return text if is_required else f"NotRequired[{text}]"


def _type(schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 - a table of forms
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[word]))
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {_type(inner) if isinstance(inner, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def _method(one: Operation) -> str:
    given = [f"{_word(name)}: str" for name in one.path_fields]
    if one.body is not None:
        given.append(f"body: {_type(one.body)}")
    if one.files:
        given += ["content: bytes", f"media_type: Literal[{', '.join(map(repr, one.files))}]"]
    options = [
        f"{_word(name)}: {_type(schema)}" + ("" if is_required else " | None = None")
        for name, schema, is_required in one.query
    ]
    if one.has_key:
        options.append("idempotency_key: str | None = None")
    words = ["self", *given, *(["*", *options] if options else [])]
    answer = "None" if one.answer is None else _type(one.answer)
    path = one.path
    for name in one.path_fields:
        path = path.replace(f"{{{name}}}", f"{{_quote({_word(name)})}}")
    called = [f'"{one.method}"', f'f"{path}"']
    if one.body is not None:
        called.append("body=body")
    if one.files:
        called += ["body=content", "media_type=media_type"]
    if one.query:
        pairs = ", ".join(f'"{name}": {_word(name)}' for name, _, _ in one.query)
        called.append(f"query={{{pairs}}}")
    if one.has_key:
        called.append("key=idempotency_key or new_key()")
    call = f"self._ask({', '.join(called)})"
    last = f"        {call}" if answer == "None" else f"        return cast({answer!r}, {call})"
    return (
        f'    def {one.name}({", ".join(words)}) -> {answer}:\n        """{one.text}"""\n{last}\n'
    )


def _word(name: str) -> str:
    plain = name.replace("-", "_")
    return f"{plain}_" if iskeyword(plain) else plain
