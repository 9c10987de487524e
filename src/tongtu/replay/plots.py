"""Two small plots as SVG text, labelled so that each reads without its colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, BAR, LABEL, HEIGHT = 640, 30, 120, 180
AZURITE, INK, GRID = "#0B6170", "#0F252B", "#E4EBEB"


def bar_chart(title: str, values: Sequence[tuple[str, int]]) -> str:
    """Return horizontal bars with their name and figure."""
    largest = max((value for _, value in values), default=0) or 1
    parts = []
    for number, (name, value) in enumerate(values):
        top = number * BAR
        length = (WIDTH - LABEL - 90) * value / largest
        parts.append(
            f'<text x="0" y="{top + 19}" fill="{INK}">{escape(name)}</text>'
            f'<rect x="{LABEL}" y="{top + 5}" width="{length:.1f}" height="18" rx="4" '
            f'fill="{AZURITE}"/><text x="{LABEL + length + 8:.1f}" y="{top + 19}" '
            f'fill="{INK}">{value:,}</text>'
        )
    return _frame(title, "".join(parts), BAR * len(values))


def line_of_bands(title: str, values: Sequence[tuple[str, float]]) -> str:
    """Return upright bars, one a band, with the percentage above and the band below."""
    largest = max((value for _, value in values), default=0) or 1
    step = WIDTH / max(1, len(values))
    parts = [f'<line x1="0" x2="{WIDTH}" y1="150" y2="150" stroke="{GRID}"/>']
    for number, (name, value) in enumerate(values):
        height, left = 120 * value / largest, number * step + step * 0.2
        middle = number * step + step / 2
        parts.append(
            f'<rect x="{left:.1f}" y="{150 - height:.1f}" width="{step * 0.6:.1f}" '
            f'height="{height:.1f}" rx="4" fill="{AZURITE}"/>'
            f'<text x="{middle:.1f}" y="{144 - height:.1f}" text-anchor="middle" '
            f'fill="{INK}">{value:.1f}</text>'
            f'<text x="{middle:.1f}" y="170" text-anchor="middle" '
            f'fill="{INK}">{escape(name)}</text>'
        )
    return _frame(title, "".join(parts), HEIGHT)


def _frame(title: str, body: str, height: int) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {height}" '
        f'font-size="13" font-family="system-ui,sans-serif">{body}</svg>'
    )
