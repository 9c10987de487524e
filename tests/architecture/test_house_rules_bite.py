"""Each house rule is shown a breach and a clean neighbour: a rule that cannot fail holds nothing."""

import subprocess
from pathlib import Path

import pytest
from tools.house import imports, money, seams, size, sql, words
from tools.house.source import Source


def rules_broken(rule, text, path="servicing/flow.py"):
    return [breach.rule for breach in rule(Source(Path(path), text))]


@pytest.mark.parametrize(
    "line",
    [
        "from tongtu.ledger.store import post",
        "from tongtu.ledger import rules",
        "from ..ledger import store",
        "import tongtu.ledger.model",
    ],
)
def test_a_context_is_entered_by_its_api_only(line):
    assert rules_broken(imports.check, line) == ["context-door"]
    assert rules_broken(imports.check, "from tongtu.ledger.api import post") == []
    assert rules_broken(imports.check, "from tongtu.servicing.store import find") == []


@pytest.mark.parametrize(
    "line",
    [
        "at = datetime.now(UTC)",
        "at = datetime.datetime.now()",
        "today = date.today()",
        "at = time.time()",
        "time.sleep(1)",
        "import random",
        "from secrets import token_bytes",
        "key = uuid.uuid4()",
        "salt = os.urandom(16)",
        "connection.commit()",
        "import datetime as dt\nat = dt.datetime.now()",
        "import datetime as dt\ntoday = dt.date.today()",
        "from time import time as clock\nat = clock()",
        "from os import urandom\nsalt = urandom(16)",
        "import numpy as np\ndraw = np.random.default_rng()",
    ],
)
def test_time_randomness_and_commit_stay_in_runtime(line):
    assert rules_broken(seams.check, line) == ["seam"]
    assert rules_broken(seams.check, line, "runtime/seams.py") == []


@pytest.mark.parametrize(
    "line",
    [
        "at = datetime.now(UTC)",
        "import datetime as dt\ntoday = dt.date.today()",
        "from time import time as clock\nat = clock()",
        "import time\nseed = time.time_ns() % 10",
        "import datetime\nclock = datetime.datetime.now",
        "from tongtu.runtime.api import SystemClock\nclock = SystemClock()",
        "from tongtu.runtime.api import system_ms\nids = IdSource(system_ms)",
    ],
)
def test_a_test_stands_at_an_instant_of_its_own(line):
    reason = "  # house: test-clock - two processes are compared here"

    assert rules_broken(seams.check_test, line) == ["test-clock"]
    assert rules_broken(seams.check_test, line + reason) == []
    assert rules_broken(seams.check_test, "clock = FixedClock()\nat = clock.now()") == []
    assert rules_broken(seams.check_test, "end = time.monotonic() + 5") == []


def test_an_escape_needs_the_rules_name_and_a_reason():
    line = "at = time.time()"

    assert rules_broken(seams.check, f"{line}  # house: seam - a simulator has its own clock") == []
    assert rules_broken(seams.check, f"{line}  # house: seam - no") == ["seam"]
    assert rules_broken(seams.check, f"{line}  # house: size - a simulator has its own") == ["seam"]


@pytest.mark.parametrize(
    "line",
    [
        "amount_minor: float = 0",
        "amount_minor = total / 3",
        "self.fee_minor = 0.5",
        "def pay(amount_minor: float) -> None: ...",
        "pay(amount_minor=float(text))",
        "amount_minor = round(total / 3)",
        "amount_minor = total * 0.5",
        "amount_minor += 1.5",
        "amount_minor /= 2",
        "amount_minor: float | None = None",
    ],
)
def test_money_is_never_a_float(line):
    assert rules_broken(money.check, line) == ["float-money"]
    assert rules_broken(money.check, "amount_minor: int = total // 3") == []


