"""What must hold before a pack is used: its examples, its texts, its cross-references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from tongtu.kernel.errors import TongtuError
from tongtu.policy.model import Content, CostExample, Example, Finding, Letter, Reason, Rule
from tongtu.policy.rules.compiler import MISSING_FACT, MISSING_PARAM
from tongtu.policy.rules.message import placeholders
from tongtu.policy.rules.parameters import ANY
from tongtu.terms.api import Flow, yearly_cost

Judge = Callable[[str, Mapping[str, object], date], tuple[Finding, ...]]
# What a rule finds at these points may stand in the answer to an application.
DECIDING = {"application.accept", "consent.check", "offer.build", "decision.final"}
_UNKNOWN = {MISSING_FACT, MISSING_PARAM}


def faults(content: Content, judge: Judge) -> list[str]:
    """Return one line for each fault; empty means that the pack may be used."""
    return [
        *_examples(content, judge),
        *(fault for rule in content.rules for fault in _rule(content, rule)),
        *(fault for reason in content.reasons.values() for fault in _reason(content, reason)),
        *(fault for letter in content.letters for fault in _letter(content, letter)),
        *_doubled("fee", [fee.line for fee in content.fees]),
        *_doubled("letter", [letter.id for letter in content.letters]),
        *_doubled("retention", [one.kind for one in content.retentions]),
        *(fault for one in content.cost_examples for fault in _cost(content, one)),
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
    reason = content.reasons.get(rule.reason)
    if reason is None:
        yield f"{rule.id}: no text for its reason {rule.reason}"
    elif not reason.is_of_decision and DECIDING & set(rule.points):
        yield f"{rule.id}: {rule.reason} may not stand in the answer to an application"
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


def _letter(content: Content, letter: Letter) -> Iterator[str]:
    if letter.rule not in {rule.id for rule in content.rules}:
        yield f"letter {letter.id}: no rule {letter.rule}"
    if content.facts.get(letter.due_from) != "date":
        yield f"letter {letter.id}: {letter.due_from} is no day"
    days = [one for one in content.parameters if one.name == letter.within_days]
    if not any(one.key == ANY and isinstance(one.value, int) for one in days):
        yield f"letter {letter.id}: no parameter {letter.within_days}"
    for lang in content.languages:
        if placeholders(letter.text[lang]) != set(letter.fields):
            yield f"letter {letter.id}: its text in {lang} and its fields disagree"


def _doubled(kind: str, names: list[str]) -> Iterator[str]:
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield f"{kind} {name} stands twice"


def _cost(content: Content, example: CostExample) -> Iterator[str]:
    flows = [Flow(at, amount) for at, amount in example.flows]
    try:
        found = yearly_cost(flows, content.method.apr)
    except TongtuError as fault:
        yield f"yearly cost {example.name}: {fault.detail}"
        return
    if abs(found - example.percent) > example.tolerance:
        yield f"yearly cost {example.name}: {found} by {content.method.apr}"


def _name(example: Example) -> str:
    return f"{example.rule} on {example.at}{', ' + example.note if example.note else ''}"
