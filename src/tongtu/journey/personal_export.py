"""Everything the platform holds of a person as one file: JSON for machines, a page to read, papers.

What only proves or finds something (keys, salts, hashes) stays out; nothing else does.
"""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tongtu.identity.api import (
    ENDINGS,
    Bound,
    Caller,
    PrivacyRequest,
    Wish,
    end_request,
    take_within,
)
from tongtu.journey.erasure import Law, check_wish, open_wish
from tongtu.journey.holdings import HOLDINGS, standing_of
from tongtu.kernel.errors import TooLarge, TooMany
from tongtu.origination.api import Versions, find_record
from tongtu.runtime.api import Held, Holding, business_date, read_held

# A person with forty contracts and as many documents has less.
EXPORT_BYTES_MAX = 500_000_000
# Each reads and packs everything: dear to us, and nobody reads more.
EXPORTS_PER_DAY = 10
# Beyond this a reader in a browser rounds whole numbers, so they are written as text.
_EXACT_MAX = 2**53
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of record as its person reads it; `files` by name."""

    holding: Holding
    rows: tuple[Mapping[str, Any], ...]
    files: Mapping[str, bytes]


async def export_person(
    law: Law, versions: Versions, caller: Caller, party: int
) -> tuple[PrivacyRequest, bytes]:
    """Return one zip of everything held of a person; that it was asked for is kept.

    Raises:
        Refused: the law forbids it.
        TooMany: code `too_many_exports`: as many as a day has were made.
        TooLarge: it is more than one file can hold.
    """
    runtime = law.runtime
    async with runtime.database.reading() as connection:
        today = await business_date(connection)
    check_wish(law, Wish.EXPORT, [], today)
    bound = Bound(f"export:{party}", timedelta(days=1), EXPORTS_PER_DAY)
    async with runtime.database.transaction() as connection:
        waits_s = await take_within(connection, runtime, runtime.cell(party), bound)
    if waits_s is not None:
        raise TooMany(
            "this file was made often today", code="too_many_exports", retry_after_s=waits_s
        )
    async with runtime.database.transaction() as connection:
        request = await open_wish(connection, law, caller, party, Wish.EXPORT)
    async with runtime.database.reading() as connection:
        standing = await standing_of(connection, runtime, party, today)
        parts = []
        for holding in HOLDINGS:
            held = await read_held(connection, runtime.keys, holding, standing.person)
            if held:
                parts.append(_part(holding, held))
        decided = [
            json.loads(json.dumps(_told(await find_record(
                connection, versions, standing.person.cell, decision)), default=str))
            for decision in standing.decisions
        ]  # fmt: skip
    content = _zip(runtime.public.show("party", party), today, parts, decided)
    async with runtime.database.transaction() as connection:
        await end_request(connection, runtime, request, ("done", None, None))
    return request, content


def _part(holding: Holding, held: Iterable[Held]) -> Part:
    rows, files = [], {}
    for number, one in enumerate(held, start=1):
        row = dict(one.told)
        if one.content is not None and holding.is_file:
            name = f"{holding.table}/{number}.{_ending(row, one.content)}"
            files[name] = one.content
            row["file"] = name
        elif one.content is not None:
            text = one.content.decode()
            row["content"] = json.loads(text) if text.startswith("{") else text
        rows.append(row)
    return Part(holding, tuple(rows), files)


def _ending(row: Mapping[str, Any], content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "pdf"
    return ENDINGS.get(str(row.get("media_type")), "bin")


def _told(record: Any) -> dict[str, Any]:
    """Return what a decision rested on and said, field by field."""
    return {"business_date": record.business_date, "decided_at": record.decided_at,
            "asked": _fields(record.case.request, leave=("salt", "body_hash", "key", "received_s")),
            "known": _fields(record.case.known), "result": _fields(record.decided)}  # fmt: skip


def _fields(value: Any, leave: tuple[str, ...] = ()) -> Any:
    """Return named tuples as objects, at any depth."""
    if hasattr(value, "_asdict"):
        return {k: _fields(v) for k, v in value._asdict().items() if k not in leave}
    if isinstance(value, Mapping):
        return {str(k): _fields(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_fields(one) for one in value]
    return value


def _exact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _exact(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT_MAX:
        return str(value)
    return value


def _zip(party: str, today: date, parts: list[Part], decided: list[Any]) -> bytes:
    told = {
        "format": _FORMAT,
        "party": party,
        "business_date": today.isoformat(),
        "holdings": [
            {"context": part.holding.table.split(".")[0], "table": part.holding.table,
             "zh": part.holding.zh, "en": part.holding.en, "rows": _exact(part.rows)}
            for part in parts
        ],
        "decisions": _exact(decided),
    }  # fmt: skip
    sizes = sum(len(content) for part in parts for content in part.files.values())
    if sizes > EXPORT_BYTES_MAX:
        raise TooLarge("this is more than one file can hold; please ask in a branch")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("index.html", _page(party, today, parts))
        for part in parts:
            for name, content in part.files.items():
                archive.writestr(name, content)
    return target.getvalue()


def _page(party: str, today: date, parts: list[Part]) -> str:
    """Return the same for a reader, without a script or a foreign address."""
    body = "".join(_section(part) for part in parts)
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>我的信息 · My data</title>'
        "<style>body{font:15px/1.6 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{border:1px solid"
        " #ccd;padding:.25rem .5rem;text-align:left;vertical-align:top;word-break:break-word}"
        "h2{margin-bottom:0}small{color:#556}</style>"
        f"<h1>我的信息 · My data</h1><p>{html.escape(party)} · {today.isoformat()}</p>{body}</html>"
    )


def _section(part: Part) -> str:
    names = list(dict.fromkeys(name for row in part.rows for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    lines = "".join(
        f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in names)}</tr>"
        for row in part.rows
    )
    holding = part.holding
    return (
        f"<h2>{html.escape(holding.zh)}</h2><small>{html.escape(holding.en)} · "
        f"{html.escape(holding.table)}</small><table><tr>{head}</tr>{lines}</table>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return html.escape(text)
