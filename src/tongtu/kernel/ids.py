"""Ids: an int8 of (time, shard, sequence) inside, prefix + 13 base32 characters outside.

The outside form is a keyed permutation of the inside form, so it tells neither order nor volume.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NewType

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

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
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_ROUNDS = range(4)
_FEW = 8  # below this many the columns cost more than they save
_LETTERS = np.frombuffer(_ALPHABET.encode(), np.uint8)
_SHIFTS = np.arange(60, -1, -5, dtype=np.uint64)

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
    "relief": "rl_",
    "session": "cs_",
    "facility": "fc_",
    "draw": "dw_",
    "line_review": "lr_",
    "list_entry": "le_",
    "staff": "sf_",
    "remote_request": "rq_",
    "webhook": "wh_",
    "delivery": "dl_",
    "document": "dt_",
    "privacy_request": "pr_",
    "experiment": "px_",
    "campaign": "cp_",
    "passkey": "pk_",
    "organisation": "og_",
    "delegation": "dg_",
    "ring": "rg_",
    "case": "ca_",
}


def shard_of(key: bytes) -> int:
    """Return the logical shard (0..4095) of a stable key, e.g. a blind index."""
    return int.from_bytes(hashlib.blake2b(key, digest_size=2).digest(), "big") % SHARDS


def least_id(at: datetime) -> int:
    """Return the least id that can be made at an instant: those below it were made before."""
    ms = int(at.timestamp() * 1000) - EPOCH_MS
    return max(ms, 0) << (SHARD_BITS + SEQUENCE_BITS)


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


class PublicIds:
    """Turns inside ids to outside codes and back by a keyed permutation of 64 bits.

    Four Feistel rounds whose function is one block of AES: the first four bytes of the block that
    holds a half and the round's number.
    """

    def __init__(self, key: bytes) -> None:
        self._blocks = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - a round function, no message

    def show(self, kind: str, identifier: int) -> str:
        """Return e.g. "ln_" + 13 characters. Raises KeyError for an unknown kind."""
        return PREFIXES[kind] + _encode(self._permute(identifier, _ROUNDS))

    def show_many(self, kind: str, identifiers: Sequence[int]) -> list[str]:
        """Return what `show` gives for each, in order, at a tenth of its price for hundreds."""
        if len(identifiers) < _FEW:
            return [self.show(kind, one) for one in identifiers]
        prefix = PREFIXES[kind]
        halves = np.array(identifiers, np.uint64).byteswap().view(">u4").reshape(-1, 2)
        left, right = halves[:, 0], halves[:, 1]
        blocks = np.zeros((len(halves), 4), ">u4")
        for number in _ROUNDS:
            blocks[:, 0], blocks[:, 1] = right, number
            mixed = np.frombuffer(self._blocks.update(blocks.tobytes()), ">u4")[::4]
            left, right = right, left ^ mixed
        values = right.astype(np.uint64) << np.uint64(32) | left.astype(np.uint64)
        text = _LETTERS[(values[:, None] >> _SHIFTS) & np.uint64(31)].tobytes().decode()
        ends = range(0, len(text), _CODE_LENGTH)
        return [prefix + text[start : start + _CODE_LENGTH] for start in ends]

    def read(self, kind: str, code: str) -> int:
        """Return the inside id. Raises ValueError when the code is malformed or of another kind."""
        prefix = PREFIXES[kind]
        if not code.startswith(prefix) or len(code) != len(prefix) + _CODE_LENGTH:
            raise ValueError(f"a {kind} id looks like {prefix} and {_CODE_LENGTH} characters")
        value = self._permute(_decode(code[len(prefix) :]), reversed(_ROUNDS))
        if value >> 63:
            raise ValueError(f"no such {kind} id")
        return value

    def _permute(self, value: int, rounds: Iterable[int]) -> int:
        left, right = value >> 32, value & 0xFFFFFFFF
        for number in rounds:
            block = (right << 96 | number << 64).to_bytes(16, "big")
            left, right = right, left ^ int.from_bytes(self._blocks.update(block)[:4], "big")
        return (right << 32) | left


def _encode(value: int) -> str:
    pairs = "".join([_PAIRS[(value >> shift) & 1023] for shift in (55, 45, 35, 25, 15, 5)])
    return pairs + _ALPHABET[value & 31]


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
