"""The keys that seal personal data: each has a number; one seals, the others still open.

They lie in TONGTU_HOME/keys/vault.json, sealed by the root key, so that each can be replaced and in
the end destroyed. Key 0 follows from the root key and is the only one until a first rotation.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.kernel.gm import SM4_KEY_BYTES
from tongtu.runtime.seams import Entropy

FILE = "vault.json"
KEY_BYTES = 32
# Two bytes in front of each sealed value name its key.
KEYS_MAX = 65_535
# Longer than any transaction, any code and any upload: what was sealed with the key before it was
# replaced is in its table by then, where it is counted.
RETIRES_AFTER = timedelta(hours=1)
_NONCE_BYTES = 12
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key of the set. `wrapped`: its bytes under the root key; None: key 0, or destroyed."""

    id: int
    made_at: datetime | None = None
    replaced_at: datetime | None = None
    retired_at: datetime | None = None
    wrapped: bytes | None = None

    @property
    def state(self) -> str:
        """Tell what the key does: it seals, it only opens, or it is no more."""
        if self.retired_at is not None:
            return "retired"
        return "seals" if self.replaced_at is None else "opens"


@dataclass(frozen=True, slots=True)
class Keyset:
    """Every key, in the order of numbers, and the ciphers of those that are not retired."""

    keys: tuple[DataKey, ...]
    ciphers: Mapping[int, AESGCM]
    sm4: Mapping[int, bytes] = field(repr=False)  # the same keys' own for SM4

    @property
    def primary(self) -> int:
        """The number of the key that seals: the newest."""
        return self.keys[-1].id


def _keyset(keys: tuple[DataKey, ...], secrets: Mapping[int, bytes]) -> Keyset:
    ciphers = {number: AESGCM(secret) for number, secret in secrets.items()}
    sm4 = {
        number: HKDFExpand(SHA256(), SM4_KEY_BYTES, b"tongtu/1/sm4").derive(secret)
        for number, secret in secrets.items()
    }
    return Keyset(keys, ciphers, sm4)


class KeyFile:
    """The set as it lies on the disk. Writers wait for each other; readers see one whole set."""

    def __init__(self, folder: Path | None, wrapping: bytes, first: bytes) -> None:
        self._path = None if folder is None else folder / FILE
        self._wrap = AESGCM(wrapping)
        self._first = first

    def mark(self) -> tuple[int, int] | None:
        """Return what changes whenever the file is replaced; None: there is no file."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def read(self) -> Keyset:
        """Return the set.

        Raises:
            Broken: the file cannot be read, is not for this root key, or others may read it.
        """
        if self.mark() is None or self._path is None:
            return _keyset((DataKey(0),), {0: self._first})
        if self._path.stat().st_mode & 0o077:
            raise Broken(f"others may read the keys; mend it with: chmod 600 '{self._path}'")
        try:
            rows = json.loads(self._path.read_text(encoding="ascii"))["keys"]
            keys = tuple(_key(row) for row in rows)
        except (ValueError, KeyError, TypeError):
            raise Broken(f"{self._path} is damaged; restore it from a backup") from None
        if [key.id for key in keys] != list(range(len(keys))) or not keys:
            raise Broken(f"{self._path} lacks a key; restore it from a backup")
        live = (key for key in keys if key.retired_at is None)
        return _keyset(keys, {key.id: self._secret(key) for key in live})

    def rotate(self, entropy: Entropy, at: datetime) -> int:
        """Add a key that seals from now on and return its number.

        Raises:
            Broken: there is no folder to keep it in, or no number is left.
        """
        with self._writing() as keys:
            if len(keys) > KEYS_MAX:
                raise Broken("no number is left for another key")
            fresh, nonce = entropy.bytes(KEY_BYTES), entropy.bytes(_NONCE_BYTES)
            wrapped = nonce + self._wrap.encrypt(nonce, fresh, _bound_to(len(keys)))
            keys[-1] = replace(keys[-1], replaced_at=at)
            keys.append(DataKey(len(keys), made_at=at, wrapped=wrapped))
            return keys[-1].id

    def retire(self, number: int, at: datetime) -> None:
        """Destroy a key. That nothing is sealed with it any more is the caller's to know.

        Raises:
            NotFound: there is no such key.
            Conflict: it seals, it was replaced less than an hour ago, or it is retired already.
        """
        with self._writing() as keys:
            check_retirable(keys, number, at)
            keys[number] = replace(keys[number], retired_at=at, wrapped=None)

    def _secret(self, key: DataKey) -> bytes:
        if key.id == 0:
            return self._first
        wrapped = key.wrapped or b""
        try:
            return self._wrap.decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound_to(key.id)
            )
        except (InvalidTag, ValueError):
            raise Broken(f"{self._path} was not written under this root key") from None

    @contextmanager
    def _writing(self) -> Iterator[list[DataKey]]:
        """Yield the keys, to be changed in place; they are written when no exception came."""
        if self._path is None:
            raise Broken("these keys are kept nowhere")
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            keys = list(self.read().keys)
            yield keys
            _replace(self._path, keys)
            os.fsync(folder)
        finally:
            os.close(folder)


def check_retirable(keys: tuple[DataKey, ...] | list[DataKey], number: int, at: datetime) -> None:
    """See that a key may be destroyed by its times. Raises NotFound, Conflict."""
    if not 0 <= number < len(keys):
        raise NotFound(f"there is no key {number}")
    key = keys[number]
    if key.retired_at is not None:
        raise Conflict(f"key {number} is retired", code="key_retired")
    if key.replaced_at is None:
        raise Conflict(f"key {number} seals; rotate first", code="key_in_use")
    if at - key.replaced_at < RETIRES_AFTER:
        raise Conflict(
            f"key {number} was replaced less than an hour ago; what it sealed may be on its way",
            code="key_in_use",
        )


def _replace(path: Path, keys: list[DataKey]) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    text = json.dumps({"format": _FORMAT, "keys": [_row(key) for key in keys]}, indent=1)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _row(key: DataKey) -> dict[str, object]:
    times = {"made_at": key.made_at, "replaced_at": key.replaced_at, "retired_at": key.retired_at}
    told = {name: None if at is None else at.isoformat() for name, at in times.items()}
    return {"id": key.id, **told, "wrapped": None if key.wrapped is None else key.wrapped.hex()}


def _key(row: Mapping[str, object]) -> DataKey:
    def at(name: str) -> datetime | None:
        return None if row[name] is None else datetime.fromisoformat(str(row[name]))

    wrapped = None if row["wrapped"] is None else bytes.fromhex(str(row["wrapped"]))
    return DataKey(int(str(row["id"])), at("made_at"), at("replaced_at"), at("retired_at"), wrapped)


def _bound_to(number: int) -> bytes:
    return f"tongtu/data-key/{number}".encode()
