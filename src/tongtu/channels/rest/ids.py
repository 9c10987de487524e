"""Public ids in addresses: one that is malformed is not told apart from one that is not yours."""

from __future__ import annotations

from tongtu.channels.rest.parts import Parts
from tongtu.kernel.errors import NotFound


def read_id(parts: Parts, kind: str, text: str) -> int:
    """Return the inside id.

    Raises:
        NotFound: malformed, or of another kind.
    """
    try:
        return parts.runtime.public.read(kind, text)
    except ValueError:
        raise NotFound(f"there is no such {kind}") from None
