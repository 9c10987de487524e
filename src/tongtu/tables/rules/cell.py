"""What a cell may say. The engine takes a cell it cannot parse or compute as "does not match".

So a cell is refused here when it does not parse, names an undeclared fact, compares other types,
uses a word its fact cannot be, divides by a fact, or calls a function that can fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import zen

from tongtu.tables.model import BadTable
from tongtu.tables.rules.facts import Fact, Value

_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_NAMES = re.compile(r"(?<![\w.$])[A-Za-z_]\w*(?!\w|\s*\()")
_CALLS = re.compile(r"([A-Za-z_]\w*)\s*\(")
_WORDS = {"and", "or", "not", "in", "true", "false", "null"}
_SAFE_CALLS = {"abs", "ceil", "floor", "max", "min", "round"}
# A division by anything but a literal number may be by zero, which the engine calls null.
_DIVISION = re.compile(r"[/%]\s*(?!\s|\d*[1-9])")
_LARGE = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Checks cells against the declared facts of one table."""

    facts: dict[str, Fact]

    def condition(self, where: str, cell: str, field: str) -> None:
        """Check a condition: of its column's field, or a whole expression when it has none."""
        self._check(where, cell, zen.compile_unary_expression if field else zen.compile_expression)
        fact = self.facts.get(field)
        if fact is not None and not names(cell) and "$" not in _TEXT.sub("", cell):
            _check_literals(where, cell, fact)
        for sample in self._samples():
            subject = self._compute(where, field, sample) if field else None
            context = {**sample, "$": subject}
            try:
                if field:
                    zen.evaluate_unary_expression(cell, context)
                    continue
                answer = zen.evaluate_expression(cell, sample)
            except RuntimeError:
                raise BadTable(f"{where}: compares what cannot be compared: {cell}") from None
            if not isinstance(answer, bool):
                raise BadTable(f"{where}: a condition is true or false: {cell}")

    def field(self, field: str) -> None:
        """Check what a condition column looks at."""
        if field:
            self._check(f"column {field}", field, zen.compile_expression)

    def output(self, where: str, cell: str) -> None:
        """Check an output: it must give a value whatever the facts are."""
        self._check(where, cell, zen.compile_expression)
        for sample in self._samples():
            if self._compute(where, cell, sample) is None:
                raise BadTable(f"{where}: gives nothing: {cell}")

    def _check(self, where: str, cell: str, compile_cell: object) -> None:
        # The engine's validate_* pair is swapped in 2.1.3; compiling tells the truth.
        assert callable(compile_cell)
        try:
            compile_cell(cell)
        except RuntimeError:
            raise BadTable(f"{where}: cannot be parsed: {cell}") from None
        if unknown := names(cell) - set(self.facts):
            raise BadTable(f"{where}: undeclared {', '.join(sorted(unknown))}")
        bare = _TEXT.sub("''", cell)
        if unsafe := set(_CALLS.findall(bare)) - _SAFE_CALLS - _WORDS:
            raise BadTable(f"{where}: may fail in silence: {', '.join(sorted(unsafe))}")
        if _DIVISION.search(bare):
            raise BadTable(f"{where}: divides by a fact, which may be zero: {cell}")

    def _compute(self, where: str, cell: str, sample: dict[str, Value]) -> object:
        try:
            return zen.evaluate_expression(cell, sample)
        except RuntimeError:
            raise BadTable(f"{where}: cannot be computed: {cell}") from None

    def _samples(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Return facts at both ends of their ranges; a comparison of wrong types fails on them."""
        ends = {name: _ends(fact) for name, fact in self.facts.items()}
        return {n: low for n, (low, _) in ends.items()}, {n: high for n, (_, high) in ends.items()}


def names(cell: str) -> set[str]:
    """Return the facts a cell reads: names that are no keyword, function, string or member."""
    return set(_NAMES.findall(_TEXT.sub("''", cell))) - _WORDS


def _ends(fact: Fact) -> tuple[Value, Value]:
    if fact.allowed is not None:
        ordered = sorted(fact.allowed, key=repr)
        return ordered[0], ordered[-1]
    if bool in fact.types:
        return False, True
    if str in fact.types:
        return "a", "b"
    return max(fact.low, -_LARGE), min(fact.high, _LARGE)


def _check_literals(where: str, cell: str, fact: Fact) -> None:
    texts = [text[1:-1] for text in _TEXT.findall(cell)]
    if str not in fact.types:
        if texts:
            raise BadTable(f"{where}: {fact.name} is no text: {cell}")
        return
    if re.search(r"\d", _TEXT.sub("", cell)):
        raise BadTable(f"{where}: {fact.name} is text: {cell}")
    if fact.allowed is not None and (
        strange := sorted(set(texts) - {str(x) for x in fact.allowed})
    ):
        raise BadTable(f"{where}: {fact.name} is never {', '.join(strange)}")
