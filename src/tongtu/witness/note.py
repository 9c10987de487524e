"""Signed notes and checkpoints as C2SP writes them: text that any witness can read and check."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongtu.kernel.errors import BadInput

_ED25519 = b"\x01"
_KEY_LENGTH = 32
_DASH = "— "
_NAME_MAX = 100
# A log's own line and those of its witnesses; more is an attack on whoever reads the note.
LINES_MAX = 32


@dataclass(frozen=True, slots=True)
class LogKey:
    """The public key of a log and the name it signs by."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return key_hash(self.name, _ED25519, self.public)

    def show(self) -> str:
        """Return the key as one word: name+hash+base64."""
        return show_key(self.name, _ED25519, self.public)

    @classmethod
    def read(cls, text: str) -> LogKey:
        """Parse what `show` writes.

        Raises:
            BadInput: it is no Ed25519 verifier key, or its hash does not fit.
        """
        return cls(*read_key(text, _ED25519, "log"))


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
        check_name(instance)
        return cls(f"tongtu.log/{instance}", Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> LogKey:
        """The public part, under the log's name."""
        return LogKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return the note: `text` (ends with a newline), an empty line, one signature line."""
        key = self.key
        return f"{text}\n{line_of(key.name, key.hash + self.private.sign(text.encode()))}"


def open_note(note: str, key: LogKey) -> str:
    """Return the text of a note that `key` signed.

    Raises:
        BadInput: no line of `key`, or its signature does not fit the text.
    """
    text = note_text(note)
    for signature in signatures_of(note, key.name, key.hash):
        if not is_signed(key.public, signature, text.encode()):
            raise BadInput("the checkpoint's signature is false", code="bad_signature")
        return text
    raise BadInput("the checkpoint is not signed by this key", code="not_signed")


def note_text(note: str) -> str:
    """Return what the lines of a note sign; it ends with a newline."""
    text, _, _ = note.rpartition("\n\n")
    return text + "\n"


def signatures_of(note: str, name: str, named: bytes) -> Iterator[bytes]:
    """Yield what stands behind the key's hash in each line of `name` by the key `named`."""
    _, separator, lines = note.rpartition("\n\n")
    told = lines.splitlines() if separator else []
    if len(told) > LINES_MAX:
        raise BadInput("the note has too many signatures", code="not_signed")
    for line in told:
        by, _, coded = line.removeprefix(_DASH).partition(" ")
        if by != name or not line.startswith(_DASH):
            continue
        signature = decode(coded)
        if signature[:4] == named:
            yield signature[4:]


def with_lines(note: str, lines: Iterable[str]) -> str:
    """Return the note with further signature lines, each of which ends with a newline."""
    return note + "".join(lines)


def line_of(name: str, signature: bytes) -> str:
    """Return a signature line; `signature` begins with the hash of its key."""
    return f"{_DASH}{name} {encode(signature)}\n"


def is_signed(public: bytes, signature: bytes, text: bytes) -> bool:
    """Tell whether the Ed25519 signature fits."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint: origin, size, root."""
    return f"{origin}\n{size}\n{encode(root)}\n"


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a checkpoint's text.

    Raises:
        BadInput: it is no checkpoint.
    """
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    if not origin or not (size.isascii() and size.isdigit()) or len(size) > 19:
        raise BadInput("not a checkpoint", code="bad_checkpoint")
    return origin, int(size), decode(root)


def check_name(name: str) -> None:
    """Refuse what cannot stand in a signature line. Raises BadInput."""
    if not name.isascii() or not name.replace("-", "").replace(".", "").isalnum():
        raise BadInput("an instance's name has letters, digits, dots and dashes only")


def is_key_name(name: str) -> bool:
    """Tell whether a key may have this name: one word, so that a verdict can repeat it."""
    is_one_word = name.isascii() and name.isprintable() and " " not in name
    return is_one_word and 0 < len(name) <= _NAME_MAX


def key_hash(name: str, algorithm: bytes, public: bytes) -> bytes:
    """Return the four bytes that name a key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + algorithm + public).digest()[:4]


def show_key(name: str, algorithm: bytes, public: bytes) -> str:
    """Return a verifier key as one word: name+hash+base64."""
    return f"{name}+{key_hash(name, algorithm, public).hex()}+{encode(algorithm + public)}"


def read_key(text: str, algorithm: bytes, whose: str) -> tuple[str, bytes]:
    """Return name and public key of a verifier key. Raises BadInput."""
    name, _, rest = text.strip().partition("+")
    given, _, coded = rest.partition("+")
    raw = decode(coded)
    kind, public = raw[:1], raw[1:]
    is_whole = kind == algorithm and len(public) == _KEY_LENGTH and is_key_name(name)
    if not is_whole or key_hash(name, algorithm, public).hex() != given:
        raise BadInput(f"not a {whose}'s verifier key", code="bad_key")
    return name, public


def encode(raw: bytes) -> str:
    """Return base64."""
    return b64encode(raw).decode()


def decode(text: str) -> bytes:
    """Read base64. Raises BadInput."""
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise BadInput("not base64", code="bad_base64") from None
