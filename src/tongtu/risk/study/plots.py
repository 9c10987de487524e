"""Four plots as SVG: scores of good and bad, calibration, gains, how often each reason is told.

All but the reasons are drawn of untouched folds. The same study gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.rules.steps import points_of
from tongtu.risk.study.preparation import take_rows
from tongtu.risk.study.run import Study
from tongtu.risk.study.table import Cases

Outcomes = NDArray[np.bool_]
Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT, EDGE = 480, 320, 44
GOOD, BAD, PLAIN = "#2f6f6a", "#b5523b", "#9aa3a8"
BINS = 40
GROUPS = 10
REASON_ROWS_MAX = 20_000
REASONS_SHOWN = 15


def plots(cases: Cases, found: Study) -> dict[str, bytes]:
    """Return the plots by file name."""
    pd = np.concatenate([one.answers["pd"] for one in found.folds])
    is_bad = np.concatenate([one.is_bad for one in found.folds])
    return {
        "plots/scores.svg": _scores(pd, is_bad),
        "plots/calibration.svg": _calibration(pd, is_bad),
        "plots/gains.svg": _gains(pd, is_bad),
        "plots/reasons.svg": _reasons(cases, found),
    }


def _scores(pd: Floats, is_bad: Outcomes) -> bytes:
    odds = np.log(np.clip(pd, 1e-9, 1 - 1e-9) / (1 - np.clip(pd, 1e-9, 1 - 1e-9)))
    points = np.array([points_of(one) for one in odds.tolist()], np.float64)
    low, high = np.quantile(points, [0.002, 0.998]).tolist()
    high = max(high, low + 1)
    edges = np.linspace(low, high, BINS + 1)
    lines = []
    top = 0.0
    for chosen, color in ((~is_bad, GOOD), (is_bad, BAD)):
        share = np.histogram(np.clip(points[chosen], low, high), edges)[0] / max(1, chosen.sum())
        top = max(top, float(share.max()))
        lines.append((color, list(zip(edges[:-1].tolist(), share.tolist(), strict=True))))
    return _drawn("Scores of good (green) and bad (red) cases", (low, high, 0, top), lines)


def _calibration(pd: Floats, is_bad: Outcomes) -> bytes:
    groups = np.array_split(np.argsort(pd, kind="stable"), GROUPS)
    points = [(float(pd[rows].mean()), float(is_bad[rows].mean())) for rows in groups]
    top = max(max(one) for one in points) * 1.05
    lines = [(PLAIN, [(0.0, 0.0), (top, top)]), (BAD, points)]
    return _drawn("Predicted and real share of bad cases, by tenths", (0, top, 0, top), lines)


def _gains(pd: Floats, is_bad: Outcomes) -> bytes:
    order = np.argsort(-pd, kind="stable")
    caught = np.cumsum(is_bad[order]) / is_bad.sum()
    places = np.linspace(0, len(pd) - 1, 101).astype(int)
    points = [((n + 1) / len(pd), float(caught[n])) for n in places.tolist()]
    lines = [(PLAIN, [(0.0, 0.0), (1.0, 1.0)]), (BAD, [(0.0, 0.0), *points])]
    return _drawn("Bad cases caught among the riskiest share", (0, 1, 0, 1), lines)


def _reasons(cases: Cases, found: Study) -> bytes:
    scorer = found.fitted.scorer
    rows = np.arange(min(len(cases.is_bad), REASON_ROWS_MAX))
    cells = take_rows(scorer.columns, cases.sheet.columns, rows)
    told = scorer.score_all(cells, reasons=True).reasons
    counts = np.bincount(told[told >= 0], minlength=len(scorer.columns))
    most = np.argsort(-counts, kind="stable")[:REASONS_SHOWN].tolist()
    height = 18 * len(most) + 40
    body = ['<text x="8" y="18" class="t">How often each reason is told</text>']
    for n, place in enumerate(most):
        share = counts[place] / len(rows)
        y = 34 + 18 * n
        body.append(f'<rect x="200" y="{y}" width="{240 * share:.1f}" height="12" fill="{GOOD}"/>')
        name = escape(scorer.columns[place].name[:30])
        body.append(f'<text x="194" y="{y + 10}" text-anchor="end">{name}</text>')
        body.append(f'<text x="{204 + 240 * share:.1f}" y="{y + 10}">{100 * share:.0f} %</text>')
    return _svg(body, height)


def _drawn(
    title: str, frame: tuple[float, float, float, float], lines: Sequence[tuple[str, Points]]
) -> bytes:
    left, right, bottom, top = frame
    wide, high = (right - left) or 1.0, (top - bottom) or 1.0

    def at(x: float, y: float) -> str:
        across = EDGE + (x - left) / wide * (WIDTH - 2 * EDGE)
        down = HEIGHT - EDGE - (y - bottom) / high * (HEIGHT - 2 * EDGE)
        return f"{across:.1f},{down:.1f}"

    body = [f'<text x="8" y="18" class="t">{escape(title)}</text>']
    box = " ".join(at(x, y) for x, y in ((left, top), (left, bottom), (right, bottom)))
    body.append(f'<polyline points="{box}" fill="none" stroke="#444"/>')
    for x, y, text, anchor in (
        (left, bottom, left, "middle"), (right, bottom, right, "middle"), (left, top, top, "end"),
    ):  # fmt: skip
        across, down = at(x, y).split(",")
        shift = 16 if anchor == "middle" else 0
        body.append(
            f'<text x="{float(across) - (4 if anchor == "end" else 0):.1f}" '
            f'y="{float(down) + shift:.1f}" text-anchor="{anchor}">{text:.3g}</text>'
        )
    for color, points in lines:
        path = " ".join(at(x, y) for x, y in points)
        body.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
    return _svg(body, HEIGHT)


def _svg(body: Sequence[str], height: int) -> bytes:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">'
        "<style>.t{font-size:13px;font-weight:bold}</style>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    )
    return "\n".join([head, *body, "</svg>", ""]).encode()
