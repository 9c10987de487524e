"""What a witness does with a checkpoint it is shown: co-sign it, or say why not. Pure.

The protocol is C2SP tlog-witness. A witness never signs a history that is not the continuation of
the one it signed before, and keeps what proves that it was shown two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from tongtu.kernel.errors import BadInput
from tongtu.witness.fork import Fork, fork_of
from tongtu.witness.note import (
    LogKey,
    decode,
    encode,
    note_text,
    open_note,
    read_checkpoint,
)
from tongtu.witness.tree import HASH_LENGTH, is_consistent

# The path between two trees of at most 2^63 leaves.
PATH_MAX = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Why(IntEnum):
    """Why a witness does not sign; the number is the HTTP status of the protocol."""

    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    OTHER_STATE = 409
    INCONSISTENT = 422


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint a witness co-signed: its size, root, and the note itself."""

    size: int
    root: bytes
    note: str

    @property
    def text(self) -> str:
        """What is signed of it."""
        return note_text(self.note)


NOTHING = Seen(0, b"", "")


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint as it is shown to a witness, with the path from the size it knows."""

    old: int
    path: tuple[bytes, ...]
    note: str

    def write(self) -> str:
        """Return the body of `POST /add-checkpoint`."""
        path = "".join(f"{encode(one)}\n" for one in self.path)
        return f"old {self.old}\n{path}\n{self.note}"

    @classmethod
    def read(cls, body: str) -> Shown:
        """Parse what `write` writes. Raises BadInput."""
        head, separator, note = body.partition("\n\n")
        first, *rest = head.split("\n")
        found = _OLD.fullmatch(first)
        if found is None or not separator or len(rest) > PATH_MAX:
            raise BadInput("not a request of a log to its witness")
        path = tuple(decode(line) for line in rest)
        if any(len(one) != HASH_LENGTH for one in path):
            raise BadInput("the path is not made of hashes")
        return cls(int(found[1]), path, note)


@dataclass(frozen=True, slots=True)
class Refusal:
    """That a witness does not sign, and why. `fork` proves that the log told two histories."""

    why: Why
    detail: str
    size: int = 0
    fork: Fork | None = None


def judge(seen: Seen, shown: Shown, key: LogKey) -> Seen | Refusal:
    """Return what the witness has seen once it signs, or why it does not."""
    new = _read(shown.note, key)
    if isinstance(new, Refusal):
        return new
    if seen.size and new.size == seen.size and new.root != seen.root:
        # Two signed roots of one size need no path: this is the fork itself.
        fork = fork_of(key, seen.note, new.note, ())
        return Refusal(Why.OTHER_STATE, "two roots of one size", seen.size, fork)
    if shown.old > new.size:
        return Refusal(Why.MALFORMED, "the old size is beyond the new one")
    if shown.old != seen.size:
        return Refusal(Why.OTHER_STATE, "this witness stands elsewhere", seen.size)
    return _judge_path(seen, shown, new, key)


def _read(note: str, key: LogKey) -> Seen | Refusal:
    """Return a checkpoint of the watched log, once its signature holds."""
    try:
        origin, size, root = read_checkpoint(note_text(note))
    except BadInput as error:
        return Refusal(Why.MALFORMED, error.detail)
    if len(root) != HASH_LENGTH:
        return Refusal(Why.MALFORMED, "the root is no hash")
    if origin != key.name:
        return Refusal(Why.UNKNOWN_LOG, "this witness does not watch that log")
    try:
        open_note(note, key)
    except BadInput as error:
        return Refusal(Why.NOT_SIGNED, error.detail)
    return Seen(size, root, note)


def _judge_path(seen: Seen, shown: Shown, new: Seen, key: LogKey) -> Seen | Refusal:
    if not seen.size:
        if shown.path:
            return Refusal(Why.MALFORMED, "the first checkpoint comes without a path")
        return new
    if is_consistent((seen.size, seen.root), (new.size, new.root), shown.path):
        return new
    fork = fork_of(key, seen.note, shown.note, shown.path)
    return Refusal(Why.INCONSISTENT, "the new log does not continue the old one", seen.size, fork)
