"""What an audit found, as plain JSON values: money in minor units, yearly costs in ppm."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from tongtu.checkup.flow import Audit, sum_minor
from tongtu.checkup.model import Ints, Role
from tongtu.checkup.rules.cause import Unequal
from tongtu.checkup.rules.law import Asked, Laid
from tongtu.checkup.rules.ranking import Compared

VERSION = 1
QUANTILES = (0, 5, 25, 50, 75, 95, 100)
_BIN_PPM = 20_000
UNREAD_NAMED = 100


def summarise(found: Audit) -> dict[str, Any]:
    """Return the whole audit as plain values; the page is made of nothing else."""
    book, pack = found.book, found.asking.pack
    return {
        "version": VERSION,
        "book": {
            "name": book.name, "sha256": book.sha256, "rows": book.rows, "loans": len(book),
            "currency": pack.content.currency,
            "first_day": str(min(book.start)) if book.start else None,
            "last_day": str(max(book.start)) if book.start else None,
            "principal_minor": sum_minor(book.principal),
        },
        "mapping": [
            {"role": role.value, "column": name, "evidence": found.columns.evidence.get(role, "")}
            for role, name in found.columns.columns.items()
        ],
        "units": {"money": found.columns.money.value, "rate": found.columns.rate.value},
        "unread": {
            "lines": len(book.unread),
            "named": [{"line": line, "why": why} for line, why in book.unread[:UNREAD_NAMED]],
        },
        "instalments": _instalments(found),
        "costs": _costs(found),
        "law": {
            "pack": pack.id, "hash": pack.hash, "is_illustrative": pack.is_illustrative,
            "as_of": str(found.asking.as_of),
            "on_their_days": _laid(found.on_their_days),
            "as_if_granted_now": _laid(found.as_if_now),
        },
        "score": _score(found),
        "money": _money(found),
    }  # fmt: skip


def _instalments(found: Audit) -> dict[str, Any]:
    made, book = found.recomputed, found.book
    apart = book.instalment - made.ours
    loan = int(np.flatnonzero(made.is_equal)[0]) if made.is_equal.any() else None
    return {
        "rounding": made.rounding.value,
        "equal_by": {mode.value: count for mode, count in made.equal_by.items()},
        "equal": int(made.is_equal.sum()),
        "unequal": int((~made.is_equal).sum()),
        "more_than_ours": int((apart > 0).sum()),
        "less_than_ours": int((apart < 0).sum()),
        "causes": _counted(found),
        "example": None if loan is None else {
            "line": int(book.line[loan]), "principal_minor": int(book.principal[loan]),
            "rate_ppm": int(book.rate_ppm[loan]), "months": int(book.months[loan]),
            "theirs_minor": int(book.instalment[loan]), "ours_minor": int(made.ours[loan]),
        },
        "named": [_unequal(one) for one in found.unequal],
    }  # fmt: skip


def _unequal(one: Unequal) -> dict[str, Any]:
    return asdict(one) | {"difference_minor": one.difference_minor}


def _counted(found: Audit) -> list[dict[str, Any]]:
    counts: dict[tuple[str, bool], int] = {}
    for one in found.unequal:
        key = one.cause, one.is_proved
        counts[key] = counts.get(key, 0) + 1
    return [
        {"cause": cause, "is_proved": is_proved, "loans": count}
        for (cause, is_proved), count in sorted(counts.items(), key=lambda item: -item[1])
    ]


def _costs(found: Audit) -> dict[str, Any]:
    made = found.recomputed
    solved = made.irr12_ppm >= 0
    simple, compound = made.irr12_ppm[solved], made.compound_ppm[solved]
    return {
        "solved": int(solved.sum()),
        "unsolved": int((~solved).sum()),
        "quantiles": [
            {"percent": one, "irr12_ppm": _at(simple, one), "compound_ppm": _at(compound, one)}
            for one in QUANTILES
        ],
        "histogram": [
            {"from_ppm": start, "loans": count} for start, count in _bins(simple)
        ],
        "widest_gap_ppm": int((compound - simple).max(initial=0)),
    }  # fmt: skip


def _at(column: Ints, percent: int) -> int | None:
    if not len(column):
        return None
    return int(np.percentile(column, percent, method="lower"))


def _bins(column: Ints) -> list[tuple[int, int]]:
    starts, counts = np.unique(np.minimum(column // _BIN_PPM, 50) * _BIN_PPM, return_counts=True)
    return list(zip(starts.tolist(), counts.tolist(), strict=True))


def _laid(laid: Laid) -> dict[str, Any]:
    return {
        "not_in_force": laid.not_in_force,
        "asked": [_asked(one) for one in laid.asked],
        "unasked": [{"rule": rule, "lacks": lacks} for rule, lacks in laid.unasked],
    }


def _asked(one: Asked) -> dict[str, Any]:
    source = one.rule.source
    return {
        "rule": one.rule.id, "title": dict(one.rule.title), "severity": one.rule.severity.value,
        "label": source.label, "source": f"{source.doc_no} {source.article}".strip(),
        "loans": one.loans, "broken": one.broken, "excess_minor": one.excess_minor,
        "caps_ppm": list(one.caps_ppm), "by_other_convention": one.flipped,
        "named": [asdict(above) | {"day": str(above.day)} for above in one.named],
    }  # fmt: skip


def _score(found: Audit) -> dict[str, Any]:
    ranking = found.ranking
    left_out = [{"column": name, "why": why} for name, why in found.left_out.items()]
    if ranking is None:
        return {"compared": None, "why_not": found.no_ranking, "left_out": left_out}
    return {
        "compared": asdict(ranking), "why_not": "", "left_out": left_out,
        "bad": list(found.columns.bad), "score": found.columns.columns[Role.SCORE],
    }  # fmt: skip


def _money(found: Audit) -> list[dict[str, Any]]:
    made, book = found.recomputed, found.book
    apart = (book.instalment - made.ours) * book.months
    rounded = made.is_equal & (apart != 0)
    wrong = ~made.is_equal
    lines = [
        _line("rounding", rounded, apart),
        _line("borrowers_pay_more", wrong & (apart > 0), apart),
        _line("borrowers_pay_less", wrong & (apart < 0), apart),
    ]
    for view, laid in (("own_day", found.on_their_days), ("as_if_now", found.as_if_now)):
        lines += [
            {"what": "above_cap", "rule": one.rule.id, "view": view, "loans": one.broken,
             "amount_minor": one.excess_minor}
            for one in laid.asked
            if one.broken and one.caps_ppm
        ]  # fmt: skip
    if found.ranking is not None:
        lines.append(_swapped(found.ranking))
    return lines


def _line(what: str, rows: Any, apart: Ints) -> dict[str, Any]:
    return {"what": what, "loans": int(rows.sum()), "amount_minor": sum_minor(apart[rows])}


def _swapped(ranking: Compared) -> dict[str, Any]:
    theirs, ours = ranking.swap["theirs_only"], ranking.swap["ours_only"]
    return {
        "what": "swap", "loans": theirs.loans,
        "amount_minor": theirs.bad_principal_minor - ours.bad_principal_minor,
    }  # fmt: skip
