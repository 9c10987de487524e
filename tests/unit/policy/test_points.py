"""Every enforcement point of the packs is asked where its deed is done, or the README says when."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import tongtu
from tongtu.policy.api import POINTS

SOURCE = Path(tongtu.__file__).parent
README = SOURCE / "policy" / "README.md"
# How a point is asked; `checkup` judges other people's books, and no deed of the platform.
ASKING = {"evaluate", "compile", "compile_for", "screen_for", "judgement", "about"}
NOT_DEEDS = ("policy", "checkup", "simulators")


def points_asked(text):
    """Return the points a module asks a pack about: named there, or by a constant of its own."""
    tree = ast.parse(text)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:  # A, B = "a", "b"
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            (target,) = node.targets
            names = [one.id for one in target.elts] if isinstance(target, ast.Tuple) else []
            values = [one.value for one in node.value.elts if isinstance(one, ast.Constant)]
            constants |= dict(zip(names, values, strict=False))
    asked = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ASKING and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    asked.add(first.value)
                elif isinstance(first, ast.Name):
                    asked.add(constants.get(first.id))
    return asked & set(POINTS)


def asked_by_the_platform():
    modules = [
        path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] not in NOT_DEEDS
    ]
    return set().union(*(points_asked(path.read_text("utf-8")) for path in modules))


def said_to_come_later():
    """Return the points of the README's table that name the issue which brings their deed."""
    rows = re.findall(
        r"^\| ([a-z., _]+) \| later \(issue [6-9]\): ", README.read_text("utf-8"), re.MULTILINE
    )
    return {point for row in rows for point in row.split(", ")}


def test_every_enforcement_point_has_a_caller_or_an_issue_that_brings_its_deed():
    asked, later = asked_by_the_platform(), said_to_come_later()

    assert asked | later == set(POINTS)
    assert not asked & later


def test_a_point_that_only_stands_as_a_word_in_a_module_has_no_caller():
    assert points_asked('POINT = "accrue"\nlog.info("ledger.post")\n') == set()
    assert points_asked('A, B = "accrue", "x"\npack.compile(A, day)\n') == {"accrue"}
    assert points_asked('pack.evaluate("ledger.post", facts, day)\n') == {"ledger.post"}


def test_the_readme_names_each_point_once():
    rows = re.findall(r"^\| ([a-z., _]+) \| (?!-)", README.read_text("utf-8"), re.MULTILINE)
    named = [point for row in rows if row != "point" for point in row.split(", ")]

    assert sorted(named) == sorted(POINTS)
