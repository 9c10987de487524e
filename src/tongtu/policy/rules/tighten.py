"""A base pack and a lender's overlay become one pack that allows no more than the base does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from tongtu.policy.model import (
    ALWAYS_TO,
    Content,
    Dated,
    Loosens,
    Overlay,
    Parameter,
    Rule,
    Severity,
    UnknownParameter,
)
from tongtu.policy.rules.parameters import Parameters
from tongtu.policy.rules.polarity import Way

_GRAVE = {Severity.WARN: 0, Severity.HOLD: 1, Severity.BLOCK: 2}
_LABEL, _SOURCE = "P", "overlay"


def tightened(base: Content, overlay: Overlay, ways: Mapping[str, Way]) -> Content:
    """Return the base with the overlay on it.

    Raises:
        Loosens: something of the overlay would allow what the base does not, by name.
    """
    if faults := list(_faults(base, overlay, ways)):
        raise Loosens(f"overlay {overlay.id}: {'; '.join(faults)}")
    name = f"{base.hash}{overlay.hash}"
    return replace(
        base,
        id=f"{base.id}+{overlay.id}",
        hash=hashlib.sha256(name.encode()).hexdigest(),
        rules=(*(_graver(rule, overlay) for rule in base.rules), *overlay.rules),
        parameters=tuple(_parameters(base, overlay)),
        reasons={**base.reasons, **overlay.reasons},
        # Whom the base refuses, the whole refuses; whom it lets pass, the overlay may refuse.
        examples=(*(replace(one, severity=None) for one in base.examples), *overlay.examples),
    )


def _faults(base: Content, overlay: Overlay, ways: Mapping[str, Way]) -> Iterator[str]:
    known = Parameters(base.parameters)
    if overlay.base != base.id:
        yield f"made for {overlay.base}, not for {base.id}"
    yield from _rule_faults(base, overlay)
    for row in overlay.parameters:
        yield from _looser_value(known, row, ways.get(row.name))
    for way, sets in ((Way.MORE, overlay.sets_add), (Way.FEWER, overlay.sets_remove)):
        for name in sets:
            if ways.get(name) is not way:
                word = "adds to" if way is Way.MORE else "takes from"
                yield f"it {word} {name}, which does not only tighten"


def _rule_faults(base: Content, overlay: Overlay) -> Iterator[str]:
    ids = {rule.id: rule for rule in base.rules}
    rights = {point for rule in base.rules if rule.is_right for point in rule.points}
    for rule in overlay.rules:
        if rights & set(rule.points):
            yield f"{rule.id} narrows a right of the person"
        if rule.id in ids:
            yield f"it replaces the rule {rule.id}"
    for code in overlay.reasons:
        if code in base.reasons:
            yield f"it rewords the reason {code}"
    for name, severity in overlay.severities.items():
        if name not in ids:
            yield f"no rule {name}"
        elif _GRAVE[severity] < _GRAVE[ids[name].severity]:
            yield f"{name} falls from {ids[name].severity} to {severity}"


def _looser_value(known: Parameters, row: Parameter, way: Way | None) -> Iterator[str]:
    if way not in {Way.LOWER, Way.HIGHER} or not isinstance(row.value, int):
        yield f"{row.name} has no one way to be tightened"
        return
    for first, last in known.stretches(row.name, row.days):
        try:
            before = known.value(row.name, first, row.key)
        except UnknownParameter:  # nothing held before: the rule was closed, a value opens it
            yield f"{row.name} ({row.key}) has no value in the base on {first}"
            continue
        assert isinstance(before, int)
        if (row.value > before) if way is Way.LOWER else (row.value < before):
            yield f"{row.name} ({row.key}) goes from {before} to {row.value} on {first} to {last}"


def _graver(rule: Rule, overlay: Overlay) -> Rule:
    severity = overlay.severities.get(rule.id)
    if severity is None:
        return rule
    unknown = max(rule.severity_unknown, severity, key=_GRAVE.__getitem__)
    return replace(rule, severity=severity, severity_unknown=unknown)


def _parameters(base: Content, overlay: Overlay) -> Iterator[Parameter]:
    covered = [*overlay.parameters, *_removed(overlay)]
    for row in base.parameters:
        left = [row]
        for over in covered:
            if (over.name, over.key) == (row.name, row.key):
                left = [rest for one in left for rest in _without(one, over.days)]
        yield from left
    yield from overlay.parameters
    there = {(row.name, row.key) for row in base.parameters if row.days.holds(overlay.first)}
    for name, keys in overlay.sets_add.items():
        for key in keys:
            if (name, key) not in there:
                days = Dated(overlay.first)
                yield Parameter(name, key, 1, days, _LABEL, f"{_SOURCE} {overlay.id}")


def _removed(overlay: Overlay) -> Iterator[Parameter]:
    for name, keys in overlay.sets_remove.items():
        for key in keys:
            yield Parameter(name, key, 0, Dated(overlay.first), _LABEL, _SOURCE)


def _without(row: Parameter, days: Dated) -> Iterator[Parameter]:
    """Return what is left of a row's days when others are taken out."""
    if row.days.first < days.first:
        before = min(row.days.last, days.first - timedelta(days=1))
        yield replace(row, days=Dated(row.days.first, before))
    if days.last != ALWAYS_TO and row.days.last > days.last:
        yield replace(row, days=Dated(max(row.days.first, _next(days.last)), row.days.last))


def _next(day: date) -> date:
    return day + timedelta(days=1)
