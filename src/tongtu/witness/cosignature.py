"""A witness's co-signature of a checkpoint (C2SP tlog-cosignature v1): who, when, over what."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.kernel.errors import BadInput
from tongtu.witness.note import (
    check_name,
    is_signed,
    key_hash,
    line_of,
    note_text,
    read_key,
    show_key,
    signatures_of,
)

_COSIGNATURE = b"\x04"
_TIME = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness and the name it signs by."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return key_hash(self.name, _COSIGNATURE, self.public)

    def show(self) -> str:
        """Return the key as one word: name+hash+base64."""
        return show_key(self.name, _COSIGNATURE, self.public)

    @classmethod
    def read(cls, text: str) -> WitnessKey:
        """Parse what `show` writes.

        Raises:
            BadInput: it is no key for co-signatures, or its hash does not fit.
        """
        return cls(*read_key(text, _COSIGNATURE, "witness"))


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Signs what it has checked."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, name: str, seed: bytes) -> Cosigner:
        """Return the co-signer of that short name; `seed` is its secret 32 bytes.

        Raises:
            BadInput: the name cannot stand in a signature line.
        """
        check_name(name)
        return cls(f"tongtu.witness/{name}", Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> WitnessKey:
        """The public part, under the witness's name."""
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())

    def cosign(self, text: str, at_s: int) -> str:
        """Return the line that says: at `at_s` (Unix seconds) this continued all before."""
        signature = self.private.sign(_message(text, at_s))
        return line_of(self.name, self.key.hash + _TIME.pack(at_s) + signature)


def cosigned_at(note: str, key: WitnessKey) -> int | None:
    """Return when `key` co-signed the note (Unix seconds), None when it did not.

    Raises:
        BadInput: a line of this key does not fit the text.
    """
    text = note_text(note)
    for signature in signatures_of(note, key.name, key.hash):
        if len(signature) <= _TIME.size:
            raise BadInput(f"the line of {key.name} is no co-signature", code="bad_signature")
        (at_s,) = _TIME.unpack(signature[: _TIME.size])
        if not is_signed(key.public, signature[_TIME.size :], _message(text, at_s)):
            raise BadInput(f"the co-signature of {key.name} is false", code="bad_signature")
        return int(at_s)
    return None


def cosigners(note: str, keys: Iterable[WitnessKey]) -> list[WitnessKey]:
    """Return those of `keys` that co-signed the note, each once.

    Raises:
        BadInput: a line of one of them does not fit the text.
    """
    distinct = {(key.name, key.public): key for key in keys}
    return [key for key in distinct.values() if cosigned_at(note, key) is not None]


def check_quorum(keys: Iterable[WitnessKey], quorum: int) -> None:
    """Refuse a quorum that two sets of these witnesses could reach without one of them in common.

    Each set could sign a history of its own, and both would be final.

    Raises:
        BadInput: it is half of them, or less.
    """
    count = len({key.public for key in keys})
    if 2 * quorum <= count:
        raise BadInput(
            f"of {count} witnesses at least {count // 2 + 1} have to sign: of two histories each"
            f" could have {quorum}"
        )


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
