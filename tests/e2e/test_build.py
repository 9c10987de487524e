"""What the builds weigh and hold. No browser is needed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import ROOT, STATIC, Platform

KB = 1024
WEB = ROOT / "web"


@pytest.fixture(autouse=True)
def _built() -> None:
    if not (STATIC / "borrower/index.html").exists():
        pytest.skip("the pages are not built: make web")


def weight(paths: set[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


def needed_by(build: str, *also: str) -> set[Path]:
    """The start page's scripts and styles with all they import at once, and what `also` names."""
    root = STATIC / build
    assets = root / "assets"
    names = set(re.findall(r"assets/([\w.-]+\.(?:js|css))", (root / "index.html").read_text()))
    names |= (
        {path.name for path in assets.iterdir() if path.name.startswith(also)} if also else set()
    )
    found: set[Path] = set()
    while names:
        path = assets / names.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js":
            text = path.read_text(encoding="utf-8")
            names |= set(re.findall(r'(?:from|import)\s*["`]\./([\w.-]+\.js)["`]', text))
    return found


def test_a_borrowers_first_page_weighs_at_most_40_kb() -> None:
    for lang in ("zh-", "en-"):
        assert weight(needed_by("borrower", lang)) <= 40 * KB


def test_the_whole_borrower_app_with_all_that_is_loaded_later_weighs_at_most_84_kb() -> None:
    # What lies beyond the first page comes when it is opened: identity, early repayment, a rest,
    # a line, goods, the merge of two edits. The budget a visitor feels is the first page's 40 KB above.
    every = set((STATIC / "borrower/assets").iterdir())
    assert weight({path for path in every if not path.name.startswith("en-")}) <= 84 * KB


def test_what_is_opened_later_comes_in_parts_of_at_most_8_kb_each() -> None:
    first = needed_by("borrower", "zh-", "en-")
    for path in set((STATIC / "borrower/assets").iterdir()) - first:
        assert weight({path}) <= 8 * KB, path.name


def test_the_console_enters_with_300_kb_and_no_later_part_is_beyond_its_bound() -> None:
    entry = needed_by("console")
    assert weight(entry) <= 300 * KB
    for path in set((STATIC / "console/assets").iterdir()) - entry:
        bound = 200 if path.name.startswith("lines-") else 150
        assert weight({path}) <= bound * KB, path.name


def test_no_page_holds_a_script_or_a_style_of_its_own() -> None:
    for build in ("borrower", "console"):
        page = (STATIC / build / "index.html").read_text()
        assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
        assert re.findall(r"(?:src|href)=\"(?!/)", page) == []


def test_no_build_holds_the_fake() -> None:
    for path in STATIC.rglob("*.js"):
        assert "fake" not in path.name
        assert "rq_fake" not in path.read_text(encoding="utf-8")


def blocks() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    css = (WEB / "src/shared/tokens.css").read_text(encoding="utf-8")
    light, chosen, system = re.findall(
        r"(?::root \{ /\* LIGHT \*/|:root\[data-theme=\"dark\"\] \{|:root:not\(\[data-theme=\"light\"\]\) \{)(.*?)\n\s*\}",
        css,
        re.DOTALL,
    )
    return tuple(
        dict(re.findall(r"--tt-([\w-]+):\s*([^;]+);", each)) for each in (light, chosen, system)
    )


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_dark_is_the_same_whether_chosen_or_the_systems() -> None:
    _, chosen, system = blocks()
    assert chosen == system


def test_every_ink_reads_on_its_ground_in_both_themes() -> None:
    light, dark, _ = blocks()
    grounds = ("bg", "surface", "raised", "sunken", "select")
    pairs = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "link") for ground in grounds]
    pairs += [
        (f"{s}-ink", f"{s}-soft") for s in ("ok", "info", "wait", "warn", "bad", "person", "muted")
    ]
    pairs += [
        ("on-primary", "primary"),
        ("on-danger", "danger"),
        ("on-hero-2", "hero"),
        ("on-tip", "tip"),
    ]
    pairs += [(f"seq-{n}-ink", f"seq-{n}") for n in range(1, 8)]
    for theme in (light, light | dark):
        assert [p for p in pairs if contrast(theme[p[0]], theme[p[1]]) < 4.5] == []
        edges = [
            ("line-strong", "surface"),
            ("focus", "bg"),
            *[(f"chart-{n}", "surface") for n in range(1, 7)],
        ]
        assert [p for p in edges if contrast(theme[p[0]], theme[p[1]]) < 3.0] == []


@pytest.mark.browser
def test_every_address_the_pages_call_stands_in_the_schema(platform: Platform) -> None:
    known = {
        (method.upper(), re.sub(r"\{[^}]*\}", "*", path))
        for path, methods in httpx.get(f"{platform.url}/schema", timeout=60).json()["paths"].items()
        for method in methods
    }
    source = (WEB / "src/borrower/api.ts").read_text(encoding="utf-8")
    called = set()
    for call in re.finditer(r"(post|once|json)(?:<[^(]*>)?\(\s*[\"`](/v1/[^\"`?]+)[^)]*\)", source):
        verb = re.search(r'method: "(\w+)"', call[0])
        method = verb[1] if verb else ("POST" if call[1] == "post" else "GET")
        called.add((method, re.sub(r"\$\{[^}]*\}", "*", call[2])))
    assert len(called) >= 25
    assert called - known == set()


def test_the_lock_file_carries_no_address_of_a_registry() -> None:
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
