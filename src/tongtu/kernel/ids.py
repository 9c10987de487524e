"""Ids: an int8 of (time, shard, sequence) inside, prefix + 13 base32 characters outside.

The outside form is a keyed permutation of the inside form, so it tells neither order nor volume.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

SHARDS = 4096
SEQUENCE_BITS = 10
SHARD_BITS = 12
# Upper bits of the sequence name the generator, so that 8 processes never give the same id.
GENERATOR_BITS = 3
PER_MS = 1 << (SEQUENCE_BITS - GENERATOR_BITS)
EPOCH_MS = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_CODE_LENGTH = 13

PartyId = NewType("PartyId", int)
ApplicationId = NewType("ApplicationId", int)
DecisionId = NewType("DecisionId", int)
OfferId = NewType("OfferId", int)
AgreementId = NewType("AgreementId", int)
LoanId = NewType("LoanId", int)
TransferId = NewType("TransferId", int)
AccountId = NewType("AccountId", int)
PaymentId = NewType("PaymentId", int)
LenderId = NewType("LenderId", int)
ProgramId = NewType("ProgramId", int)

PREFIXES = {
    "party": "pt_",
    "application": "ap_",
    "decision": "dc_",
    "offer": "of_",
    "agreement": "ag_",
    "loan": "ln_",
    "transfer": "tr_",
    "account": "ac_",
    "payment": "pi_",
    "consent": "co_",
    "leaf": "lf_",
    "notice": "no_",
    "verification": "ve_",
    "approval": "av_",
    "event": "ev_",
    "mandate": "md_",
    "break": "br_",
}


def shard_of(key: bytes) -> int:
    """Return the logical shard (0..4095) of a stable key, e.g. a blind index."""
    return int.from_bytes(hashlib.blake2b(key, digest_size=2).digest(), "big") % SHARDS


def id_shard(identifier: int) -> int:
    """Return the shard an id carries."""
    return (identifier >> SEQUENCE_BITS) & (SHARDS - 1)


def cell_of(shard: int, cells: int) -> int:
    """Return the cell that owns `shard` when `cells` equal ranges share the 4,096 shards."""
    return shard * cells // SHARDS


class IdSource:
    """Makes int8 ids that grow with time. `now_ms` is the clock seam; `generator` is 0..7."""

    def __init__(self, now_ms: Callable[[], int], generator: int = 0) -> None:
        if not 0 <= generator < (1 << GENERATOR_BITS):
            raise ValueError("generator must be 0..7")
        self._now_ms = now_ms
        self._base = generator * PER_MS
        self._ms = 0
        self._used = 0

    def new(self, shard: int) -> int:
        """Return a new id in `shard`. When a millisecond is used up, the next one is borrowed."""
        if not 0 <= shard < SHARDS:
            raise ValueError("shard must be 0..4095")
        ms = self._now_ms() - EPOCH_MS
        if ms > self._ms:
            self._ms, self._used = ms, 0
        elif self._used == PER_MS:
            self._ms, self._used = self._ms + 1, 0
        sequence = self._base + self._used
        self._used += 1
        return (self._ms << (SHARD_BITS + SEQUENCE_BITS)) | (shard << SEQUENCE_BITS) | sequence


@dataclass(frozen=True, slots=True)
class PublicIds:
    """Turns inside ids to outside codes and back by a 4-round keyed Feistel permutation."""

    key: bytes

    def show(self, kind: str, identifier: int) -> str:
        """Return e.g. "ln_" + 13 characters. Raises KeyError for an unknown kind."""
        return PREFIXES[kind] + _encode(self._permute(identifier, range(4)))

    def read(self, kind: str, code: str) -> int:
        """Return the inside id. Raises ValueError when the code is malformed or of another kind."""
        prefix = PREFIXES[kind]
        if not code.startswith(prefix) or len(code) != len(prefix) + _CODE_LENGTH:
            raise ValueError(f"a {kind} id looks like {prefix} and {_CODE_LENGTH} characters")
        value = self._permute(_decode(code[len(prefix) :]), range(3, -1, -1))
        if value >> 63:
            raise ValueError(f"no such {kind} id")
        return value

    def _permute(self, value: int, rounds: range) -> int:
        left, right = value >> 32, value & 0xFFFFFFFF
        for number in rounds:
            left, right = right, left ^ self._round(number, right)
        return (right << 32) | left

    def _round(self, number: int, half: int) -> int:
        digest = hashlib.blake2b(
            half.to_bytes(4, "big"), digest_size=4, key=self.key, salt=bytes([number])
        ).digest()
        return int.from_bytes(digest, "big")


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(60, -1, -5))


def _decode(code: str) -> int:
    try:
        value = sum(
            _VALUES[letter] << shift for letter, shift in zip(code, range(60, -1, -5), strict=True)
        )
    except KeyError as letter:
        raise ValueError(f"an id holds no {letter}") from None
    if value >> 64:
        raise ValueError("no such id")
    return value
