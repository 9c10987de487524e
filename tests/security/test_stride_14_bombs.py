"""STRIDE 14: bombs of every kind are refused at once, before anybody unpacks, draws or nests them.

What takes files: documents and cards over the API, bodies as JSON, a bundle that is verified, a book
that is taken over, a table that is studied. Pictures stand in tests/unit/verification/test_bounds.
"""

import asyncio
import io
import json
import struct
import time
import tracemalloc
import zipfile
import zlib

import polars as pl
import pytest

from tongtu.channels.cli.loan_book import ROWS_MAX, Mapped, read_book
from tongtu.channels.rest.apply import ApplicationAsked
from tongtu.channels.rest.body import Shape
from tongtu.checkup.api import BadBook
from tongtu.checkup.store import read_frame
from tongtu.contracts.api import DossierTrust, verify_dossier
from tongtu.evidence.api import Trust
from tongtu.identity.api import whole_file
from tongtu.kernel.errors import TongtuError

from .conftest import APPLICATION, new_key

GROWTH_BYTES = 64 * 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
CPU_S = 1.0
MAPPED = Mapped({"external": "no"}, {}, "yuan", "percent", "%Y-%m-%d")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"x" * 60_000) + chunk(b"IEND", b"")


def zipped(depth=1, size=200_000_000):
    """Return a zip of noughts, itself zipped so many times."""
    content, name = bytes(size), "noughts"
    for _ in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(name, content)
        content, name = packed.getvalue(), "inner.zip"
    return content


def packed_book(rows):
    """Return a parquet file of one value, as often as it is wanted."""
    content = io.BytesIO()
    pl.DataFrame({"no": pl.repeat("x", rows, eager=True)}).write_parquet(content)
    return content.getvalue()


@pytest.fixture(scope="module")
def bombs():
    """Make what is large before anybody measures."""
    return {
        "a zip": zipped(), "a zip in a zip": zipped(2), "a picture of 50,000 pixels a side": png(50_000, 50_000),
        "a PDF of names in code": b"%PDF-1.7\n" + b"#41" * 1_300_000 + b"\n%%EOF\n",
        "JSON a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
        "objects thirty thousand deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "a packed book": packed_book(ROWS_MAX + 1),
    }  # fmt: skip


def _by_document(content):
    for kind in ("application/pdf", "image/png", "image/jpeg"):
        try:
            whole_file(content, kind)
        except TongtuError:
            continue
        return
    raise TongtuError("of no kind that is taken")


def _by_body(content):
    Shape(ApplicationAsked).read(content)


def _by_bundle(content):
    verify_dossier(content, DossierTrust(Trust()))


@pytest.mark.parametrize("taken", [_by_document, _by_body, _by_bundle])
@pytest.mark.parametrize("name", [
    "a zip", "a zip in a zip", "a picture of 50,000 pixels a side", "a PDF of names in code",
    "JSON a hundred thousand deep", "objects thirty thousand deep", "a packed book",
])  # fmt: skip
def test_stride_14_a_bomb_of_each_kind_is_refused_at_once_and_takes_no_memory(bombs, name, taken):
    tracemalloc.start()
    began_s = time.process_time()
    try:
        with pytest.raises(TongtuError):
            taken(bombs[name])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert time.process_time() - began_s < CPU_S
    assert peak < GROWTH_BYTES


def test_stride_14_a_packed_book_is_counted_before_it_is_unpacked(bombs, tmp_path, monkeypatch):
    path = tmp_path / "book.parquet"
    path.write_bytes(bombs["a packed book"])
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(pl, "read_parquet", None)  # whoever unpacks it fails otherwise
    monkeypatch.setattr("tongtu.checkup.store.ROWS_MAX", ROWS_MAX)

    with pytest.raises(TongtuError, match="at most 2000000 rows"):
        list(read_book(path, MAPPED))
    with pytest.raises(BadBook, match="more than 2000000 rows"):
        read_frame(path)


def test_stride_14_a_field_without_an_end_is_told_by_its_line(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text("no\n" + '"' + "x" * 1_000_000)

    with pytest.raises(TongtuError, match="no CSV"):
        list(read_book(path, MAPPED))


def test_stride_14_a_name_of_a_file_reaches_no_path_whatever_it_is(world):
    """What somebody calls their file is read by nobody; an address that is a path is not there."""
    before = world.tables()
    path = f"/v1/applications/{world.b.application}/documents/income_proof"
    for name in (
        "../../etc/passwd",
        "..\\..\\boot.ini",
        'a"; b="c',
        "x\0.pdf",
        "con.pdf",
        "/" * 200,
    ):
        headers = (
            ("content-type", "application/pdf"),
            ("content-disposition", f'attachment; filename="{name}"'.replace("\0", "%00")),
        )
        answer = world.send(
            "POST", path, token=world.b.token, key=new_key(), content=PDF, headers=headers,
            door="ordinary",
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_step")
        assert "content-disposition" not in answer.headers
        assert name not in answer.text
    for step in ("..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc", "a%00b", "....//"):
        answer = world.send(
            "POST", path + "/" + step, token=world.b.token, key=new_key(), content=PDF,
            headers=(("content-type", "application/pdf"),), door="ordinary",
        )  # fmt: skip
        assert answer.status_code in (404, 405)
    assert world.tables() == before


def test_stride_14_a_body_that_comes_by_the_byte_holds_nobody_up(world):
    """A request whose body does not come waits for itself alone; others are answered meanwhile."""
    port = world.doors["hot"].base_url.port
    head = (
        f"POST /v1/applications HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {world.b.token}\r\n"
        f"idempotency-key: {new_key()}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(json.dumps(APPLICATION))}\r\n\r\n{{"
    ).encode()

    async def drip():
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for _, writer in slow:
            writer.write(head)
            await writer.drain()
        began_s = time.monotonic()
        answer = await world.doors["hot"].get("/v1/products")
        waited_s = time.monotonic() - began_s
        for _, writer in slow:
            writer.close()
        return answer.status_code, waited_s

    status, waited_s = world.run(drip())

    assert status == 200
    assert waited_s < 1
