"""Turns the rules of a point on a day into one function of facts.

The function is generated from trees that `expression` has vetted; nothing a pack says is run as it
stands. Dated parameters are looked up here, once, and not when a case waits for its answer.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongtu.policy.model import Check, Finding, Rule
from tongtu.policy.rules.expression import Expression
from tongtu.policy.rules.parameters import ANY, Parameters
from tongtu.tables.api import expression_of

MISSING_FACT = "missing_fact"
MISSING_PARAM = "missing_param"
NOTHING: Mapping[str, object] = {}
_TESTS = {
    "int": "type({0}) is int",
    "bool": "type({0}) is bool",
    "str": "type({0}) is str",
    "date": "type({0}) is date",
    "strings": "is_strings({0})",
}
_TYPES: dict[str, type] = {"int": int, "bool": bool, "str": str, "date": date}


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule whose texts are vetted."""

    rule: Rule
    when: Expression | None
    test: Expression


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules of a point are compiled against."""

    facts: Mapping[str, str]
    parameters: Parameters
    lists: Mapping[str, frozenset[str]]  # what the pack's other files list, by name


def compile_rules(
    rules: Sequence[Ready], setting: Setting, at: date, known: Mapping[str, object] = NOTHING
) -> Check:
    """Return the function from facts to findings of these rules on the day.

    `known` are facts it need not be given: their values stand in it.
    """
    scope: dict[str, Any] = {
        "date": date,
        "is_strings": _is_strings,
        "all_in": _all_in,
        "none_in": _none_in,
        "count": len,
        "abs": abs,
        "today": at,
        **setting.lists,
        "__builtins__": {"type": type, "int": int, "bool": bool, "str": str, "tuple": tuple},
    }
    lines = ["def check(facts):", " get = facts.get", " found = []"]
    used = {name for ready in rules for name in facts_of(ready)}
    for name in sorted(used):
        if name in known:
            scope[f"f_{name}"] = known[name]
            scope[f"ok_{name}"] = _fits(known[name], setting.facts[name])
            continue
        lines.append(f" f_{name} = get({name!r})")
        lines.append(f" ok_{name} = {_TESTS[setting.facts[name]].format(f'f_{name}')}")
    for number, ready in enumerate(rules):
        lines += _rule_lines(number, ready, _Scope(scope, setting, at, known))
    lines.append(" return tuple(found)")
    code = compile("\n".join(lines), "<policy pack>", "exec", dont_inherit=True)
    exec(code, scope)  # noqa: S102 - generated here from vetted trees; no pack text is in it
    check: Check = scope["check"]
    return check


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names a generated function can see; each look-up adds its table."""

    names: dict[str, Any]
    setting: Setting
    at: date
    known: Mapping[str, object]

    def add(self, name: str, value: object) -> str:
        self.names[name] = value
        return name


def _rule_lines(number: int, ready: Ready, scope: _Scope) -> list[str]:
    rule = ready.rule
    unknown = scope.add(f"unknown_{number}", _unknown(rule, sorted(facts_of(ready)), scope))
    broken = scope.add(f"broken_{number}", _broken(rule, sorted(facts_of(ready)), scope))
    lines: list[str] = []
    indent = " "
    for part, expression in (("w", ready.when), ("t", ready.test)):
        if expression is None:
            continue
        known = " and ".join(f"ok_{name}" for name in sorted(expression.facts)) or "True"
        lines += [f"{indent}if not ({known}):", f"{indent} found.append({unknown}(facts))"]
        lines.append(f"{indent}else:")
        indent += " "
        writer = _Writer(f"{part}{number}", scope)
        text = ast.unparse(writer.visit(_copy(expression.tree)))
        lines += [f"{indent}{line}" for line in writer.lines]
        if writer.lookups:
            absent = " or ".join(f"{local} is None" for _, local in writer.lookups)
            lines += [f"{indent}if {absent}:", f"{indent} found.append({unknown}(facts, True))"]
            lines.append(f"{indent}else:")
            indent += " "
        if part == "w":
            lines.append(f"{indent}if {text}:")
            indent += " "
            continue
        lines.append(f"{indent}if not ({text}):")
        values = ", ".join(f"{name!r}: {local}" for name, local in writer.lookups)
        lines.append(f"{indent} found.append({broken}(facts, {{{values}}}))")
    return lines


