"""The built pages stay small, ask no foreign host and carry nothing the policy forbids."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/tongtu/channels/web/static"
BUDGET_BYTES = {"borrower": 40 * 1024, "console": 300 * 1024}
# Names of XML vocabularies look like addresses but are never asked.
VOCABULARY = re.compile(r"https?://www\.w3\.org/")


def built(page: str) -> list[Path]:
    """Return the files of a build, or skip where no Node could build it."""
    files = [path for path in (STATIC / page).rglob("*") if path.is_file()]
    if not files:
        pytest.skip(f"the page {page} is not built: make web")
    return files


@pytest.mark.parametrize("page", ["borrower", "console"])
def test_scripts_and_styles_stay_within_their_budget(page: str) -> None:
    code = [path for path in built(page) if path.suffix in {".js", ".css"}]

    assert {path.suffix for path in code} == {".js", ".css"}
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in code) <= BUDGET_BYTES[page]


@pytest.mark.parametrize("page", ["borrower", "console"])
def test_no_built_file_names_a_foreign_host(page: str) -> None:
    texts = [VOCABULARY.sub("", path.read_text("utf-8")) for path in built(page)]

    assert [
        found
        for text in texts
        for found in re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text)
    ] == []


@pytest.mark.parametrize("page", ["borrower", "console"])
def test_the_page_has_no_inline_script_or_style(page: str) -> None:
    built(page)
    text = (STATIC / page / "index.html").read_text("utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []


def test_the_two_dark_blocks_of_the_tokens_are_equal() -> None:
    css = re.sub(
        r"/\*.*?\*/", "", (ROOT / "web/src/shared/tokens.css").read_text("utf-8"), flags=re.DOTALL
    )
    blocks = re.findall(r"\{([^{}]*color-scheme:\s*dark;[^{}]*)\}", css)
    lines = [
        [line.strip() for line in re.split(r"[;\n]", block) if line.strip()] for block in blocks
    ]

    assert len(lines) == 2
    assert lines[0] == lines[1]
    assert len(lines[0]) > 60
