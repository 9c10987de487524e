"""Strict JSON at the edge: known fields only, each once, whole numbers, named bounds.

One decode for both doors: the ordinary routes reach it through `StrictBody`, the hot door
calls `Shape.read` itself.
"""

from __future__ import annotations

import json
import re
from types import UnionType
from typing import Any, ClassVar, Generic, TypeVar, get_args

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from tongtu.channels.rest.headers import check_content_type
from tongtu.identity.api import DOCUMENT_BYTES_MAX
from tongtu.kernel.errors import BadInput

T = TypeVar("T")
BODY_BYTES_MAX = 64 * 1024
# A set of changed rules: the release's own six files take a tenth of it, in JSON.
RULES_BYTES_MAX = 1024 * 1024
RULES_PATH = "/v1/rules"
# Nothing else takes what is longer than usual.
_LONG_METHOD = "POST"
_DOCUMENT_PATH = re.compile(r"/v1/applications/[0-9a-z_]{1,40}/documents/[a-z0-9_]{1,40}")
# Pictures: a side of a card, or the frames of a challenge as text (a third longer than bytes).
_PICTURE_PATH = re.compile(
    r"/v1/me/card-readings/[a-z_]{1,20}|/v1/verifications/[0-9a-z_]{1,40}/(?:cards/[a-z_]{1,20}|face)"
)
_FIELDS_SHOWN_MAX = 64
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*?)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")
# These messages repeat what was sent; a value may be personal, so it is not sent back.
_ECHOES = re.compile(r"^Invalid (enum value|value).*", re.DOTALL)


def bytes_max(method: str, path: str) -> int:
    """Return how long a body may be that comes to this address by this method."""
    if method != _LONG_METHOD:
        return BODY_BYTES_MAX
    if path == RULES_PATH:
        return RULES_BYTES_MAX
    is_long = _DOCUMENT_PATH.fullmatch(path) or _PICTURE_PATH.fullmatch(path)
    return DOCUMENT_BYTES_MAX if is_long else BODY_BYTES_MAX


class Shape(Generic[T]):
    """What a body must look like. Made once a route."""

    def __init__(self, model: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(model)
        self._keys = _keys_if_fixed(model)

    def read(self, raw: bytes) -> T:
        """Return the body as a value.

        Raises:
            BadInput: not JSON, not of this shape, or a field twice.
        """
        try:
            value = self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None
        except ValueError:  # malformed JSON and malformed UTF-8
            raise BadInput("the body is not JSON in UTF-8", code="bad_json") from None
        # Each field stands once when there are as many colons as fields; a colon inside a text
        # only means the slower look. Both are bounded: the typed decode above admits no depth.
        if raw.count(b":") != self._keys:
            json.loads(raw, object_pairs_hook=_once)
        return value


class StrictBody(AbstractDTO[T], Generic[T]):
    """Makes an ordinary route decode its `data` as strictly as the hot door does."""

    shape: ClassVar[Shape[Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if model := getattr(cls, "model_type", None):
            cls.shape = Shape(model)

    def decode_bytes(self, value: bytes) -> Any:
        """Decode the body of the request at hand."""
        check_content_type(self.asgi_connection.scope["headers"])
        return self.shape.read(value)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Any:  # noqa: ARG003 - a port
        """Not used: the shape decodes by itself."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003 - a port
        """Not used: the shape decodes by itself."""
        return False

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Prepare nothing: the shape decodes by itself."""

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003 - a port
        schema_creator: SchemaCreator,
    ) -> Reference | Schema:
        """Document the struct itself."""
        return schema_creator.for_field_definition(field_definition)


def _keys_if_fixed(model: Any) -> int:
    """Count the keys a valid body has; -1 when that may differ from body to body."""
    total = 0
    for field in msgspec.structs.fields(model):
        inner = _struct_in(field.type)
        if not field.required or _is_many(field.type):
            return -1
        below = _keys_if_fixed(inner) if inner else 0
        if below < 0:
            return -1
        total += 1 + below
    return total


def _struct_in(kind: Any) -> Any:
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return kind if is_struct else None


def _is_many(kind: Any) -> bool:
    if isinstance(kind, UnionType):
        return any(_struct_in(each) or _is_many(each) for each in get_args(kind))
    return getattr(kind, "__origin__", kind) in (list, tuple, dict, set)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a field stands twice in the body", code="duplicate_field")
    return found


def _refusal(message: str) -> BadInput:
    at = _AT.search(message)
    path = at["path"] if at else ""
    text = message[: at.start()] if at else message
    for pattern, why in ((_UNKNOWN, "is not known"), (_MISSING, "is missing")):
        if found := pattern.match(text):
            path = f"{path}.{found['name']}" if path else found["name"]
            text = why
    text = _ECHOES.sub("is not one of the allowed values", text)
    fields = {_printable(path): text} if path else {}
    return BadInput("the body does not have the expected form", fields=fields)


def _printable(path: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in path)[:_FIELDS_SHOWN_MAX]
