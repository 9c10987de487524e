"""Keys of the installation: one root key in TONGTU_HOME/keys, one derived key a purpose.

What seals personal data is a set of its own (`keyset`), so that it can be replaced. Whoever loses
the root key or the set loses the vault; whoever copies both can read the vault.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tongtu.kernel import gm
from tongtu.kernel.errors import Broken
from tongtu.runtime.keyset import KeyFile, Keyset
from tongtu.runtime.seams import Entropy

ROOT_BYTES = 32
KEY_FOLDER = "keys"
# The first byte of a sealed value tells how it is made: 2, then two bytes with the number of its
# key, then nonce and ciphertext. 1 is of before keys had numbers: by key 0, nonce, ciphertext.
_FORMAT, _FORMAT_BEFORE = b"\x02", b"\x01"
HEAD_BYTES = 3
# By SM4 a mark comes before the number; the first ones had none, and a key of the root key's own.
_SM4, _SM4_BEFORE = b"SM4\x02", b"SM4\x01"
SM4_HEAD_BYTES = len(_SM4) + HEAD_BYTES - 1
_NONCE_BYTES = 12
_SECRET_MODE = 0o600
_BLOCK_BYTES = 64  # of SHA-256


class _Hmac:
    """HMAC-SHA256 (RFC 2104), its key worked in once: the library's own copies cost a third more.

    The key has at most 64 bytes, the block of the hash.
    """

    def __init__(self, key: bytes) -> None:
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, text: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()


class Keys:
    """Seals personal data, makes blind indexes and keyed hashes."""

    def __init__(self, root: bytes, entropy: Entropy, home: Path | None = None) -> None:
        """`home`: where the set that seals lies; None: key 0 alone, and it cannot be replaced."""
        if len(root) != ROOT_BYTES:
            raise Broken("the root key must have 32 bytes; restore it from a backup")
        self._root = root
        self._entropy = entropy
        folder = None if home is None else home / KEY_FOLDER
        self._file = KeyFile(folder, self.derive("keyset"), self.derive("vault"))
        self._mark, self._set = self._file.mark(), self._file.read()
        self._blind = _Hmac(self.derive("blind"))
        self._hash = hashlib.blake2b(digest_size=8, key=self.derive("hash64"))

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose, the same at each start (HKDF-SHA256)."""
        return HKDFExpand(SHA256(), ROOT_BYTES, f"tongtu/1/{purpose}".encode()).derive(self._root)

    @property
    def file(self) -> KeyFile:
        """The set of keys that seal, as it lies on the disk."""
        return self._file

    def keyset(self) -> Keyset:
        """Return the set in force: a key that another process made seals here at once."""
        mark = self._file.mark()
        if mark != self._mark:
            if mark is None:
                raise Broken("the keys that seal personal data are gone; restore keys/vault.json")
            self._mark, self._set = mark, self._file.read()
        return self._set

    def seal(self, plain: bytes, bound_to: bytes, *, by_sm4: bool = False) -> bytes:
        """Encrypt `plain` so that it opens only with the same `bound_to` (row identity)."""
        keyset, nonce = self.keyset(), self._entropy.bytes(_NONCE_BYTES)
        if by_sm4:
            sealed = gm.sm4_seal(keyset.sm4[keyset.primary], nonce, plain, bound_to)
            return sm4_head_of(keyset.primary) + nonce + sealed
        cipher = keyset.ciphers[keyset.primary]
        return head_of(keyset.primary) + nonce + cipher.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt a sealed value. Raises Broken when it was changed or belongs to another row."""
        if is_by_sm4(sealed):
            return self._open_sm4(sealed, bound_to)
        number, body = key_of(sealed), sealed[HEAD_BYTES:]
        if sealed[:1] == _FORMAT_BEFORE:
            body = sealed[1:]
        cipher = self._set.ciphers.get(number) or self.keyset().ciphers.get(number)
        if cipher is None:
            raise Broken(f"a value is sealed with key {number}, which is retired or unknown")
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            raise Broken("a sealed value does not open with this key and row") from None

    def _open_sm4(self, sealed: bytes, bound_to: bytes) -> bytes:
        number, body = key_of(sealed), sealed[SM4_HEAD_BYTES:]
        key = self._set.sm4.get(number) or self.keyset().sm4.get(number)
        if sealed.startswith(_SM4_BEFORE):
            key = self.derive("papers-sm4")[: gm.SM4_KEY_BYTES]
            body = sealed[len(_SM4_BEFORE) :]
        if key is None:
            raise Broken(f"a value is sealed with key {number}, which is retired or unknown")
        plain = gm.sm4_open(key, body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound_to)
        if plain is None:
            raise Broken("a sealed value does not open with this key and row")
        return plain

    def blind(self, kind: str, value: str) -> bytes:
        """Return the 32-byte keyed index under which an equal value is found again."""
        return self._blind.digest(f"{kind}\x1f{value}".encode())

    def hash64(self, kind: str, value: str) -> int:
        """Return a keyed hash that fits a positive int8 (63 bits)."""
        hashed = self._hash.copy()  # its key is worked in
        hashed.update(f"{kind}\x1f{value}".encode())
        return int.from_bytes(hashed.digest(), "big") >> 1


def head_of(number: int) -> bytes:
    """Return the first bytes of every value that is sealed with a key."""
    return _FORMAT + number.to_bytes(HEAD_BYTES - 1, "big")


def sm4_head_of(number: int) -> bytes:
    """Return the first bytes of every value that is sealed by SM4 with a key."""
    return _SM4 + number.to_bytes(HEAD_BYTES - 1, "big")


def is_by_sm4(sealed: bytes) -> bool:
    """Tell whether a value is sealed by SM4."""
    return sealed.startswith((_SM4, _SM4_BEFORE))


def key_of(sealed: bytes) -> int:
    """Return the number of the key that a value is sealed with. Raises Broken: no sealed value.

    The first papers by SM4 had a key that followed from the root key, as key 0 does: they count
    as its own.
    """
    if sealed.startswith(_SM4_BEFORE):
        return 0
    if sealed.startswith(_SM4) and len(sealed) >= SM4_HEAD_BYTES:
        return int.from_bytes(sealed[len(_SM4) : SM4_HEAD_BYTES], "big")
    if sealed[:1] == _FORMAT_BEFORE:
        return 0
    if sealed[:1] != _FORMAT or len(sealed) < HEAD_BYTES:
        raise Broken("a sealed value has an unknown format")
    return int.from_bytes(sealed[1:HEAD_BYTES], "big")


def load_root(home: Path, entropy: Entropy) -> bytes:
    """Read TONGTU_HOME/keys/root.key; make it (mode 600) on first start.

    Raises:
        Broken: the file has a wrong length or others than its owner may read it.
    """
    path = home / KEY_FOLDER / "root.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        write_secret(path, entropy.bytes(ROOT_BYTES))
    if path.stat().st_mode & 0o077:
        raise Broken(f"others may read the root key; mend it with: chmod 600 '{path}'")
    root = path.read_bytes()
    if len(root) != ROOT_BYTES:
        raise Broken(f"{path} must have {ROOT_BYTES} bytes; restore it from a backup")
    return root


def write_secret(path: Path, content: bytes) -> None:
    """Write a file of a key, for its owner alone; one that another process made stays."""
    # A link appears whole or not at all, and never replaces what is there.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _SECRET_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
