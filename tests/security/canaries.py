"""Personal data that belongs to nobody, and requests of every operation that are full of it."""

import re
from urllib.parse import quote, urlencode

from tongtu.identity.api import check_character

from .bodies import address_of, body_for, question_for

_ID = "11010519800307231"
# In no seed, sample or text of the platform: wherever one of these is found, it came from here.
NOBODY = {
    "phone": "13900004321",
    "resident_id": _ID + check_character(_ID),
    "card_number": "6222020200112233445",
    "name": "莺啼序",
    "address": "鹂歌路七百零一号",
    "note": "zanzibar-canary-7041",
}
SENTENCE = "，".join(NOBODY.values())
NAMES = {"borrower": "name", "external": "card_number", "device_token": "card_number"}
# What ends the session that asks, or what later requests need: asked last.
LAST = {
    ("DELETE", "/v1/sign-in"), ("DELETE", "/v1/me/sessions"),
    ("DELETE", "/v1/me/sessions/{session_id}"), ("DELETE", "/v1/me/consents/{consent}"),
    ("POST", "/v1/operations/day-ends"), ("POST", "/v1/loans/{loan}/withdrawal"),
}  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj\n<< /Title (" + SENTENCE.encode() + b") >>\nendobj\n%%EOF\n"
FORMS = {
    f"{kind} as {form}": text
    for kind, plain in NOBODY.items()
    for form, text in {
        "text": plain,
        "hex": plain.encode().hex(),
        "escapes": plain.encode("unicode_escape").decode(),
        "an address": quote(plain),
    }.items()
}


def operations(document):
    found = [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda one: (one[:2] in LAST, one[1], one[0]))


def held_in(text):
    """Return which of nobody's data stand in a text, in whatever form."""
    return sorted(name for name, form in FORMS.items() if form in text)


def requests_of(world, document, operation):
    """Yield (kind, address, what is sent): a body its schema takes, one it refuses, a bad address."""
    _, path, about = operation
    address = address_of(world, path) + question_for(document, about)
    content = about.get("requestBody", {}).get("content", {})
    sample = body_for(document, about)
    if sample is not None:
        schema = content["application/json"]["schema"]
        yield "taken", address, {"json": _filled(document, schema, sample)}
        yield "refused", address, {"json": _flooded(sample) | {"金": SENTENCE}}
    elif content:
        kind = "application/pdf" if "application/pdf" in content else "image/png"
        named = quote(SENTENCE)
        headers = (
            ("content-type", kind), ("content-disposition", f'attachment; filename="{named}.pdf"'),
        )  # fmt: skip
        yield "taken", address, {"content": PDF, "headers": headers}
    else:
        yield "taken", address, {}
    if "{" in path:
        for kind in ("phone", "name"):
            yield "lost", re.sub(r"\{\w+\}", quote(NOBODY[kind]), path), {"json": sample or {}}
    asked = [one["name"] for one in about.get("parameters", ()) if one["in"] == "query"]
    for kind in ("resident_id", "address") if asked else ():
        question = urlencode(dict.fromkeys(asked, NOBODY[kind]))
        yield "asked", f"{address_of(world, path)}?{question}", {}


def _filled(document, schema, value, name=""):
    """Return a sample whose texts are nobody's data, as far as the schema takes them."""
    schema = _resolved(document, schema)
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        more = {
            key: _sample(document, each)
            for key, each in inner.items()
            if key not in value and _is_text(document, each)
        }
        return {
            key: _filled(document, inner.get(key, {}), each, key)
            for key, each in (value | more).items()
        }
    if isinstance(value, list):
        return [_filled(document, schema.get("items", {}), each, name) for each in value]
    if not isinstance(value, str) or "enum" in schema or "const" in schema or "format" in schema:
        return value
    wanted = NOBODY.get(NAMES.get(name, name))
    for text in filter(None, (wanted, SENTENCE, *NOBODY.values())):
        is_long = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10_000)
        if is_long and re.search(schema.get("pattern", ""), text):
            return text
    return value


def _resolved(document, schema):
    if "$ref" in schema:
        return _resolved(
            document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        )
    either = schema.get("oneOf", schema.get("anyOf"))
    if either is not None:
        return _resolved(document, next(one for one in either if one.get("type") != "null"))
    return schema


def _is_text(document, schema):
    found = _resolved(document, schema)
    return found.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(found)


def _sample(document, schema):
    return "x" * max(1, _resolved(document, schema).get("minLength", 1))


def _flooded(value):
    """Return a body whose every text and number is a sentence full of nobody's data."""
    if isinstance(value, dict):
        return {key: _flooded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_flooded(each) for each in value]
    return SENTENCE
