"""No personal data reaches a log line, whatever carries it there."""

import io
import json
import logging
import sys

import pytest
import structlog

from tongtu.runtime.api import configure_logs, get_logger
from tongtu.runtime.logs import MASK, PERSONAL, redact

PHONE, RESIDENT = "13812345678", "11010519900307123X"


@pytest.fixture
def lines(monkeypatch):
    """Give the log lines written so far; logging is set back afterwards."""
    root, written = logging.getLogger(), io.StringIO()
    before, level, plain = root.handlers[:], root.level, structlog.get_config()
    root.handlers.clear()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs("info")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.configure(**plain)
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("field", sorted(PERSONAL))
def test_a_personal_field_is_masked_by_its_name_at_any_depth(field):
    event = redact(None, "", {field: "x", "outer": {field.upper(): "x", "rows": [{field: 1}]}})

    assert event == {field: MASK, "outer": {field.upper(): MASK, "rows": [{field: MASK}]}}


@pytest.mark.parametrize(
    "value",
    [
        PHONE,
        "+86 138 1234 5678",
        "138-1234-5678",
        RESIDENT,
        "110105199003071234",
        "Bearer abc.def-123_x",
        int(PHONE),
    ],
)
def test_a_personal_value_is_masked_by_its_shape(value):
    assert redact(None, "", {"seen": value, "list": [value]}) == {"seen": MASK, "list": [MASK]}


@pytest.mark.parametrize(
    "value", [389212348888888881, "389212348888888881", 100_000_00, "2026-11-24T01:00:00Z", 2.5]
)
def test_ids_amounts_and_instants_stay_readable(value):
    assert redact(None, "", {"seen": value}) == {"seen": value}


def test_a_line_is_one_json_object_without_what_exceptions_and_libraries_say_of_persons(lines):
    log = get_logger("test")
    try:
        int(PHONE + " ?")
    except ValueError as fault:
        log.error("failed", exc_info=fault, raw=b"abc")
    logging.getLogger("asyncpg").warning("postgresql://tongtu:s3cret@h/x by %s", RESIDENT)
    log.debug("not shown")

    ours, library = lines()
    assert (ours["event"], ours["part"], ours["level"]) == ("failed", "test", "error")
    assert ours["raw"] == "3 bytes"
    assert ours["exception"].endswith(f"with base 10: '{MASK} ?'")
    assert library["event"] == f"postgresql://{MASK}@h/x by {MASK}"
