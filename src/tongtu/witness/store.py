"""A witness's own disk: its key, the log it watches, what it signed last, and proofs of forks.

What was signed is on disk before the signature leaves: a witness that was killed never signs twice.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.kernel.errors import BadInput, Broken
from tongtu.witness.cosignature import Cosigner
from tongtu.witness.fork import Fork
from tongtu.witness.note import LogKey, open_note, read_checkpoint
from tongtu.witness.rules import NOTHING, Seen

_KEY, _LOG, _SEEN, _FORK = "witness.key", "log.key", "seen", "fork.json"
_LOCK = "lock"
_SECRET_MODE = 0o600


class Home:
    """The folder of one witness."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hold(self) -> None:
        """Keep every other process from this folder, until this one ends.

        Two that remember apart would sign two histories with one key.

        Raises:
            Broken: another one works in it.
        """
        self._held = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, _SECRET_MODE)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._held)
            raise Broken(f"another witness works in '{self._folder}'") from None

    def cosigner(self, name: str) -> Cosigner:
        """Return the witness's key, made on the first start.

        Raises:
            Broken: others than the owner may read the key, or it is none.
            BadInput: the name cannot stand in a signature line.
        """
        path = self._folder / _KEY
        if not path.exists():
            fresh = Ed25519PrivateKey.generate()
            self._write(_KEY, fresh.private_bytes_raw().hex())
        if path.stat().st_mode & 0o077:
            raise Broken(f"others may read the witness's key; mend it: chmod 600 '{path}'")
        try:
            seed = bytes.fromhex(path.read_text(encoding="ascii"))
            return Cosigner.of(name, seed)
        except ValueError:
            raise Broken(f"'{path}' holds no key") from None

    def log_key(self, given: str | None) -> LogKey:
        """Return the key of the log this witness watches; once it watches one it watches no other.

        Raises:
            Broken: none was ever given, or another one than before.
            BadInput: what was given is no key.
        """
        path = self._folder / _LOG
        kept = path.read_text(encoding="utf-8") if path.exists() else None
        if given is None and kept is None:
            raise Broken("name the log to watch by its verifier key (--log)")
        key = LogKey.read(str(given or kept))
        if kept is None:
            self._write(_LOG, key.show())
        elif LogKey.read(kept) != key:
            raise Broken("this witness watches another log; give another one its own home")
        return key

    def seen(self, key: LogKey) -> Seen:
        """Return what was signed last.

        Raises:
            Broken: the file is no checkpoint of this log: a witness without memory signs nothing.
        """
        path = self._folder / _SEEN
        if not path.exists():
            return NOTHING
        note = path.read_text(encoding="utf-8")
        try:
            _, size, root = read_checkpoint(open_note(note, key))
        except BadInput as error:
            raise Broken(f"'{path}' is damaged") from error
        return Seen(size, root, note)

    def keep_seen(self, seen: Seen) -> None:
        """Write what is about to be signed; it is on disk when this returns."""
        self._write(_SEEN, seen.note)

    def fork(self) -> dict[str, Any] | None:
        """Return the proof that the log told two histories, None when it did not."""
        path = self._folder / _FORK
        if not path.exists():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def keep_fork(self, fork: Fork) -> None:
        """Keep the proof; the first one stays."""
        if not (self._folder / _FORK).exists():
            self._write(_FORK, json.dumps(fork.to_file(), indent=1))

    def _write(self, name: str, text: str) -> None:
        draft = self._folder / f"{name}.new"
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _SECRET_MODE)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
