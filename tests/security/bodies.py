"""Addresses, queries and bodies that the API's own document takes: operations are really asked."""

import re
from urllib.parse import urlencode

MADE_UP = {
    "approval": "av_0000000000000", "number": "br_0000000000000", "event": "event-00000000",
    "experiment": "px_0000000000000", "campaign": "cp_0000000000000", "webhook": "wh_0000000000000",
    "entry": "le_0000000000000", "rules": "0" * 64, "model": "0" * 64,
    "process_case": "ca_0000000000000", "task": "1", "version": "0" * 32, "key": "nothing",
    "passkey": "pk_0000000000000", "delegation": "dg_0000000000000",
    "ring": "rg_0000000000000",
    "session": "cs_0000000000000", "document": "dt_0000000000000", "contact": "no_0000000000000",
    "session_id": "0" * 24, "day": "2026-11-24", "lender": "1", "kind": "decision",
    "department": "digital_finance", "side": "id_front",
    "review": "lr_0000000000000", "place": "0", "privacy_request": "pr_0000000000000",
}  # fmt: skip
# A value for each pattern in the document that is no plain word.
SAMPLES = (
    "why it is so", "a" * 8, "0" * 64, "123456", "2026-11-24", "A" * 22, "13912345678", "device-1",
    "branch_1", "ap_0000000000000", "ag", "deny", "1", "Aa0" * 12, "0" * 40, "demo-operator", "0" * 32,
)  # fmt: skip


def address_of(world, path):
    own = MADE_UP | {name: value for name, value in vars(world.b).items() if value}
    own |= {"subject": world.b.decision}
    own["account"] = world.parts.runtime.public.show("account", 1)
    return path.format_map(own)


def question_for(document, operation):
    """Return the query that an operation cannot do without."""
    asked = {
        one["name"]: _value(document, one["schema"])
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one.get("required")
    }
    return f"?{urlencode(asked)}" if asked else ""


def body_for(document, operation):
    """Return a body that the operation's own schema takes, so that it is asked whose the id is."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    return _value(document, content["application/json"]["schema"])


def names_in(document, operation):
    """Return the fields that an operation's own body names."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(schema["properties"])


def _value(document, schema):
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _value(document, document["components"]["schemas"][name])
    either = schema.get("oneOf", schema.get("anyOf"))
    if either is not None:
        return _value(document, next(one for one in either if one.get("type") != "null"))
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _BY_TYPE.get(schema.get("type"), _text)(document, schema)


def _object(document, schema):
    properties = schema.get("properties", {})
    return {name: _value(document, properties[name]) for name in schema.get("required", ())}


def _array(document, schema):
    if "items" not in schema:  # a row of fixed places
        return [_value(document, one) for one in schema.get("prefixItems", ())]
    return [_value(document, schema["items"])] * max(1, schema.get("minItems", 0))


def _number(_, schema):
    return max(1, schema.get("minimum", 1))


def _text(_, schema):
    if schema.get("format") in _TIMES:
        return _TIMES[schema["format"]]
    if "pattern" not in schema:
        return "x" * max(1, schema.get("minLength", 1))
    for sample in SAMPLES:
        is_long = schema.get("minLength", 0) <= len(sample) <= schema.get("maxLength", 10_000)
        if is_long and re.search(schema.get("pattern", ""), sample):
            return sample
    raise AssertionError(f"no sample fits {schema}")


_TIMES = {"date": "2026-11-24", "date-time": "2026-11-24T06:02:00Z"}
_BY_TYPE = {
    "object": _object, "array": _array, "integer": _number, "number": _number,
    "boolean": lambda *_: True, "string": _text,
}  # fmt: skip
