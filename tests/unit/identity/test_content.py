"""What is kept is a whole file of its kind, from its first byte to its last, and nothing else."""

import zlib

import pytest

from tongtu.identity.content import (
    DOCUMENT_BYTES_MAX,
    ESCAPES_MAX,
    JPEG,
    PDF,
    PNG,
    SIDE_PIXELS_MAX,
    WINDOW_BYTES,
    whole_file,
)
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


def frame_of(width, height, code=0xC0):
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return segment(code, b"\x08" + size + b"\x01\x01\x11\x00")


def jpeg(width=3, height=2, *between, scan=b"\x11\xff\x00\x22\xff\xd0\x33"):
    frame = frame_of(width, height)
    head = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    start = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + head + b"".join(between) + frame + start + scan + b"\xff\xd9"


def pdf(inside=b"<< /Type /Catalog >>"):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + inside + b"\nendobj\nstartxref\n9\n%%EOF\n"


GOOD = {PDF: pdf(), JPEG: jpeg(), PNG: png()}


@pytest.mark.parametrize("kind", GOOD)
def test_a_whole_file_is_of_its_kind_and_of_no_other(kind):
    assert whole_file(GOOD[kind], kind) == GOOD[kind]
    for other in {*GOOD, "text/html", "image/svg+xml", "application/pdf; x=y", ""} - {kind}:
        with pytest.raises(BadInput) as refused:
            whole_file(GOOD[kind], other)
        assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    "more", [b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", bytes(9)]
)
def test_a_file_with_another_before_or_behind_it_is_refused(kind, more):
    behind = [] if kind == JPEG else [GOOD[kind] + more]
    for content in (more + GOOD[kind], *behind):
        with pytest.raises(BadInput) as refused:
            whole_file(content, kind)
        assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_cut_off_anywhere_is_refused(kind):
    whole = GOOD[kind].rstrip(b"\n") if kind == PDF else GOOD[kind]
    for end in range(1, len(whole)):
        with pytest.raises(BadInput):
            whole_file(whole[:end], kind)


def test_nothing_and_too_much_are_told_apart():
    with pytest.raises(BadInput) as refused:
        whole_file(b"", PDF)
    assert refused.value.code == "empty_document"
    full = pdf(b"%" + b"x" * (DOCUMENT_BYTES_MAX - len(pdf(b"%"))))
    assert (len(full), whole_file(full, PDF)) == (DOCUMENT_BYTES_MAX, full)
    with pytest.raises(TooLarge):
        whole_file(full + b"\n", PDF)


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
        whole_file(pdf(inside), PDF)

    assert refused.value.code == "wrong_type"


def test_where_a_pdf_opens_is_no_act():
    plain = pdf(b"<< /OpenAction [3 0 R /Fit] /JScale 2 /Launched 1 >>")

    assert whole_file(plain, PDF) == plain


def test_a_small_file_that_claims_a_huge_picture_is_refused():
    for width, height in (
        (SIDE_PIXELS_MAX + 1, 1),
        (1, SIDE_PIXELS_MAX + 1),
        (9_000, 9_000),
        (0, 1),
    ):
        for make, kind in ((png, PNG), (jpeg, JPEG)):
            with pytest.raises(BadInput):
                whole_file(make(width, height), kind)
    assert whole_file(png(8_000, 8_000), PNG) == png(8_000, 8_000)


def test_a_picture_inside_a_picture_s_notes_is_part_of_it_and_what_is_behind_is_left_away():
    noted = jpeg(3, 2, segment(0xE1, b"Exif\x00\x00" + jpeg()))

    assert whole_file(noted, JPEG) == noted
    for behind in (jpeg(), b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", b"\xff\xd9"):
        assert whole_file(noted + behind, JPEG) == noted


def test_a_picture_sent_in_several_passes_is_kept_whole():
    """Between two passes stand tables, whose bytes may look like an end."""
    tables = segment(0xC4, b"\x10" + bytes(15) + b"\x02\xff\xd9")
    scan = b"\x11\xff\xff" + tables + segment(0xDA, b"\x01\x01\x00\x01\x05\x00") + b"\x22\xff\x00"
    passes = jpeg(3, 2, scan=scan)

    assert whole_file(passes + b"behind", JPEG) == passes


def test_a_picture_has_one_frame_of_a_coding_that_telephones_write():
    """A reader may take the first of two frames, or the last: a huge one must be neither."""
    small, huge = frame_of(10, 10), frame_of(65_535, 65_535, 0xC1)
    for content in (
        jpeg(10, 10, huge), jpeg(10, 10, small), jpeg(10, 10, scan=b"\x11" + huge),
        *(jpeg(10, 10, frame_of(10, 10, code)) for code in (0xC3, 0xC5, 0xC9, 0xCF)),
        jpeg().replace(b"\xff\xc0", b"\xff\xc3"), jpeg().replace(frame_of(3, 2), b""),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            whole_file(content, JPEG)
        assert refused.value.code == "wrong_type"
    progressive = jpeg().replace(b"\xff\xc0", b"\xff\xc2")
    assert whole_file(progressive, JPEG) == progressive


def test_a_pdf_with_more_names_in_code_than_any_page_has_is_refused_unread():
    most = pdf(b"/" + b"#41" * ESCAPES_MAX)

    assert whole_file(most, PDF) == most
    for more in (b"/" + b"#41" * (ESCAPES_MAX + 1), b"#41" * (1024 * 1024)):
        with pytest.raises(BadInput) as refused:
            whole_file(pdf(more), PDF)
        assert refused.value.code == "wrong_type"


@pytest.mark.parametrize("act", [b"/JavaScript ", b"/#4a#61#76#61#53#63#72#69#70#74 ", b"/JS  ("])
def test_an_act_is_seen_wherever_in_the_file_it_stands(act):
    """The file is searched a window at a time."""
    before = len(pdf(b"").partition(b"obj\n")[0]) + len(b"obj\n")
    for shift in range(-len(act) - 1, 2):
        for window in (1, 3):
            filler = b"x" * (window * WINDOW_BYTES - before + shift)
            with pytest.raises(BadInput):
                whole_file(pdf(filler + act), PDF)
            word = pdf(filler + b"/JavaScriptless ")
            assert whole_file(word, PDF) == word


def test_a_changed_byte_of_a_png_is_seen():
    whole = bytearray(png(3, 2, chunk(b"tEXt", b"Title\x00x")))
    whole[45] ^= 1

    with pytest.raises(BadInput):
        whole_file(bytes(whole), PNG)
