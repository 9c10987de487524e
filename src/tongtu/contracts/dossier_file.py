"""A bundle as a stranger hands it in: unpacked within bounds, read word by word. Pure.

Whatever is wrong with it is a BadInput with a sentence: nothing of it reaches an error of ours.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import datetime
from typing import Any

import msgspec

from tongtu.kernel.errors import BadInput, TooLarge

# Bounds on a file that a stranger hands in: no bundle of ours comes near them.
FILES_MAX = 128
FILE_BYTES_MAX = 8 * 1024 * 1024
ALL_BYTES_MAX = 32 * 1024 * 1024
_NAME = re.compile(r"(?:proofs/|consents/)?[a-z0-9_-]{1,64}\.(?:json|pdf|der|txt)")
# Others keep a dictionary whose size the file itself names, up to 4 GB.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the verdict repeats of a file's own words, each cut and on its line.
_WORD = re.compile(r"[\w.:+-]{1,64}", re.ASCII)
SHOWN_MAX = 100


def unpack(raw: bytes) -> dict[str, bytes]:
    """Return the files of a zip, each read to its bound. Raises BadInput."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            told = archive.infolist()
            if len(told) > FILES_MAX or sum(one.file_size for one in told) > ALL_BYTES_MAX:
                raise TooLarge("the bundle is too large")
            files: dict[str, bytes] = {}
            for one in told:
                if _NAME.fullmatch(one.filename) is None or one.filename in files:
                    raise BadInput("the bundle holds a file that is none of its parts")
                if one.compress_type not in _PACKINGS:
                    raise BadInput(f"{one.filename} is packed in a way that bundles are not")
                with archive.open(one) as file:
                    files[one.filename] = file.read(FILE_BYTES_MAX + 1)
                if len(files[one.filename]) > FILE_BYTES_MAX:
                    raise TooLarge(f"{one.filename} is too large")
            return files
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError,
            EOFError, ValueError, zlib.error) as fault:  # fmt: skip
        raise BadInput("the file is no bundle") from fault


def read_object(raw: bytes, name: str) -> dict[str, Any]:
    """Return a JSON object. Raises BadInput; half a character outside the plane is none."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"{name} cannot be read") from None


def read_instant(told: object) -> datetime:
    """Read a time with its zone: one without could not be compared. Raises BadInput."""
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise BadInput("a time in the bundle cannot be read")
    return at


def read_word(told: object, where: str) -> str:
    """Return one word, which the verdict may repeat. Raises BadInput."""
    if not isinstance(told, str) or _WORD.fullmatch(told) is None:
        raise BadInput(f"{where} cannot be read")
    return told


def shown(text: str) -> str:
    """Return words of a file as one line that cannot pass for a line of the verdict."""
    return "".join(one if one.isprintable() else "?" for one in text[:SHOWN_MAX])
