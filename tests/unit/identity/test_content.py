"""What is uploaded is a whole file of its kind, from its first byte to its last, and nothing else."""

import zlib

import pytest

from tongtu.identity.content import DOCUMENT_BYTES_MAX, JPEG, PDF, PNG, SIDE_PIXELS_MAX, sniff
from tongtu.kernel.errors import BadInput, TooLarge


def chunk(kind, body=b""):
    whole = kind + body
    return len(body).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")


def png(width=3, height=2, *between):
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\x01\x02\x03" * 2))
    parts = [chunk(b"IHDR", head), *between, pixels, chunk(b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def segment(code, body):
    return bytes([0xFF, code]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(width=3, height=2, *between, scan=b"\x11\xff\x00\x22\xff\xd0\x33"):
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    frame = segment(0xC0, b"\x08" + size + b"\x01\x01\x11\x00")
    head = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    start = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + head + b"".join(between) + frame + start + scan + b"\xff\xd9"


def pdf(inside=b"<< /Type /Catalog >>"):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + inside + b"\nendobj\nstartxref\n9\n%%EOF\n"


GOOD = {PDF: pdf(), JPEG: jpeg(), PNG: png()}


@pytest.mark.parametrize("kind", GOOD)
def test_a_whole_file_is_of_its_kind_and_of_no_other(kind):
    assert sniff(GOOD[kind], kind) == kind
    for other in {*GOOD, "text/html", "image/svg+xml", "application/pdf; x=y", ""} - {kind}:
        with pytest.raises(BadInput) as refused:
            sniff(GOOD[kind], other)
        assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    "more", [b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", bytes(9)]
)
def test_a_file_with_another_before_or_behind_it_is_refused(kind, more):
    for content in (GOOD[kind] + more, more + GOOD[kind]):
        with pytest.raises(BadInput) as refused:
            sniff(content, kind)
        assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_cut_off_anywhere_is_refused(kind):
    whole = GOOD[kind].rstrip(b"\n") if kind == PDF else GOOD[kind]
    for end in range(1, len(whole)):
        with pytest.raises(BadInput):
            sniff(whole[:end], kind)


def test_nothing_and_too_much_are_told_apart():
    with pytest.raises(BadInput) as refused:
        sniff(b"", PDF)
    assert refused.value.code == "empty_document"
    full = pdf(b"%" + b"x" * (DOCUMENT_BYTES_MAX - len(pdf(b"%"))))
    assert (len(full), sniff(full, PDF)) == (DOCUMENT_BYTES_MAX, PDF)
    with pytest.raises(TooLarge):
        sniff(full + b"\n", PDF)


@pytest.mark.parametrize(
    "inside",
    [
        b"<< /S /JavaScript /JS (app.alert(1)) >>",
        b"<< /S /Java#53cript >>",
        b"<< /JS 12 0 R >>",
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /Names << /EmbeddedFiles 3 0 R >> >>",
        b"<< /S /SubmitForm /F (http://x) >>",
        b"<< /AcroForm << /XFA 4 0 R >> >>",
    ],
)
def test_a_pdf_that_acts_or_carries_something_is_refused(inside):
    with pytest.raises(BadInput) as refused:
        sniff(pdf(inside), PDF)

    assert refused.value.code == "wrong_type"


def test_where_a_pdf_opens_is_no_act():
    assert sniff(pdf(b"<< /OpenAction [3 0 R /Fit] /JScale 2 >>"), PDF) == PDF


def test_a_small_file_that_claims_a_huge_picture_is_refused():
    for width, height in (
        (SIDE_PIXELS_MAX + 1, 1),
        (1, SIDE_PIXELS_MAX + 1),
        (9_000, 9_000),
        (0, 1),
    ):
        for make, kind in ((png, PNG), (jpeg, JPEG)):
            with pytest.raises(BadInput):
                sniff(make(width, height), kind)
    assert sniff(png(8_000, 8_000), PNG) == PNG


def test_a_picture_inside_a_picture_s_notes_is_part_of_it_and_one_behind_is_not():
    noted = jpeg(3, 2, segment(0xE1, b"Exif\x00\x00" + jpeg()))

    assert sniff(noted, JPEG) == JPEG
    with pytest.raises(BadInput):
        sniff(jpeg() + jpeg(), JPEG)


def test_a_changed_byte_of_a_png_is_seen():
    whole = bytearray(png(3, 2, chunk(b"tEXt", b"Title\x00x")))
    whole[45] ^= 1

    with pytest.raises(BadInput):
        sniff(bytes(whole), PNG)
