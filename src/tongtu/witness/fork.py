"""The proof that a log told two histories: a file that anyone checks by the log's own key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongtu.kernel.errors import BadInput
from tongtu.witness.note import LogKey, open_note, read_checkpoint
from tongtu.witness.tree import HASH_LENGTH, is_consistent, older_root

FORK_FORMAT = "tongtu-fork-1"


@dataclass(frozen=True, slots=True)
class Fork:
    """Two checkpoints of one log that cannot both be true.

    `path` leads from `other_root`, at the size of `older`, to the root of `newer`; `older` signs
    another root of that size.
    """

    key: LogKey
    older: str
    newer: str
    other_root: bytes
    path: tuple[bytes, ...]

    def to_file(self) -> dict[str, Any]:
        """Return the JSON shape of the proof."""
        return {
            "format": FORK_FORMAT,
            "log_key": self.key.show(),
            "older": self.older,
            "newer": self.newer,
            "other_root": self.other_root.hex(),
            "path": [one.hex() for one in self.path],
        }


def fork_of(key: LogKey, older: str, newer: str, path: Sequence[bytes]) -> Fork | None:
    """Return the proof that two notes and a path give, None when they prove nothing.

    A path from a size that is a power of two does not tell its old root, so it proves nothing; the
    tiles of either history then do (`tongtu verify log`).
    """
    _, old_size, _ = read_checkpoint(open_note(older, key))
    _, new_size, new_root = read_checkpoint(open_note(newer, key))
    other = new_root if old_size == new_size else older_root(old_size, new_size, path)
    if other is None:
        return None
    return fork_by(key, (older, newer), other, path)


def fork_by(
    key: LogKey, notes: tuple[str, str], other_root: bytes, path: Sequence[bytes]
) -> Fork | None:
    """Return the proof made of (older, newer) and a known root, None when it proves nothing."""
    fork = Fork(key, *notes, other_root, tuple(path))
    return fork if _is_proved(fork) else None


def verify_fork(file: Mapping[str, Any], trusted_key: str | None = None) -> str:
    """Return the sentence that the file proves.

    Raises:
        BadInput: it proves nothing.
    """
    if file.get("format") != FORK_FORMAT:
        raise BadInput(f"the file is no proof of the format {FORK_FORMAT}")
    path = file.get("path")
    if not isinstance(path, list):
        raise BadInput("the path is not a list of hashes")
    key = LogKey.read(trusted_key or str(file.get("log_key")))
    fork = Fork(
        key,
        str(file.get("older")),
        str(file.get("newer")),
        _hash(file.get("other_root")),
        tuple(_hash(one) for one in path),
    )
    if not _is_proved(fork):
        raise BadInput("the two checkpoints do not contradict each other")
    _, old_size, _ = read_checkpoint(open_note(fork.older, key))
    _, new_size, _ = read_checkpoint(open_note(fork.newer, key))
    return (
        f"FORK PROVED: {key.name} signed two histories of its first {old_size} entries, one in"
        f" its checkpoint of {old_size}, another in that of {new_size} ({key.show()})."
    )


def _is_proved(fork: Fork) -> bool:
    origin, old_size, old_root = read_checkpoint(open_note(fork.older, fork.key))
    other_origin, new_size, new_root = read_checkpoint(open_note(fork.newer, fork.key))
    return (
        origin == other_origin == fork.key.name
        and 0 < old_size <= new_size
        and fork.other_root != old_root
        and is_consistent((old_size, fork.other_root), (new_size, new_root), fork.path)
    )


def _hash(text: Any) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except (TypeError, ValueError):
        raise BadInput("a hash is not hexadecimal") from None
    if len(raw) != HASH_LENGTH:
        raise BadInput("a hash has 32 bytes")
    return raw
