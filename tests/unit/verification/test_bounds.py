"""STRIDE 14: what a picture may be is looked at in its head, before anybody decodes it."""

import io
import resource
import struct
import time
import zlib

import pytest
from PIL import Image

from tongtu.kernel.errors import BadInput
from tongtu.verification.api import measure
from tongtu.verification.vision.bounds import PICTURE_BYTES_MAX, PIXELS_MAX, SIDE_MAX


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *more, data=b"x" * 60_000):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def drawn(width, height, form):
    content = io.BytesIO()
    Image.effect_noise((width, height), 90).save(content, form)
    return content.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_within_bounds_is_measured_by_its_head(form):
    found = measure(drawn(640, 480, form))

    assert (found.media_type, found.width, found.height) == (f"image/{form.lower()}", 640, 480)


HOSTILE = {
    "pixel bomb": (png(50_000, 50_000), ("wrong_type", "picture_too_large")),
    "many pixels": (png(5_000, 5_000), ("picture_too_large",)),
    "few bytes": (png(4_000, 4_000, data=b"x" * 100), ("picture_bomb",)),
    "a strip": (png(5_000, 100), ("picture_ratio",)),
    "a point": (png(32, 32), ("picture_too_small",)),
    "compressed words": (
        png(400, 400, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"A" * 200_000_000, 9))),
        ("picture_bomb",),
    ),
    "a thousand parts": (png(400, 400, *[chunk(b"tEXt", b"a\0b")] * 600), ("picture_bomb",)),
    "a zip": (b"PK\x03\x04" + zlib.compress(b"\0" * 200_000_000, 9), ("wrong_type",)),
    "a zip in a picture": (png(400, 400) + b"PK\x03\x04", ("wrong_type",)),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ("wrong_type",)),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * PICTURE_BYTES_MAX, ("picture_too_large",)),
    "cut": (png(400, 400)[:-20], ("wrong_type",)),
    "nothing": (b"", ("empty_document",)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_stride_14_a_hostile_picture_is_refused_at_once_and_takes_no_memory(name):
    content, codes = HOSTILE[name]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    with pytest.raises(BadInput) as refused:
        measure(content)

    assert refused.value.code in codes
    assert time.process_time() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_the_bounds_hold_at_their_very_numbers():
    def side(width, height):
        try:
            return measure(png(width, height)).width
        except BadInput as refused:
            return refused.code

    assert [side(one, 1_500) for one in (SIDE_MAX, SIDE_MAX + 1)] == [
        SIDE_MAX, "picture_too_large",
    ]  # fmt: skip
    assert PIXELS_MAX == 4_000 * 4_000
    assert [side(4_000, one) for one in (4_000, 4_001)] == [4_000, "picture_too_large"]
    assert [side(64, one) for one in (256, 257)] == [64, "picture_ratio"]
    assert [side(one, 64) for one in (64, 63)] == [64, "picture_too_small"]
