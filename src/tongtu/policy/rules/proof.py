"""What must hold before a pack is used: its examples, its texts, its cross-references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from tongtu.policy.model import Content, Example, Finding, Reason, Rule
from tongtu.policy.rules.compiler import MISSING_FACT, MISSING_PARAM
from tongtu.policy.rules.message import placeholders
from tongtu.policy.rules.parameters import ANY

Judge = Callable[[str, Mapping[str, object], date], tuple[Finding, ...]]
_UNKNOWN = {MISSING_FACT, MISSING_PARAM}


def faults(content: Content, judge: Judge) -> list[str]:
    """Return one line for each fault; empty means that the pack may be used."""
    return [
        *_examples(content, judge),
        *(fault for rule in content.rules for fault in _rule(content, rule)),
        *(fault for reason in content.reasons.values() for fault in _reason(content, reason)),
    ]


def _examples(content: Content, judge: Judge) -> Iterator[str]:
    proved: dict[str, set[str]] = {rule.id: set() for rule in content.rules}
    if len(proved) != len(content.rules):
        yield "two rules share an id"
    for example in content.examples:
        if example.rule not in proved:
            yield f"example of an unknown rule {example.rule}"
            continue
        if stray := set(example.facts) - set(content.facts):
            yield f"{_name(example)}: undeclared facts {', '.join(sorted(stray))}"
        found = judge(example.rule, example.facts, example.at)
        answer = _answer(found)
        if answer != example.expect:
            yield f"{_name(example)}: expected {example.expect}, got {answer}"
        elif found and example.severity not in {None, found[0].severity}:
            yield f"{_name(example)}: severity {found[0].severity}"
        else:
            proved[example.rule].add(answer)
    for rule, answers in proved.items():
        for answer in ("pass", "fail"):
            if answer not in answers:
                yield f"{rule}: no example that must {answer}"


def _answer(found: tuple[Finding, ...]) -> str:
    if not found:
        return "pass"
    return "unknown" if found[0].code in _UNKNOWN else "fail"


def _rule(content: Content, rule: Rule) -> Iterator[str]:
    if rule.reason not in content.reasons:
        yield f"{rule.id}: no text for its reason {rule.reason}"
    for lang in content.languages:
        if not rule.title[lang]:
            yield f"{rule.id}: no title in {lang}"


def _reason(content: Content, reason: Reason) -> Iterator[str]:
    known = set(content.facts) | {one.name for one in content.parameters if one.key == ANY}
    for lang in content.languages:
        if not reason.text[lang] or placeholders(reason.text[lang]):
            yield f"reason {reason.code}: its text in {lang} stands alone, without placeholders"
        if strange := placeholders(reason.detail.get(lang, "")) - known:
            yield f"reason {reason.code}: unknown {', '.join(sorted(strange))}"


def _name(example: Example) -> str:
    return f"{example.rule} on {example.at}{', ' + example.note if example.note else ''}"
