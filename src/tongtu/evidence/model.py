"""What the log holds and what it answers: values only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

# What a leaf may prove. A new kind enters here first.
KINDS = frozenset(
    {
        "decision",
        "acceptance",
        "agreement",
        "binding",
        "disclosure",
        "reading",
        "clauses",
        "movement",
        "loan_event",
        "facility_event",
        "line_review",
        "day_end",
        "consent",
        "lender_answer",
        "document",
        "withdrawal",
        "verification",
    }
)


def commitment(salt: bytes, payload: bytes) -> bytes:
    """Return what the log holds instead of a payload: destroying the salt erases the link."""
    return hashlib.sha256(salt + payload).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to prove: its kind, the id of what it is about, and its 32-byte commitment."""

    kind: str
    subject: int
    commitment: bytes

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"the log has no kind {self.kind}")
        if len(self.commitment) != hashlib.sha256().digest_size:
            raise ValueError("a commitment has 32 bytes")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed state of the log at a size: what a witness keeps."""

    size: int
    root: bytes
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands at `position` of the log of `size` leaves that `note` signs.

    `witnesses` are the keys of those who co-signed the note; none while it is the log's word alone.
    """

    kind: str
    subject: int
    commitment: bytes
    position: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    note: str
    witnesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """The entry is committed; a checkpoint that covers it comes within seconds."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log of `old_size` leaves is the beginning of the log that `note` signs."""

    old_size: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The log recomputed from its leaves. A bad entry lies in first_bad..last_bad, if any."""

    size: int
    root: bytes
    checkpoints: int
    finding: str
    first_bad: int | None = None
    last_bad: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether leaves, stored nodes, batches and signed checkpoints all agree."""
        return self.first_bad is None
