"""What the process that looks and the one that asks say to one another: lengths and msgpack."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

LENGTH = struct.Struct(">I")
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
# A page of text has fewer boxes, a crowd fewer faces.
BOXES_MAX, FACES_MAX = 400, 8
_encode = msgspec.msgpack.Encoder().encode


class Text(msgspec.Struct, frozen=True, array_like=True):
    """A line of text: its four corners in order, what it says, how sure that is (0 to 1)."""

    corners: tuple[tuple[float, float], ...]
    text: str
    score: float


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """A face as the worker found it."""

    box: tuple[int, int, int, int]
    points: tuple[tuple[int, int], ...]
    numbers: tuple[float, ...]


class Job(msgspec.Struct, frozen=True, array_like=True):
    """What is wanted of a picture: `read` its text, or find its `faces`."""

    kind: str
    picture: bytes
    other: bytes = b""


class Done(msgspec.Struct, frozen=True, array_like=True):
    """What was found; `fault` is a code where nothing could be."""

    fault: str = ""
    texts: tuple[Text, ...] = ()
    faces: tuple[Shape, ...] = ()
    score: int = 0
    cpu_ms: int = 0


def framed(message: Any) -> bytes:
    """Return a message with its length."""
    body = _encode(message)
    return LENGTH.pack(len(body)) + body
