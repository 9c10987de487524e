"""SQL takes time, ids and values as parameters and never reads another context's schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.house.source import Breach, Source, nodes, parse

RULE_SEAM = "sql-seam"
RULE_SCHEMA = "sql-schema"
RULE_HOLE = "sql-hole"
BANNED = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|"
    r"gen_random_uuid|uuidv4|uuidv7)\s*\(|\b(current_timestamp|current_date|localtimestamp)\b",
    re.IGNORECASE,
)
CONTEXTS = (
    "runtime", "process", "evidence", "identity", "ledger", "notice", "payments", "risk",
    "funding", "origination", "contracts", "servicing", "checkout", "partner",
)  # fmt: skip
# The functions one context's SQL may call in another: a context's SQL door (design, section 3).
DOORS = {
    "runtime": {
        "command_batch",
        "command_find",
        "command_insert",
        "outbox_batch",
        "current_business_date",
    },
    "process": {"append_batch", "open_batch", "standing_at"},
    "evidence": {"append_batch"},
    "identity": {"find_parties", "links_batch", "use_consents", "find_tokens"},
    "risk": {"append_signals", "known_batch"},
    "funding": {"reserve_batch", "release_batch", "quotas", "remote_program"},
    "ledger": {"post_batch"},
}
NAMED = re.compile(rf"(?<![\w.])({'|'.join(CONTEXTS)})\.(\w+)\s*(\()?", re.IGNORECASE)
STATEMENT = re.compile(
    r"\b(select\s|insert\s+into|update\s+\w+\.|delete\s+from|copy\s)", re.IGNORECASE
)


def check_sql(source: Source) -> Iterator[Breach]:
    """Yield each breach in a .sql file."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        yield from _judge(source, number, line.split("--")[0])


def check_python(source: Source) -> Iterator[Breach]:
    """Yield each breach in the SQL text of a Python file."""
    yield from _holes(source)
    if source.context not in CONTEXTS and source.context not in {"journey", "channels", "insight"}:
        return
    for number, text in _texts(parse(source)):
        if STATEMENT.search(text):
            for offset, line in enumerate(text.splitlines()):
                yield from _judge(source, number + offset, line)


def _holes(source: Source) -> Iterator[Breach]:
    """Yield each value that a function writes into a statement: constants only are made of text.

    What a module makes when it is imported has seen no request yet.
    """
    seen: set[int] = set()
    for scope in nodes(source):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(scope):
            if not isinstance(node, ast.JoinedStr) or id(node) in seen:
                continue
            seen.add(id(node))
            if STATEMENT.search("".join(text for _, text in _texts(node))):
                for part in node.values:
                    if isinstance(part, ast.FormattedValue) and not _is_constant(part.value):
                        named = ast.unparse(part.value)
                        yield from source.breach(
                            node.lineno, RULE_HOLE, f"{named} is a parameter, or a constant's name"
                        )


def _is_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id.isupper()


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of every string; an f-string is one text with its holes as `{}`."""
    if isinstance(tree, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in tree.values]
        yield tree.lineno, "".join(map(str, parts))
    elif isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.lineno, tree.value
    else:
        for child in ast.iter_child_nodes(tree):
            yield from _texts(child)


def _judge(source: Source, number: int, line: str) -> Iterator[Breach]:
    if source.context != "runtime" and (found := BANNED.search(line)):
        yield from source.breach(number, RULE_SEAM, f"{found[0]}: time and ids are parameters")
    for schema, name, call in NAMED.findall(line):
        own = schema.lower() == source.context
        if own or (call and name in DOORS.get(schema.lower(), set())):
            continue
        yield from source.breach(
            number,
            RULE_SCHEMA,
            f"{schema}.{name} belongs to {schema}; call its api or its SQL door",
        )