class _Writer(ast.NodeTransformer):
    """Rewrites a vetted tree to the names of the generated function."""

    def __init__(self, prefix: str, scope: _Scope) -> None:
        self._prefix = prefix
        self._scope = scope
        self.lines: list[str] = []
        self.lookups: list[tuple[str, str]] = []

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._scope.setting.facts:
            return ast.Name(f"f_{node.id}", ast.Load())
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        if node.func.id not in {"param", "members"}:
            return ast.Call(node.func, [self.visit(one) for one in node.args], [])
        first = node.args[0]
        assert isinstance(first, ast.Constant)
        name = str(first.value)
        parameters, at = self._scope.setting.parameters, self._scope.at
        if node.func.id == "members":
            local = self._scope.add(f"set_{name}", parameters.members(name, at))
            return ast.Name(local, ast.Load())
        return self._lookup(name, node.args[1:], dict(parameters.values(name, at)))

    def _lookup(self, name: str, key: list[ast.expr], values: dict[str, int | str]) -> ast.expr:
        local = f"p_{self._prefix}_{len(self.lookups)}_{name}"
        default = self._scope.add(f"default_{name}", values.get(ANY))
        if key and isinstance(key[0], ast.Name) and key[0].id in self._scope.known:
            known = values.get(str(self._scope.known[key[0].id]), values.get(ANY))
            self.lines.append(f"{local} = {self._scope.add(f'known_{local}', known)}")
        elif key:
            table = self._scope.add(f"table_{name}", values)
            self.lines.append(
                f"{local} = {table}.get({ast.unparse(self.visit(key[0]))}, {default})"
            )
        else:
            self.lines.append(f"{local} = {default}")
        self.lookups.append((name, local))
        return ast.Name(local, ast.Load())


def _unknown(rule: Rule, names: list[str], scope: _Scope) -> Callable[..., Finding]:
    kinds = scope.setting.facts

    def make(facts: Mapping[str, object], is_parameter: bool = False) -> Finding:
        facts = {**scope.known, **facts}
        if is_parameter:
            return Finding(rule.id, rule.severity_unknown, MISSING_PARAM, _shown(facts, names))
        bad = [name for name in names if not _fits(facts.get(name), kinds[name])]
        return Finding(rule.id, rule.severity_unknown, MISSING_FACT, {"missing": ",".join(bad)})

    return make


def _broken(rule: Rule, names: list[str], scope: _Scope) -> Callable[..., Finding]:
    def make(facts: Mapping[str, object], parameters: Mapping[str, object]) -> Finding:
        shown = _shown({**scope.known, **facts}, names)
        return Finding(rule.id, rule.severity, rule.reason, {**shown, **parameters})

    return make


def _shown(facts: Mapping[str, object], names: list[str]) -> dict[str, object]:
    return {name: facts[name] for name in names if name in facts}


def _fits(value: object, kind: str) -> bool:
    if kind == "strings":
        return _is_strings(value)
    return type(value) is _TYPES[kind]


def facts_of(ready: Ready) -> frozenset[str]:
    """Return the facts a rule reads."""
    return ready.test.facts | (ready.when.facts if ready.when else frozenset())


def _is_strings(value: object) -> bool:
    return isinstance(value, tuple | list | frozenset) and all(type(one) is str for one in value)


def _all_in(left: Sequence[str], right: Sequence[str] | frozenset[str]) -> bool:
    return all(one in right for one in left)


def _none_in(left: Sequence[str], right: Sequence[str] | frozenset[str]) -> bool:
    return not any(one in right for one in left)


def _copy(tree: ast.expr) -> ast.expr:
    return expression_of(ast.unparse(tree))
