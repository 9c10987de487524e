"""Public ids in addresses, and pages. A malformed id is not told apart from one not yours."""

from __future__ import annotations

import re
from typing import Annotated

from litestar.params import QueryParameter

from tongtu.channels.rest.parts import Parts
from tongtu.kernel.errors import BadInput, NotFound

_HASH = re.compile("[0-9a-f]{64}")
LIMIT = 20
LIMIT_MAX = 100
AFTER = None
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="how many items at most")]
After = Annotated[
    str | None, QueryParameter(max_length=32, description="`next` of the page before this one")
]


def read_id(parts: Parts, kind: str, text: str) -> int:
    """Return the inside id.

    Raises:
        NotFound: malformed, or of another kind.
    """
    try:
        return parts.runtime.public.read(kind, text)
    except ValueError:
        raise NotFound(f"there is no such {kind}") from None


def read_hash(kind: str, text: str) -> str:
    """Return a hash that stands in an address. Raises NotFound: malformed."""
    if _HASH.fullmatch(text) is None:
        raise NotFound(f"there is no such {kind}")
    return text


def read_after(parts: Parts, kind: str, text: str | None) -> int:
    """Return the inside id a page goes on after; 0 for the first page.

    Raises:
        BadInput: not the `next` of a page.
    """
    if text is None:
        return 0
    try:
        return parts.runtime.public.read(kind, text)
    except ValueError:
        raise BadInput("`after` is the `next` of a page", fields={"after": "not a next"}) from None
