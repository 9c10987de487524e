"""What one release of a pack says otherwise than another, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tongtu.policy.model import Change, Content, Dated, Rule


def difference(before: Content, after: Content) -> tuple[Change, ...]:
    """Return every rule, parameter, fee, text and clock that was added, removed or changed."""
    found: list[Change] = []
    labels = {rule.id: rule.source.label for rule in (*before.rules, *after.rules)}
    for kind, say in _SAYINGS.items():
        old, new = say(before), say(after)
        for name in sorted(old.keys() | new.keys()):
            one, other = old.get(name, ""), new.get(name, "")
            if one != other:
                found.append(Change(kind, name, one, other, labels.get(name, "")))
    return tuple(found)


def _rules(content: Content) -> Mapping[str, str]:
    return {rule.id: _rule(rule) for rule in content.rules}


def _rule(rule: Rule) -> str:
    when = f" when {rule.when}" if rule.when else ""
    unknown = "" if rule.severity_unknown is rule.severity else f"/{rule.severity_unknown}"
    test = " ".join(rule.test.split())
    return f"{rule.severity}{unknown} at {', '.join(rule.points)}{when}: {test}{_days(rule.days)}"


def _parameters(content: Content) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for row in content.parameters:
        name = f"{row.name} ({row.key})"
        said = f"{row.value}{_days(row.days)}"
        found[name] = f"{found[name]}; {said}" if name in found else said
    return found


def _days(days: Dated) -> str:
    return f" [{days.first} .. {days.last}]" if days != Dated() else ""


def _fees(content: Content) -> Mapping[str, str]:
    return {
        fee.line: f"{fee.payer}, {fee.basis}, {fee.timing}, in the yearly cost: {fee.in_apr}"
        for fee in content.fees
    }


def _method(content: Content) -> Mapping[str, str]:
    method = content.method
    also = ", ".join(method.also_show)
    return {"yearly cost": f"{method.apr}; {also}; {method.decimals} {method.rounding}"}


def _texts(named: Iterable[tuple[str, Mapping[str, str]]]) -> Mapping[str, str]:
    return {f"{name}.{lang}": text for name, texts in named for lang, text in texts.items()}


_SAYINGS: Mapping[str, Callable[[Content], Mapping[str, str]]] = {
    "rule": _rules,
    "parameter": _parameters,
    "fee": _fees,
    "method": _method,
    "reason": lambda content: _texts((one.code, one.text) for one in content.reasons.values()),
    "consent": lambda content: _texts((one.scope, one.text) for one in content.consents),
    "letter": lambda content: _texts((one.id, one.text) for one in content.letters),
    "retention": lambda content: {
        one.kind: f"{one.months} months{'' if one.is_duty else ' at most'} from {one.counted_from}"
        for one in content.retentions
    },
}
