"""Structured logs on stderr, one JSON object a line, without personal data.

Fields are masked by their name and texts by their shape, at any depth, the words of libraries and
of exceptions included.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import structlog

MASK = "[redacted]"
DEPTH_MAX = 6
# They write down each address they call, whatever stands in it.
ADDRESSES_LOGGED_BY = ("httpx", "httpcore")
TEXT_MAX = 8_000  # characters of one text; a stack trace fits
PERSONAL = frozenset(
    (
        *("phone", "name", "resident_id", "id_number", "address", "card", "account_number"),
        *("token", "authorization", "cookie", "code", "password", "secret", "key", "body", "dsn"),
    )
)
# A resident id (with its date of birth, so that our own ids of 18 digits stay readable), a mobile
# number, a bearer token, the password inside an address.
_PATTERNS = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|(?i:bearer)\s+[^\s\"',]+"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask personal fields by name and personal values by shape."""
    for key, value in event.items():
        event[key] = _clean(key, value, 0)
    return event


def configure_logs(level: str = "info") -> None:
    """Set the process's logging, libraries included; call once at start."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[drop_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.INFO), force=True)
    for library in ADDRESSES_LOGGED_BY:
        logging.getLogger(library).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one part."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(part=name))


def _clean(key: str, value: Any, depth: int) -> Any:
    if key.lower() in PERSONAL:
        return MASK
    if depth < DEPTH_MAX and isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), item, depth + 1) for inner, item in value.items()}
    if depth < DEPTH_MAX and isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item, depth + 1) for item in value]
    return _clean_value(value)


def _clean_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return MASK if _PATTERNS.fullmatch(str(value)) else value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    return _PATTERNS.sub(MASK, str(value)[:TEXT_MAX])
