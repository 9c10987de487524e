"""What kind of file some bytes are, by the bytes alone: PDF, JPEG or PNG, and nothing besides.

The whole file has to be of its kind from its first byte to its last: what is hidden before or
behind it is refused. Only a JPEG is cut off where its picture ends: telephones write a second
picture, or notes of their own, behind it. Pictures are not decoded here. Pure.

Who reads a file in a thread keeps everybody else waiting while one search runs, so a search goes
over a window of the file at a time.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from tongtu.kernel.errors import BadInput, TooLarge

# A photograph of a page by a telephone, or some pages of a bank's statement.
DOCUMENT_BYTES_MAX = 4 * 1024 * 1024
# Beyond every scanner; a small file may claim a picture that fills the memory of who opens it.
SIDE_PIXELS_MAX = 16_384
PIXELS_MAX = 64_000_000
PARTS_MAX = 4_096
# Of names written with #xx: a page has some dozens, and 4 MB of a scan have about 120 by chance.
ESCAPES_MAX = 4_096
# A search over as many bytes takes at most some 5 ms, whatever stands in them.
WINDOW_BYTES = 64 * 1024
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
MEDIA_TYPES = (PDF, JPEG, PNG)
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}

_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d[\r\n]")
_PDF_TAIL = re.compile(rb"%%EOF\s{0,2}\Z")
# What makes a PDF run, send, load or carry something. Names may be written with #xx; what lies in a
# compressed stream is not seen here, so nobody is ever served a document but as a download.
_PDF_ACTS = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR)(?=\W)"
    rb"|/JS(?:\s{64}|\s{0,63}[(<]|\s{1,63}\d)"
)
_PDF_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
# Longer than what `_PDF_ACTS` finds, each of its characters written with three.
_PDF_OVERLAP = 3 * 70
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_JPEG_HEAD = b"\xff\xd8\xff"
_FILLER, _EOI, _SOS = 0xFF, 0xD9, 0xDA
_MARK_BYTES, _LENGTH_BYTES = 2, 2
# In a picture's own bytes FF is followed by 00, by a mark of restart or, as a filler, by FF.
_JPEG_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_OVERLAP = 1
# Starts of a frame: those of every coding a telephone or scanner has, and all that there are.
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_ALL_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def whole_file(content: bytes, declared: str) -> bytes:
    """Return the bytes of a file of the declared media type, without what stands behind a JPEG.

    Raises:
        TooLarge: beyond DOCUMENT_BYTES_MAX.
        BadInput: `empty_document`; `wrong_type`: another kind of file, more than one, or damaged.
    """
    if not content:
        raise BadInput("the file is empty", code="empty_document")
    if len(content) > DOCUMENT_BYTES_MAX:
        raise TooLarge(f"a document has at most {DOCUMENT_BYTES_MAX} bytes")
    length = {PDF: _pdf_length, JPEG: _jpeg_length, PNG: _png_length}.get(declared, _no_length)
    if not (found := length(content)):
        raise BadInput("send a whole PDF, JPEG or PNG, declared as what it is", code="wrong_type")
    return content[:found]


def _no_length(_: bytes) -> int:
    return 0


def _pdf_length(content: bytes) -> int:
    """Return the length of a PDF that only shows something; 0: it is none."""
    if not (_PDF_HEAD.match(content) and _PDF_TAIL.search(content[-8:])):
        return 0
    escapes = 0
    for start, end in _windows(0, len(content), _PDF_OVERLAP):
        left = ESCAPES_MAX - escapes
        plain, found = _PDF_HEX.subn(_letter, content[start:end], count=left + 1)
        escapes += found
        if found > left or _PDF_ACTS.search(plain):
            return 0
    return len(content)


def _letter(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _windows(start: int, end: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Give the places of a file a window at a time; each repeats the last bytes of the one before.

    So whatever is at most `overlap` long stands whole in one of them.
    """
    for at in range(start, end, WINDOW_BYTES):
        yield max(start, at - overlap), min(end, at + WINDOW_BYTES)


def _png_length(content: bytes) -> int:
    """Walk the chunks, each with its checksum: IHDR first, IEND at the very end; 0: it is none."""
    place = len(_PNG_HEAD)
    kinds: list[bytes] = []
    if not content.startswith(_PNG_HEAD):
        return 0
    while place + 12 <= len(content) and len(kinds) < PARTS_MAX:
        length = int.from_bytes(content[place : place + 4], "big")
        body = content[place + 4 : place + 8 + length]
        end = place + 12 + length
        if zlib.crc32(body) != int.from_bytes(content[end - 4 : end], "big") or end > len(content):
            return 0
        kinds.append(body[:4])
        place = end
        if kinds[-1] == b"IEND":
            break
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        return 0
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    return place if place == len(content) and _is_bounded(width, height) else 0


def _jpeg_length(content: bytes) -> int:
    """Walk the segments to the picture's end; 0: it is none, or has not one bounded frame."""
    place, frames, is_drawn = 2, 0, False
    if not content.startswith(_JPEG_HEAD):
        return 0
    for _ in range(PARTS_MAX):
        mark = content[place : place + 2]
        if len(mark) < _MARK_BYTES or mark[0] != _FILLER:
            return 0
        if mark[1] == _EOI:
            return place + _MARK_BYTES if is_drawn and frames == 1 else 0
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if length < _LENGTH_BYTES:
            return 0
        if mark[1] in _JPEG_ALL_FRAMES:
            frames += 1
            if mark[1] not in _JPEG_FRAMES or not _is_frame_bounded(content, place):
                return 0
        place += _MARK_BYTES + length
        if mark[1] == _SOS:
            is_drawn, place = True, _next_mark(content, place)
    return 0


def _is_frame_bounded(content: bytes, place: int) -> bool:
    height, width = (int.from_bytes(content[at : at + 2], "big") for at in (place + 5, place + 7))
    return _is_bounded(width, height)


def _next_mark(content: bytes, start: int) -> int:
    """Return where a picture's own bytes end: at the next segment, or at the end of the file."""
    for at, end in _windows(start, len(content), _JPEG_OVERLAP):
        if found := _JPEG_MARK.search(content, at, end):
            return found.start()
    return len(content)


def _is_bounded(width: int, height: int) -> bool:
    is_sized = 0 < width <= SIDE_PIXELS_MAX and 0 < height <= SIDE_PIXELS_MAX
    return is_sized and width * height <= PIXELS_MAX
