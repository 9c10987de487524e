"""Tables, badges and the histogram of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tongtu.checkup.page.words import percent, say

_WIDTH, _HEIGHT = 640, 160
_SHAPES = {"ok": "●", "bad": "■", "warn": "◆"}


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell that begins with "=" is a figure, and stands to the right."""
    head = "".join(f'<th scope="col"{_side(one)}>{_plain(one)}</th>' for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td{_side(cell)}>{_plain(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def badge(kind: str, words: str) -> str:
    """Return a word with a shape, so that the colour is never alone."""
    return f'<span class="badge {kind}">{_SHAPES[kind]} {words}</span>'


def figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Return named figures side by side."""
    return "<dl>" + "".join(f"<div><dt>{n}</dt><dd>{v}</dd></div>" for n, v in pairs) + "</dl>"


def histogram(bins: Sequence[tuple[int, int]], caps: Sequence[int]) -> str:
    """Return loans by yearly cost as bars, with a dashed line at each cap."""
    if not bins:
        return ""
    most = max(count for _, count in bins)
    last = max(start for start, _ in bins) + 20_000
    scale = _WIDTH / last
    bars = "".join(
        f'<rect x="{start * scale:.1f}" y="{130 - 120 * count / most:.1f}" '
        f'width="{max(1.0, 20_000 * scale - 2):.1f}" height="{120 * count / most:.1f}" '
        f'fill="var(--tt-chart-1)"><title>{percent(start)}: {count}</title></rect>'
        for start, count in bins
    )
    lines = "".join(
        f'<line x1="{cap * scale:.1f}" x2="{cap * scale:.1f}" y1="0" y2="130" '
        f'stroke="var(--tt-bad-ink)" stroke-dasharray="4 3"/><text x="{cap * scale - 4:.1f}" y="12"'
        f' text-anchor="end" fill="var(--tt-bad-ink)">{percent(cap)}</text>'
        for cap in caps
        if cap < last
    )
    ends = "".join(
        f'<text x="{at * scale:.1f}" y="150" fill="var(--tt-ink-3)" text-anchor="{side}">'
        f"{percent(at)}</text>"
        for at, side in ((0, "start"), (last, "end"))
    )
    told = f"{sum(count for _, count in bins)} loans by yearly cost (12 × monthly IRR), 2 % a bar"
    return (
        f'<svg role="img" aria-label="{escape(told)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-size="12">{bars}{lines}{ends}</svg>'
    )


def tongues() -> str:
    """Return the two buttons that choose the language; without scripts the first one stays."""
    return (
        '<div class="tongues" role="group" aria-label="language 语言">'
        '<button type="button" data-to="zh">中文</button> '
        '<button type="button" data-to="en">English</button></div>'
    )


def heading(zh: str, en: str) -> str:
    """Return a section's heading."""
    return f"<h2>{say(zh, en)}</h2>"


def _side(cell: str) -> str:
    return ' class="n"' if cell.startswith("=") else ""


def _plain(cell: str) -> str:
    return cell.removeprefix("=")
