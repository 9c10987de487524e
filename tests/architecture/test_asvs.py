"""`security/asvs.toml` names, for each requirement of OWASP ASVS 5.0.0 up to level 2, what keeps it.

A row that is unknown or missing, a test or section that is not there, or a gap that nobody counts,
is red. `pytest -s` prints the figures.
"""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "security" / "asvs.toml"
# The level of each requirement, in order, by section: release 5.0.0, English.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
KINDS = ("test", "lint", "document", "na", "open")
# Gaps that are known; a new one is told here, and a mended one taken off.
OPEN_MAX = 26
WORDS_MIN = 3


def wanted():
    """Return the ids of level 1 and 2 with their levels."""
    return {
        f"{section}.{number}": int(level)
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, start=1)
        if level != "3"
    }


def faults(content, root=ROOT):
    """Return what is wrong with a table, a line each."""
    rows, found = content.get("row", {}), []
    found += [f"{one} is not mapped" for one in wanted().keys() - rows.keys()]
    found += [f"{one} is no requirement of level 1 or 2" for one in rows.keys() - wanted().keys()]
    for name, row in rows.items():
        kinds = [kind for kind in KINDS if kind in row]
        if len(kinds) != 1 or not row.get("says") or row.keys() - {*KINDS, "says"}:
            found.append(f"{name} says one thing of: {', '.join(KINDS)}")
            continue
        found += [f"{name}: {fault}" for fault in _CHECKS[kinds[0]](row[kinds[0]], root)]
    return sorted(found)


def _tests(nodes, root):
    if not nodes:
        yield "no test is named"
    for node in nodes:
        file, _, function = node.partition("::")
        path = root / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not re.search(rf"^(?:async )?def {re.escape(function)}\(", text, re.MULTILINE):
            yield f"{node} does not exist"


def _lint(rules, root):
    ruff = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    ignored = tuple(ruff["lint"]["ignore"])
    for rule in rules:
        if ruff["lint"]["select"] != ["ALL"] or rule.startswith(ignored):
            yield f"{rule} is not among the rules of the check"


def _document(section, root):
    file, _, heading = section.partition("#")
    path = root / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not heading or not re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE):
        yield f"{section} does not exist"


def _words(text, _):
    if len(text.split()) < WORDS_MIN:
        yield f"{text!r} is no reason"


_CHECKS = {"test": _tests, "lint": _lint, "document": _document, "na": _words, "open": _words}


@pytest.fixture(scope="module")
def content():
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def test_the_standard_has_70_and_183_requirements_of_the_two_levels():
    levels = Counter("".join(LEVELS.values()))

    assert levels == {"1": 70, "2": 183, "3": 92}
    assert Counter(wanted().values()) == {1: 70, 2: 183}


def test_every_requirement_is_mapped_to_what_exists(content):
    assert content["standard"] == "5.0.0"
    assert faults(content) == []


def test_gaps_are_named_counted_and_grow_no_more(content):
    rows = content["row"]
    kinds = Counter(next(kind for kind in KINDS if kind in row) for row in rows.values())
    gaps = {name: row["open"] for name, row in rows.items() if "open" in row}

    print(f"\nASVS 5.0.0, levels 1 and 2: {len(rows)} rows")
    print("  " + ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS))
    for name, why in gaps.items():
        print(f"  open {name}: {why}")
    assert kinds.total() == 253
    assert kinds["open"] == OPEN_MAX, "a gap more or less: say so in OPEN_MAX"


@pytest.mark.parametrize(("name", "row", "fault"), [
    ("1.1.1", None, "1.1.1 is not mapped"),
    ("1.1.3", {"says": "x", "na": "for no reason at all"}, "1.1.3 is no requirement of level 1 or 2"),
    ("3.1.1", {"says": "x", "na": "for no reason at all"}, "3.1.1 is no requirement of level 1 or 2"),
    ("1.1.1", {"says": "x"}, "1.1.1 says one thing of: test, lint, document, na, open"),
    ("1.1.1", {"says": "x", "na": "a b c", "open": "a b c"},
     "1.1.1 says one thing of: test, lint, document, na, open"),
    ("1.1.1", {"says": "x", "test": []}, "1.1.1: no test is named"),
    ("1.1.1", {"says": "x", "test": ["tests/architecture/test_asvs.py::test_nothing"]},
     "1.1.1: tests/architecture/test_asvs.py::test_nothing does not exist"),
    ("1.1.1", {"says": "x", "test": ["tests/nowhere.py::test_nothing"]},
     "1.1.1: tests/nowhere.py::test_nothing does not exist"),
    ("1.1.1", {"says": "x", "document": "SECURITY.md#Nowhere"},
     "1.1.1: SECURITY.md#Nowhere does not exist"),
    ("1.1.1", {"says": "x", "lint": ["S101"]}, "1.1.1: S101 is not among the rules of the check"),
    ("1.1.1", {"says": "x", "na": "no"}, "1.1.1: 'no' is no reason"),
])  # fmt: skip
def test_a_row_that_is_missing_unknown_or_points_nowhere_is_found(content, name, row, fault):
    rows = {key: each for key, each in content["row"].items() if key != name}
    if row is not None:
        rows[name] = row

    assert faults({"row": rows}) == [fault]


NAMED = {"4", "5", "6", "8", "9", "10", "11", "12", "13", "14", "17", "18", "20"}


def test_each_threat_of_the_table_has_tests_whose_names_say_its_row():
    table = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = {
        row: re.findall(r"`(tests/[\w/.]+)`", tests)
        for row, tests in re.findall(r"^\| (\d+) \|[^|]*\|([^|]*)\|$", table, re.MULTILINE)
    }
    lacking = [
        (row, file)
        for row in NAMED
        for file in rows.get(row, [""])
        if not (ROOT / file).is_file()
        or not re.search(
            rf"^(?:async )?def test_stride_{row}_", (ROOT / file).read_text("utf-8"), re.MULTILINE
        )
    ]

    assert rows.keys() >= NAMED
    assert lacking == []
