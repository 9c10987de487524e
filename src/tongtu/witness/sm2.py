"""A second signature of the log's on its checkpoints: SM2 with SM3, in a line of its own.

A signed note may carry any number of lines; who does not know this kind skips it (C2SP signed-note,
algorithm 0xff: a kind without a number of its own).
"""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.kernel.errors import BadInput
from tongtu.kernel.gm import PUBLIC_BYTES, Sm2Private, is_sm2_signed
from tongtu.witness.note import (
    decode,
    is_key_name,
    key_hash,
    line_of,
    note_text,
    show_key,
    signatures_of,
)

_SM2 = b"\xffsm2-with-sm3\n"


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """The public SM2 key of a log (two coordinates) and the name it signs by."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return key_hash(self.name, _SM2, self.public)

    def show(self) -> str:
        """Return the key as one word: name+hash+base64."""
        return show_key(self.name, _SM2, self.public)

    @classmethod
    def read(cls, text: str) -> Sm2Key:
        """Parse what `show` writes.

        Raises:
            BadInput: it is no SM2 verifier key, or its hash does not fit.
        """
        name, _, rest = text.strip().partition("+")
        given, _, coded = rest.partition("+")
        raw = decode(coded)
        public = raw.removeprefix(_SM2)
        is_whole = raw.startswith(_SM2) and len(public) == PUBLIC_BYTES and is_key_name(name)
        if not is_whole or cls(name, public).hash.hex() != given:
            raise BadInput("not an SM2 verifier key of a log", code="bad_key")
        return cls(name, public)


def sm2_line(name: str, private: Sm2Private, text: str) -> str:
    """Return the log's further line under the text of a checkpoint."""
    return line_of(name, Sm2Key(name, private.public).hash + private.sign(text.encode()))


def check_sm2(note: str, key: Sm2Key) -> None:
    """Check that `key` signed the note too.

    Raises:
        BadInput: it did not, or its line does not fit the text.
    """
    text = note_text(note).encode()
    for signature in signatures_of(note, key.name, key.hash):
        if not is_sm2_signed(key.public, text, signature):
            raise BadInput("the checkpoint's SM2 signature is false", code="bad_signature")
        return
    raise BadInput("the checkpoint is not signed by this SM2 key", code="not_signed")
