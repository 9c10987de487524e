"""What a picture may be before anybody decodes it: type, bytes, pixels, ratio, parts. Pure.

Only heads are read here, by `identity`'s own sniffing and these narrower bounds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tongtu.identity.api import whole_file
from tongtu.kernel.errors import BadInput

PNG, JPEG = "image/png", "image/jpeg"
PICTURE_BYTES_MAX = 3 * 1024 * 1024
SIDE_MIN, SIDE_MAX = 64, 6_000
PIXELS_MAX = 16_000_000
# A card is 1.6 times as wide as it is high, a telephone's picture 2.2 at most.
RATIO_MAX = 4
# Even an empty page photographed has more bytes than this for a thousand pixels.
BYTES_PER_KILOPIXEL_MIN = 1
# A palette, gamma, a colour profile, text: more is something else than a picture.
PNG_CHUNKS_MAX = 512
PROFILE_BYTES_MAX = 64 * 1024
# The scores of two prints of one finger; a rule of thumb of the method's authors.
PRINTS_MATCH_FROM = 40
_COMPRESSED = (b"zTXt", b"iTXt", b"iCCP")


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture's kind and size, as its head says."""

    media_type: str
    width: int
    height: int


def measure(content: bytes) -> Measured:
    """Return what a picture is by its head, once it is within every bound.

    Raises:
        BadInput: `wrong_type`: no whole JPEG or PNG; `picture_too_large`, `picture_too_small`,
            `picture_ratio`: sides; `picture_bomb`: far more pixels than its bytes can hold, or
            compressed words in it.
        TooLarge: beyond PICTURE_BYTES_MAX.
    """
    kind = JPEG if content[:2] == b"\xff\xd8" else PNG
    if len(content) > PICTURE_BYTES_MAX:
        raise BadInput("a picture has at most 3 MB", code="picture_too_large")
    whole_file(content, kind)
    width, height = _png_size(content) if kind == PNG else _jpeg_size(content)
    _check(width, height, len(content))
    return Measured(kind, width, height)


def _check(width: int, height: int, size: int) -> None:
    longer, shorter = max(width, height), min(width, height)
    if longer > SIDE_MAX or width * height > PIXELS_MAX:
        raise BadInput("a picture has at most 16 million pixels", code="picture_too_large")
    if shorter < SIDE_MIN:
        raise BadInput("a picture has at least 64 pixels a side", code="picture_too_small")
    if longer > RATIO_MAX * shorter:
        raise BadInput("a picture is at most four times as long as wide", code="picture_ratio")
    if size * 1_000 < BYTES_PER_KILOPIXEL_MIN * width * height:
        raise BadInput("a picture holds more pixels than its bytes", code="picture_bomb")


def _png_size(content: bytes) -> tuple[int, int]:
    place, chunks = 8, 0
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind = content[place + 4 : place + 8]
        chunks += 1
        if chunks > PNG_CHUNKS_MAX or (kind in _COMPRESSED and length > PROFILE_BYTES_MAX):
            raise BadInput("a picture holds a picture only", code="picture_bomb")
        place += 12 + length
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Walk to the frame; `whole_file` has walked the same way to the end."""
    place = 2
    while place + 9 <= len(content):
        code = content[place + 1]
        (length,) = struct.unpack_from(">H", content, place + 2)
        if code in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        place += 2 + length
    raise BadInput("a picture has a size", code="wrong_type")
