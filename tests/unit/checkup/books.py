"""Small made-up books: level loans, and one changed as a test wants it."""

import csv

from tongtu.terms.api import RoundingMode, exact_instalment

HEAD = ("借据号", "本金", "年利率", "期数", "月供", "放款日期", "评级")


def level(principal, ppm, months):
    """Return a level instalment in fen, rounded half up."""
    return exact_instalment(principal, ppm, months, RoundingMode.HALF_UP)


def rows_of(count):
    """Return so many true loans: number, fen, ppm, months, fen a month, day, grade."""
    rows = []
    for n in range(count):
        principal, ppm, months = 1_000_000 + 10_000 * n, 90_000 + 100 * (n % 7), 12 + 12 * (n % 3)
        monthly = level(principal, ppm, months)
        rows.append([f"L{n:04d}", principal, ppm, months, monthly, f"2026-{1 + n % 9:02d}-15", "B"])
    return rows


def write(path, rows, extra=()):
    """Write rows in yuan and percent under Chinese heads; `extra` names further columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow((*HEAD, *extra))
        for number, principal, ppm, months, monthly, *rest in rows:
            out.writerow(
                (number, f"{principal / 100:.2f}", f"{ppm / 10_000:.4f}", months,
                 f"{monthly / 100:.2f}", *rest)
            )  # fmt: skip
    return path