@pytest.mark.parametrize("call", ["now()", "random()", "gen_random_uuid()", "current_timestamp"])
def test_sql_takes_time_and_ids_as_parameters(call):
    text = f"INSERT INTO servicing.loan SELECT {call};"

    assert rules_broken(sql.check_sql, text, "servicing/sql/0001_x.sql") == ["sql-seam"]
    assert rules_broken(sql.check_python, f'Q = "{text}"', "servicing/store.py") == ["sql-seam"]
    assert rules_broken(sql.check_sql, f"-- {text}", "servicing/sql/0001_x.sql") == []
    behind_a_hole = f'Q = f"SELECT {{COLUMNS}} FROM servicing.loan WHERE at < {call}"'
    assert rules_broken(sql.check_python, behind_a_hole, "servicing/store.py") == ["sql-seam"]


def test_sql_reads_its_own_schema_and_calls_named_doors_only():
    path = "origination/sql/0001_x.sql"

    assert rules_broken(sql.check_sql, "SELECT 1 FROM ledger.transfer;", path) == ["sql-schema"]
    assert rules_broken(sql.check_sql, "PERFORM ledger.secret(1);", path) == ["sql-schema"]
    behind_a_hole = 'Q = f"SELECT {COLUMNS} FROM ledger.transfer"'
    assert rules_broken(sql.check_python, behind_a_hole, "origination/store.py") == ["sql-schema"]
    assert rules_broken(sql.check_sql, "PERFORM evidence.append_batch(1);", path) == []
    assert rules_broken(sql.check_sql, "SELECT 1 FROM origination.decision;", path) == []


@pytest.mark.parametrize("hole", ["name", "order.lower()", "', '.join(names)"])
def test_a_statement_made_by_a_function_holds_constants_and_parameters_only(hole):
    """ASVS 1.2.4: no value of a request becomes text of a statement."""
    made = f'def find(name):\n    return f"SELECT 1 FROM servicing.loan WHERE name = {{{hole}}}"'
    constant = 'def find():\n    return f"SELECT {_COLUMNS} FROM servicing.loan"'
    imported = "Q = f\"SELECT {', '.join(NAMES)} FROM servicing.loan\""
    spoken = f'def say(name, order, names):\n    return f"who is {{{hole}}}?"'

    assert rules_broken(sql.check_python, made, "servicing/store.py") == ["sql-hole"]
    for clean in (constant, imported, spoken):
        assert rules_broken(sql.check_python, clean, "servicing/store.py") == []


@pytest.mark.parametrize(
    "line",
    ["see `/work/x`", "/root/data", "path: /home/someone/x", "at https://pypi.example.org/simple"],
)
def test_no_tracked_file_names_a_path_of_a_machine_or_a_registry(tmp_path, line):
    def track(text):
        (tmp_path / "README.md").write_text(text)
        subprocess.run(["git", "-C", str(tmp_path), "add", "README.md"], check=True)
        return [(breach.path, breach.line) for breach in words.check(tmp_path)]

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    assert track(f"first\n{line}\n") == [("README.md", 2)]
    assert track("a workplace, the root of a tree, a home\n") == []


def test_modules_and_functions_have_a_bound():
    long_function = "def f():\n" + "    x = 1\n" * size.FUNCTION_LINES_MAX

    assert rules_broken(size.check, "x = 1\n" * size.MODULE_LINES_MAX) == []
    assert rules_broken(size.check, "x = 1\n" * (size.MODULE_LINES_MAX + 1)) == ["size"]
    assert rules_broken(size.check, long_function) == ["size"]
    assert rules_broken(size.check, long_function.removesuffix("    x = 1\n")) == []


def test_the_middle_module_has_a_bound():
    modules = [
        Source(Path(f"a/{n}.py"), "x = 1\n" * lines) for n, lines in enumerate((20, 151, 300))
    ]

    assert [breach.rule for breach in size.check_median(modules)] == ["size"]
    assert list(size.check_median(modules[:2])) == []
