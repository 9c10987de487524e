"""Reads what a version's decisions are stored as: records, and the answers that were given."""

from __future__ import annotations

import msgspec

from tongtu.kernel.errors import Broken
from tongtu.origination.rules.answer import AnswerWriter
from tongtu.origination.rules.record import Unpacker, decode

# Every answer is a JSON object; a `Telling` is none.
_TEXT = b"{"


class Reader(Unpacker):
    """Reads records, and tells answers again; `words` are empty where they were stored as text."""

    def __init__(self, dictionary: bytes, words: bytes) -> None:
        super().__init__(dictionary)
        self._writer = AnswerWriter.of(words) if words else None

    def answer(self, packed: bytes) -> bytes:
        """Return the bytes that were answered. Raises Broken: damaged, or another version's."""
        record, rest = self.unpack(packed)
        if rest.startswith(_TEXT):
            return rest
        if self._writer is None:
            raise Broken("a stored decision has no answer")
        try:
            return self._writer.again(decode(record), rest)
        except (msgspec.MsgspecError, KeyError) as damage:
            raise Broken("a stored answer cannot be told again") from damage
