"""Where checkpoints are anchored outside the platform, and how anyone reads them back.

An anchor only ever grows: whoever cuts the log's tail off, or tells another history, is
contradicted by what stands in it. `AnchorBackend` is the port: nowhere, a file on a medium of
somebody else, a contract on a chain (`chain.py`).
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Protocol

from tongtu.kernel.errors import BadInput, Broken
from tongtu.witness.chain import open_chain
from tongtu.witness.note import LogKey, note_text, read_checkpoint

_FILE_MODE = 0o640
# One checkpoint a minute for twenty years has some 10 million lines of 200 bytes.
FILE_BYTES_MAX = 4 * 1024**3
LINE_BYTES_MAX = 16_384
_WHERE = re.compile(r"(?P<kind>file|evm):(?P<rest>.+)")
_CHAIN = re.compile(r"(?P<address>0x[0-9a-fA-F]{40})@(?P<url>https?://.+)")


class AnchorBackend(Protocol):
    """A place outside that keeps checkpoints in order. Its calls may block."""

    @property
    def where(self) -> str:
        """How the place is named to anybody: no secret, no folder of ours."""
        ...

    def put(self, note: str) -> None:
        """Keep a signed checkpoint; the one that is kept already is kept once.

        Raises:
            Broken: the place refuses it, for it holds a larger one, or does not answer.
        """
        ...

    def newest(self) -> str | None:
        """Return the newest checkpoint that is kept. Raises Broken: the place does not answer."""
        ...

    def notes(self) -> list[str]:
        """Return all checkpoints that are kept, oldest first. Raises Broken."""
        ...


class NoAnchor:
    """Nowhere: nothing is kept, nothing contradicts."""

    where = "none"

    def put(self, note: str) -> None:
        pass

    def newest(self) -> str | None:
        return None

    def notes(self) -> list[str]:
        return []


class AnchorFile:
    """A file that only grows, one checkpoint a line; it belongs on somebody else's medium."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def where(self) -> str:
        return f"file:{self._path.name}"

    def put(self, note: str) -> None:
        kept = self.newest()
        if kept is not None and note_text(kept) == note_text(note):
            return
        size = _size(note)
        if kept is not None and _size(kept) >= size:
            raise Broken(f"{self._path} holds a checkpoint of {_size(kept)} entries, not below")
        line = json.dumps(note, ensure_ascii=False).encode() + b"\n"
        try:
            self._end_whole()
            number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _FILE_MODE)
            with os.fdopen(number, "wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Broken(f"{self._path}: {error.strerror}") from error

    def newest(self) -> str | None:
        try:
            with self._path.open("rb") as file:
                length = file.seek(0, os.SEEK_END)
                file.seek(max(0, length - 2 * LINE_BYTES_MAX))
                lines = _whole_lines(file.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Broken(f"{self._path}: {error.strerror}") from error
        return self._note(lines[-1]) if lines else None

    def notes(self) -> list[str]:
        try:
            if self._path.stat().st_size > FILE_BYTES_MAX:
                raise Broken(f"{self._path} is too large for an anchor")
            return [self._note(line) for line in _whole_lines(self._path.read_bytes())]
        except OSError as error:
            raise Broken(f"{self._path}: {error.strerror}") from error

    def _note(self, line: bytes) -> str:
        try:
            found = json.loads(line)
            read_checkpoint(note_text(found))
        except (ValueError, AttributeError, BadInput):
            raise Broken(f"{self._path} holds a line that is no checkpoint") from None
        return str(found)

    def _end_whole(self) -> None:
        """Take off what a crash left of a line: it was never told to be kept."""
        if not self._path.exists():
            return
        with self._path.open("r+b") as file:
            length = file.seek(0, os.SEEK_END)
            start = max(0, length - LINE_BYTES_MAX)
            file.seek(start)
            tail = file.read()
            torn = len(tail) - (tail.rfind(b"\n") + 1)
            if torn:
                file.truncate(length - torn)


def open_anchor(where: str | None, key: LogKey, secret: str | None = None) -> AnchorBackend:
    """Return the anchor of the log `key` at `where`: file:PATH, evm:CONTRACT@http://node, or none.

    `secret` is the private key (hexadecimal) of the account that pays on a chain; who only reads
    needs none.

    Raises:
        BadInput: it names no such place.
        Broken: it is a chain, and the extra `chain` is not installed.
    """
    if where is None:
        return NoAnchor()
    found = _WHERE.fullmatch(where)
    if found is not None and found["kind"] == "file":
        return AnchorFile(Path(found["rest"]))
    on_chain = _CHAIN.fullmatch(found["rest"]) if found is not None else None
    if on_chain is None:
        raise BadInput("an anchor looks like file:PATH or evm:0xCONTRACT@http://node")
    return open_chain(on_chain["url"], on_chain["address"], key, secret)


def _whole_lines(raw: bytes) -> list[bytes]:
    """Return the lines that end; what stands before the first whole one of a cut is left out."""
    return [line for line in raw[: raw.rfind(b"\n") + 1].split(b"\n") if line]


def _size(note: str) -> int:
    return read_checkpoint(note_text(note))[1]
