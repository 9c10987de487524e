"""A policy pack in use: asked at a point, on a day, with facts; it answers with findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from tongtu.kernel.errors import Broken
from tongtu.policy.model import (
    POINTS,
    BadPack,
    Check,
    Content,
    Finding,
    Judgement,
    Letter,
    Overlay,
    Owed,
    Retention,
    Rule,
    Severity,
)
from tongtu.policy.rules.compiler import Ready, Setting, compile_rules, facts_of
from tongtu.policy.rules.days import months_after, working_day, working_days
from tongtu.policy.rules.expression import NEVER, Expression, Vocabulary, parse
from tongtu.policy.rules.letters import owed_letters, written
from tongtu.policy.rules.message import facts_hash, fill
from tongtu.policy.rules.parameters import ANY, Parameters
from tongtu.policy.rules.polarity import ways
from tongtu.policy.rules.proof import faults
from tongtu.policy.rules.screen import Screen, compile_screen, nothing_seen
from tongtu.policy.rules.tighten import tightened
from tongtu.policy.store import pack_root, read_content
from tongtu.terms.api import Flow, yearly_cost

# A replay walks over months of days at a few points; beyond this the oldest is compiled anew.
_COMPILED_MAX = 2_048


class Pack:
    """One pack: pure and total. The same facts on the same day give the same findings for ever."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.id = content.id
        self.hash = content.hash
        self.is_illustrative = content.is_illustrative
        self.reason_codes = _codes(content)
        self._parameters = Parameters(content.parameters)
        kinds = {name: self._parameters.kind(name) for name in self._parameters.names()}
        vocabulary = Vocabulary(content.facts, kinds)
        self._ready = tuple(_ready(rule, vocabulary) for rule in content.rules)
        self._setting = Setting(content.facts, self._parameters, _lists(content))
        self._letters = {
            letter.id: (letter, parse(letter.when, vocabulary)) for letter in content.letters
        }
        self._compiled: dict[tuple[str, date], Check] = {}
        self._screens: dict[tuple[str, date, str], Screen] = {}
        self._codes_of = {
            feature: reason.code
            for reason in content.reasons.values()
            for feature in reason.features
        }

    @classmethod
    def load(cls, path: Path | str) -> Pack:
        """Return the pack in a folder, or by its id ("cn/2026.08") under the pack root.

        Raises:
            BadPack: a file cannot be read, a rule is not in the language, an example does not hold.
        """
        return cls.of(read_content(path if isinstance(path, Path) else pack_root() / path))

    @classmethod
    def of(cls, content: Content) -> Pack:
        """Return the pack of what was read, once it is proved. Raises BadPack."""
        pack = cls(content)
        if found := faults(pack.content, pack.judge):
            raise BadPack(f"pack {pack.id}: {'; '.join(found)}")
        return pack

    def tightened(self, overlay: Overlay) -> Pack:
        """Return this pack with a lender's overlay on it, proved anew.

        Raises:
            Loosens: the overlay would allow what this pack does not.
            BadPack: its own rules or examples do not hold.
        """
        content = tightened(self.content, overlay, ways(self._ready))
        judge = Pack(replace(content, examples=())).judge
        own = [id(one) for one in overlay.examples]
        kept = [
            one
            for one in content.examples
            if id(one) in own or one.expect != "pass" or not judge(one.rule, one.facts, one.at)
        ]
        return Pack.of(replace(content, examples=tuple(kept)))

    def evaluate(self, point: str, facts: Mapping[str, object], at: date) -> tuple[Finding, ...]:
        """Return every rule of the point that does not hold on the day, in the pack's order.

        A fact that is absent or of another type is a finding `missing_fact`. Raises nothing for
        any facts; Broken for a point that does not exist.
        """
        return self.compile(point, at)(facts)

    def judgement(self, point: str, facts: Mapping[str, object], at: date) -> Judgement:
        """Return `evaluate` with what it takes to repeat it: the pack's hash and the facts'."""
        needed = {name: facts.get(name) for name in self.facts_needed(point, at)}
        findings = self.evaluate(point, facts, at)
        return Judgement(self.id, self.hash, point, at, facts_hash(needed), findings)

    def compile(self, point: str, at: date) -> Check:
        """Return `evaluate` of a point and a day as one function, for the hot path."""
        check = self._compiled.get((point, at))
        if check is None:
            check = self._keep(point, at, self._compile(point, at))
        return check

    def compile_for(self, point: str, at: date, known: Mapping[str, object]) -> Check:
        """Return `compile` for those who always give the same `known` facts; ask it the rest.

        It answers as the whole would: a rule that reads known facts alone is judged here, once.
        """
        if not self.content.days.holds(at):
            return self._compile(point, at)
        rules = self._in_force(point, at)
        settled = [ready for ready in rules if facts_of(ready) <= set(known)]
        if compile_rules(settled, self._setting, at)(known):
            whole = self.compile(point, at)
            return lambda facts: whole({**known, **facts})
        open_rules = [ready for ready in rules if ready not in settled]
        return compile_rules(open_rules, self._setting, at, known)

    def about(self, point: str, facts: Mapping[str, object], at: date) -> tuple[Finding, ...]:
        """Return what is found by those rules of a point that read nothing but the facts given.

        For a report, whose rules speak of different things: a loan, a decision, a whole lender.
        """
        rules = [one for one in self._in_force(point, at) if facts_of(one) <= set(facts)]
        if not self.content.days.holds(at):
            return self.evaluate(point, facts, at)
        return compile_rules(rules, self._setting, at)(facts)

    @property
    def retentions(self) -> tuple[Retention, ...]:
        """What the pack says of how long records are kept, in its own order."""
        return self.content.retentions

    def kept_months(self, kind: str) -> int:
        """Return for how many months the pack keeps a kind of record; 0 where it does not say."""
        return next((one.months for one in self.content.retentions if one.kind == kind), 0)

    def screen_for(self, point: str, at: date, known: Mapping[str, object]) -> Screen:
        """Return what tells of many cases at once which must be asked by `compile_for`'s function.

        For the others that function finds nothing. Screens that read the same are one object.
        """
        if not self.content.days.holds(at):
            return nothing_seen
        rules = self._in_force(point, at)
        settled = [ready for ready in rules if facts_of(ready) <= set(known)]
        if compile_rules(settled, self._setting, at)(known):
            return nothing_seen
        open_rules = [ready for ready in rules if ready not in settled]
        read = sorted({name for ready in open_rules for name in facts_of(ready)} & set(known))
        key = point, at, repr([(name, known[name]) for name in read])
        if key not in self._screens:
            if len(self._screens) >= _COMPILED_MAX:
                self._screens.clear()
            self._screens[key] = compile_screen(open_rules, self._setting, at, known)
        return self._screens[key]

    def judge(self, rule: str, facts: Mapping[str, object], at: date) -> tuple[Finding, ...]:
        """Return the finding of one rule alone, if it is in force and does not hold."""
        check = self._compiled.get((f"={rule}", at))
        if check is None:
            ready = [one for one in self._ready if one.rule.id == rule and one.rule.days.holds(at)]
            check = self._keep(f"={rule}", at, compile_rules(ready, self._setting, at))
        return check(facts)

    def facts_needed(self, point: str, at: date) -> Mapping[str, str]:
        """Return the facts the point reads on the day, with their types."""
        used = {
            name
            for ready in self._in_force(point, at)
            for expression in (ready.test, ready.when)
            if expression is not None
            for name in expression.facts
        }
        return {name: kind for name, kind in self.content.facts.items() if name in used}

    def facts_of(self, rule: str) -> frozenset[str]:
        """Return the facts a rule reads. An unknown rule raises Broken."""
        for ready in self._ready:
            if ready.rule.id == rule:
                return facts_of(ready)
        raise Broken(f"the pack {self.id} has no rule {rule}")

    def readers(self) -> Mapping[str, frozenset[str]]:
        """Return by parameter or set the rules that read it."""
        found: dict[str, set[str]] = {}
        for ready in self._ready:
            for expression in (ready.test, ready.when):
                if expression is None:
                    continue
                for name in (*(one.name for one in expression.lookups), *expression.sets):
                    found.setdefault(name, set()).add(ready.rule.id)
        return {name: frozenset(rules) for name, rules in found.items()}

    def rules(self, point: str, at: date) -> tuple[Rule, ...]:
        """Return the rules in force at a point."""
        return tuple(ready.rule for ready in self._in_force(point, at))

    def param(self, name: str, at: date, **keys: str) -> int | str:
        """Return a parameter's value on the day, e.g. `param("all_in_cap_ppm", at, kind="bank")`.

        Raises UnknownParameter.
        """
        if len(keys) > 1:
            raise Broken("a parameter has one key")
        return self._parameters.value(name, at, next(iter(keys.values()), ANY))

    def members(self, name: str, at: date) -> frozenset[str]:
        """Return a named set on the day, e.g. the purposes that are allowed."""
        return self._parameters.members(name, at)

    def reason(self, code: str, lang: str) -> str:
        """Return the text of a code, without figures. An unknown code raises Broken."""
        found = self.content.reasons.get(code)
        if found is None or lang not in found.text:
            raise Broken(f"no text in {lang} for the reason {code}")
        return found.text[lang]

    def reason_of_feature(self, feature: str) -> str | None:
        """Return the code that speaks for an input of the score, if one does."""
        return self._codes_of.get(feature)

    def explain(self, finding: Finding, lang: str, at: date) -> str:
        """Return the text of a finding with its figures, which come from facts and parameters."""
        found = self.content.reasons.get(finding.code)
        if found is None or not found.detail.get(lang):
            return self.reason(finding.code, lang)
        known = finding.facts
        if any(known.get(name, 0) is None for name in known):
            return self.reason(finding.code, lang)
        return fill(
            found.detail[lang],
            lambda name: known[name] if name in known else self._parameters.value(name, at),
        )

    def owed(self, senders: Sequence[Mapping[str, object]], at: date) -> tuple[Owed, ...]:
        """Return the letters that are owed by what each sender did: their clocks, their senders.

        A letter that names all senders in one is due when the first of them would be. Raises
        UnknownParameter; a fact that is absent is a letter whose facts are to be found first.
        """
        asked = [
            (letter, self._owes(letter, when, at), int(self.param(letter.within_days, at)))
            for letter, when in self._letters.values()
        ]
        return owed_letters(asked, senders)

    def letter(self, name: str, lang: str, values: Mapping[str, str]) -> str:
        """Return the text of a letter. Raises Broken, naming a field the law asks for."""
        if name not in self._letters:
            raise Broken(f"the pack {self.id} has no letter {name}")
        return written(self._letters[name][0], lang, values)

    def kept_until(self, kind: str, counted_from: date) -> date:
        """Return the last day on which a record of the kind must be kept. Raises Broken."""
        for one in self.content.retentions:
            if one.kind == kind:
                return months_after(counted_from, one.months)
        raise Broken(f"the pack {self.id} does not say how long {kind} is kept")

    def working_days_after(self, day: date, count: int) -> date:
        """Return the `count`th working day after a day, by the pack's days off."""
        off, worked = self.content.days_off, self.content.days_worked
        return working_day(day, count, off, worked)

    def working_days(self, first: date, last: date) -> int:
        """Return how many working days lie after `first`, `last` included; at most 250."""
        return working_days(first, last, self.content.days_off, self.content.days_worked)

    def yearly_costs(self, flows: Sequence[Flow]) -> Mapping[str, Decimal]:
        """Return the yearly cost in percent by the pack's method, and by those also shown.

        Rounded as the pack rounds. Raises NoRoot, ManyRoots, BadFlows (terms).
        """
        method = self.content.method
        step = Decimal(1).scaleb(-method.decimals)
        return {
            name: yearly_cost(flows, name).quantize(step, ROUND_HALF_UP)
            for name in (method.apr, *method.also_show)
        }

    def _owes(self, letter: Letter, when: Expression, at: date) -> Check:
        """Return a check that finds something exactly when the letter is owed."""
        rule = next(one.rule for one in self._ready if one.rule.id == letter.rule)
        as_rule = replace(rule, when="", test=letter.when)
        return compile_rules([Ready(as_rule, when, NEVER)], self._setting, at)

    def _keep(self, name: str, at: date, check: Check) -> Check:
        if len(self._compiled) >= _COMPILED_MAX:
            del self._compiled[next(iter(self._compiled))]
        self._compiled[name, at] = check
        return check

    def _compile(self, point: str, at: date) -> Check:
        if point not in POINTS:
            raise Broken(f"no enforcement point {point}")
        if not self.content.days.holds(at):
            refusal = (Finding("PACK", Severity.BLOCK, "pack_not_in_force", {"pack": self.id}),)
            return lambda _facts: refusal
        return compile_rules(self._in_force(point, at), self._setting, at)

    def _in_force(self, point: str, at: date) -> list[Ready]:
        return [
            ready
            for ready in self._ready
            if point in ready.rule.points and ready.rule.days.holds(at)
        ]


def _codes(content: Content) -> frozenset[str]:
    """Return the codes that may stand in the answer to an application."""
    return frozenset(one.code for one in content.reasons.values() if one.is_of_decision)


def _lists(content: Content) -> dict[str, frozenset[str]]:
    return {
        "reason_codes": _codes(content),
        "fee_catalogue": frozenset(fee.line for fee in content.fees),
        "kept_kinds": frozenset(one.kind for one in content.retentions if one.is_duty),
    }


def _ready(rule: Rule, vocabulary: Vocabulary) -> Ready:
    when = parse(rule.when, vocabulary) if rule.when else None
    return Ready(rule, when, parse(rule.test, vocabulary))
