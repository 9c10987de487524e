"""What a leaf of servicing is made from: a body in its one form, and a salt."""

from __future__ import annotations

import json

SALT_BYTES = 16


def canonical(body: object) -> bytes:
    """Return the one JSON form of a body that is committed to."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
