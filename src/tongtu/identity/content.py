"""What kind of file some bytes are, by the bytes alone: PDF, JPEG or PNG, and nothing besides.

The whole file has to be of its kind from its first byte to its last: what is hidden before or
behind it is refused. Pictures are not decoded here. Pure.
"""

from __future__ import annotations

import re
import zlib

from tongtu.kernel.errors import BadInput, TooLarge

# A photograph of a page by a telephone, or some pages of a bank's statement.
DOCUMENT_BYTES_MAX = 4 * 1024 * 1024
# Beyond every scanner; a small file may claim a picture that fills the memory of who opens it.
SIDE_PIXELS_MAX = 16_384
PIXELS_MAX = 64_000_000
PARTS_MAX = 4_096
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
MEDIA_TYPES = (PDF, JPEG, PNG)
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}

_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d[\r\n]")
_PDF_TAIL = re.compile(rb"%%EOF\s{0,2}\Z")
# What makes a PDF run, send, load or carry something. Names may be written with #xx; what lies in a
# compressed stream is not seen here, so nobody is ever served a document but as a download.
_PDF_ACTS = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR)\b"
    rb"|/JS\s*[(<]|/JS\s+\d+\s+\d+\s+R"
)
_PDF_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_JPEG_HEAD, _JPEG_TAIL = b"\xff\xd8\xff", b"\xff\xd9"
_SOS = 0xDA
# Start of a frame, of every coding that a picture of a telephone or scanner has.
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})


def sniff(content: bytes, declared: str) -> str:
    """Return the media type of a file, which must be the declared one.

    Raises:
        TooLarge: beyond DOCUMENT_BYTES_MAX.
        BadInput: `empty_document`; `wrong_type`: another kind of file, more than one, or damaged.
    """
    if not content:
        raise BadInput("the file is empty", code="empty_document")
    if len(content) > DOCUMENT_BYTES_MAX:
        raise TooLarge(f"a document has at most {DOCUMENT_BYTES_MAX} bytes")
    whole = {PDF: _is_pdf, JPEG: _is_jpeg, PNG: _is_png}.get(declared)
    if whole is None or not whole(content):
        raise BadInput("send a whole PDF, JPEG or PNG, declared as what it is", code="wrong_type")
    return declared


def _is_pdf(content: bytes) -> bool:
    plain = _PDF_HEX.sub(lambda found: bytes([int(found[1], 16)]), content)
    return bool(
        _PDF_HEAD.match(content) and _PDF_TAIL.search(content[-8:]) and not _PDF_ACTS.search(plain)
    )


def _is_png(content: bytes) -> bool:
    """Walk the chunks, each with its checksum: IHDR first, IEND at the very end."""
    place = len(_PNG_HEAD)
    kinds: list[bytes] = []
    if not content.startswith(_PNG_HEAD):
        return False
    while place + 12 <= len(content) and len(kinds) < PARTS_MAX:
        length = int.from_bytes(content[place : place + 4], "big")
        body = content[place + 4 : place + 8 + length]
        end = place + 12 + length
        if zlib.crc32(body) != int.from_bytes(content[end - 4 : end], "big") or end > len(content):
            return False
        kinds.append(body[:4])
        place = end
        if kinds[-1] == b"IEND":
            break
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        return False
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    return place == len(content) and _is_bounded(width, height)


def _is_jpeg(content: bytes) -> bool:
    """Walk the segments to the picture's own bytes; its frame is bounded, its end is the file's."""
    place, is_framed = 2, False
    if not (content.startswith(_JPEG_HEAD) and content.endswith(_JPEG_TAIL)):
        return False
    for _ in range(PARTS_MAX):
        mark, code = content[place : place + 2], content[place + 1 : place + 2]
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if len(mark) < 2 or mark[0] != 0xFF or length < 2:
            return False
        if code[0] in _JPEG_FRAMES:
            height, width = (
                int.from_bytes(content[at : at + 2], "big") for at in (place + 5, place + 7)
            )
            is_framed = _is_bounded(width, height)
        place += 2 + length
        if code[0] == _SOS:
            return is_framed and _ends_once(content, place)
    return False


def _ends_once(content: bytes, start: int) -> bool:
    """Tell whether the picture's end mark stands at the end of the file and nowhere before it.

    In a picture's own bytes FF is followed by 00 or a mark; D9 is the end.
    """
    return content.find(_JPEG_TAIL, start) == len(content) - len(_JPEG_TAIL)


def _is_bounded(width: int, height: int) -> bool:
    is_sized = 0 < width <= SIDE_PIXELS_MAX and 0 < height <= SIDE_PIXELS_MAX
    return is_sized and width * height <= PIXELS_MAX
