"""What evidence keeps leads to a person by number alone: hashes without a name."""

from __future__ import annotations

NUMBERED = {
    "evidence.batch": "numbers with salted hashes, whose salts end with the rows they stand for",
    "evidence.leaf": "numbers with salted hashes",
    "evidence.node": "hashes",
    "evidence.checkpoint": "hashes",
    "evidence.final": "hashes",
}
