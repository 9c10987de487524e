"""Signed notes and checkpoints as C2SP writes them: text that any witness can read and check."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongtu.kernel.errors import BadInput

_ED25519 = b"\x01"
_DASH = "— "


@dataclass(frozen=True, slots=True)
class LogKey:
    """The public key of a log and the name it signs by."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def show(self) -> str:
        """Return the key as one word: name+hash+base64."""
        return f"{self.name}+{self.hash.hex()}+{_encode(_ED25519 + self.public)}"

    @classmethod
    def read(cls, text: str) -> LogKey:
        """Parse what `show` writes.

        Raises:
            BadInput: it is no Ed25519 verifier key, or its hash does not fit.
        """
        name, _, rest = text.strip().partition("+")
        given, _, coded = rest.partition("+")
        raw = _decode(coded)
        key = cls(name, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or not name or key.hash.hex() != given:
            raise BadInput("not a log's verifier key", code="bad_key")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs the notes of the log `name` by one private key."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, instance: str, seed: bytes) -> Signer:
        """Return the signer of an installation's log; `seed` is its secret 32 bytes.

        Raises:
            BadInput: the instance's name cannot stand in a signature line.
        """
        if not instance.isascii() or not instance.replace("-", "").replace(".", "").isalnum():
            raise BadInput("an instance's name has letters, digits, dots and dashes only")
        return cls(f"tongtu.log/{instance}", Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> LogKey:
        """The public part, under the log's name."""
        return LogKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return the note: `text` (ends with a newline), an empty line, one signature line."""
        key = self.key
        signature = key.hash + self.private.sign(text.encode())
        return f"{text}\n{_DASH}{key.name} {_encode(signature)}\n"


def open_note(note: str, key: LogKey) -> str:
    """Return the text of a note that `key` signed.

    Raises:
        BadInput: no line of `key`, or its signature does not fit the text.
    """
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines() if separator else ():
        name, _, coded = line.removeprefix(_DASH).partition(" ")
        signature = _decode(coded)
        if name != key.name or signature[:4] != key.hash:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
        except InvalidSignature:
            raise BadInput("the checkpoint's signature is false", code="bad_signature") from None
        return text
    raise BadInput("the checkpoint is not signed by this key", code="not_signed")


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint: origin, size, root."""
    return f"{origin}\n{size}\n{_encode(root)}\n"


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a checkpoint's text.

    Raises:
        BadInput: it is no checkpoint.
    """
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    if not origin or not (size.isascii() and size.isdigit()) or len(size) > 19:
        raise BadInput("not a checkpoint", code="bad_checkpoint")
    return origin, int(size), _decode(root)


def _encode(raw: bytes) -> str:
    return b64encode(raw).decode()


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise BadInput("not base64", code="bad_base64") from None
