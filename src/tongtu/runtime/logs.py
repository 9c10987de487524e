"""Structured logs on stderr, one JSON object a line, without personal data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, cast

import structlog

MASK = "[redacted]"
PERSONAL = {
    *("phone", "name", "resident_id", "id_number", "address", "card", "account_number"),
    *("token", "authorization", "cookie", "code", "password", "secret", "body"),
}
# An 18-character resident id, an 11-digit mobile number, a bearer token.
_PATTERNS = re.compile(
    r"(?<!\d)\d{17}[\dXx](?![\dXx])|(?<!\d)1[3-9]\d{9}(?!\d)|(?i:bearer)\s+[\w.~+/-]{16,}=*"
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask personal fields by name and personal values by shape."""
    for key, value in event.items():
        if key in PERSONAL:
            event[key] = MASK
        elif isinstance(value, str):
            event[key] = _PATTERNS.sub(MASK, value)
        elif not isinstance(value, int | float | bool | type(None)) and key != "exc_info":
            event[key] = _PATTERNS.sub(MASK, str(value))
    return event


def configure_logs(level: str = "info") -> None:
    """Set the process's logging; call once at start."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one part."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(part=name))
