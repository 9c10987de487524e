"""The borrower's page asks for the documents a person wants, and sends them."""

from __future__ import annotations

import struct
import zlib

import httpx
import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import Person, Platform, check_accessible

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def picture(width: int, height: int) -> bytes:
    """Return a grey PNG of this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x80" * width) * height)
    place = chunk(b"tEXt", b"Comment\x0031.2304N 121.4737E")
    parts = chunk(b"IHDR", head), place, chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_borrower_uploads_what_a_person_asked_for_and_its_clerk_reads_it(
    open_page, person: Person, platform: Platform
) -> None:
    application = person.apply(assets_minor=None)["application"]
    case = f"{platform.url}/v1/reviews/{application}/documents"
    clerk = {"authorization": f"Bearer {platform.tokens['clerk']}"}
    asked = httpx.post(
        case,
        json={"documents": ["income_proof", "bank_statement"]},
        headers=clerk | {"idempotency-key": f"ask-{application}"},
    )
    assert asked.status_code == 200, asked.text
    page = open_page()
    person.enter(page, f"/a/{application}")
    expect(page.get_by_role("heading", name="请上传材料")).to_be_visible()
    check_accessible(page, "documents")

    field = page.get_by_label("收入证明")
    field.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no"})
    expect(page.get_by_text("请选 PDF、JPEG 或 PNG 文件。")).to_be_visible()
    photo = {"name": "../../工资.png", "mimeType": "image/png", "buffer": picture(3_000, 1_200)}
    field.set_input_files(photo)
    expect(page.locator(".documents .badge.ok")).to_have_count(1)
    pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
    statement = {"name": "流水.pdf", "mimeType": "application/pdf", "buffer": pdf}
    page.get_by_label("银行流水").set_input_files(statement)
    expect(page.get_by_text("材料已收齐，正在由人来看。")).to_be_visible()

    items = httpx.get(case, headers=clerk).json()["items"]
    read = [httpx.get(f"{case}/{one['document']}", headers=clerk) for one in items]
    assert [one["kind"] for one in items] == ["income_proof", "bank_statement"]
    assert [one.headers["content-type"] for one in read] == ["image/jpeg", "application/pdf"]
    assert b"121.4737E" not in read[0].content  # where it was taken stayed with the borrower
    assert read[1].content == pdf
    assert read[1].headers["content-disposition"] == (
        f'attachment; filename="{items[1]["document"]}.pdf"'
    )
