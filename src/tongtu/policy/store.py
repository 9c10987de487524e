"""Reads a pack's files; what they say is judged elsewhere."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tongtu.policy.model import (
    ALWAYS_FROM,
    ALWAYS_TO,
    LABELS,
    POINTS,
    BadPack,
    ConsentText,
    Content,
    CostMethod,
    Dated,
    Example,
    Fee,
    Hours,
    Parameter,
    Reason,
    Rule,
    Severity,
    Source,
)
from tongtu.policy.rules.expression import KINDS
from tongtu.tables.api import shipped_folder

_EXPECTED = {"pass", "fail", "unknown"}
_BYTES_MAX = 1_000_000
_RULE_WORDS = {
    "id", "title_zh", "title_en", "severity", "severity_unknown", "points", "when", "test",
    "reason", "source", "effective_from", "effective_to",
}  # fmt: skip


def pack_root() -> Path:
    """Return the folder packs/ of this clone or of the installed package."""
    return shipped_folder("packs")


def read_content(folder: Path) -> Content:
    """Return everything a pack's files say. Raises BadPack."""
    try:
        return _content(folder)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadPack(f"pack {folder.name} cannot be read: {error!r}") from error


def content_hash(folder: Path) -> str:
    """Return sha256 over every file's name and content, line ends aside: equal on every machine."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).as_posix()):
        if path.is_file():
            content = path.read_bytes().replace(b"\r\n", b"\n")
            name = path.relative_to(folder).as_posix().encode()
            digest.update(hashlib.sha256(name).digest() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _content(folder: Path) -> Content:
    head = _toml(folder / "pack.toml")
    rules = _toml(folder / "rules.toml")
    languages = tuple(head["languages"])
    facts = {str(name): str(kind) for name, kind in rules["facts"].items()}
    if strange := {kind for kind in facts.values() if kind not in KINDS}:
        raise BadPack(f"facts of an unknown type: {strange}")
    return Content(
        id=head["id"],
        hash=content_hash(folder),
        jurisdiction=head["jurisdiction"],
        currency=head["currency"],
        languages=languages,
        days=_days(head),
        facts=facts,
        rules=tuple(_rule(row, languages) for row in rules["rule"]),
        parameters=tuple(_parameters(folder / "params.csv")),
        reasons={
            code: _reason(code, row, languages)
            for code, row in _toml(folder / "reasons.toml").items()
        },
        fees=tuple(_fee(row, languages) for row in _toml(folder / "fees.toml")["fee"]),
        consents=_consents(_toml(folder / "consents.toml"), languages),
        method=_method(_toml(folder / "method.toml"), languages),
        hours=_hours(_toml(folder / "hours.toml")),
        examples=tuple(
            _example(row)
            for path in sorted((folder / "examples").glob("*.toml"))
            for row in _toml(path)["example"]
        ),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise BadPack(f"{path.name} is larger than {_BYTES_MAX} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPack(f"{path.name} cannot be read") from error
    except ValueError as error:
        raise BadPack(f"{path.name}: {error}") from error


def _rule(row: dict[str, Any], languages: tuple[str, ...]) -> Rule:
    source = row["source"]
    if strange := set(row) - _RULE_WORDS:
        raise BadPack(f"rule {row['id']}: unknown words {sorted(strange)}")
    if source["label"] not in LABELS:
        raise BadPack(f"rule {row['id']}: label {source['label']}")
    if not row["points"] or not set(row["points"]) <= set(POINTS):
        raise BadPack(f"rule {row['id']}: unknown points {row['points']}")
    severity = Severity(row["severity"])
    return Rule(
        id=row["id"],
        title=_by_language(row, "title_", languages),
        severity=severity,
        severity_unknown=Severity(row.get("severity_unknown", severity)),
        points=tuple(row["points"]),
        when=row.get("when", ""),
        test=row["test"],
        reason=row["reason"],
        source=Source(**{**source, "date": _date(source["date"])}),
        days=_days(row),
    )


def _parameters(path: Path) -> Iterator[Parameter]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, strict=True):
            if row["label"] not in LABELS or not row["name"].isidentifier():
                raise BadPack(f"parameter {row['name']}: label {row['label']}")
            value = row["value"]
            yield Parameter(
                name=row["name"],
                key=row["key"],
                value=int(value) if value.removeprefix("-").isdecimal() else value,
                days=Dated(
                    date.fromisoformat(row["effective_from"]),
                    date.fromisoformat(row["effective_to"]) if row["effective_to"] else ALWAYS_TO,
                ),
                label=row["label"],
                source=row["source"],
            )


def _reason(code: str, row: dict[str, Any], languages: tuple[str, ...]) -> Reason:
    return Reason(
        code=code,
        text=_by_language(row, "", languages),
        detail={lang: row[f"detail_{lang}"] for lang in languages if f"detail_{lang}" in row},
        actionable=bool(row["actionable"]),
        features=tuple(row.get("features", ())),
    )


def _fee(row: dict[str, Any], languages: tuple[str, ...]) -> Fee:
    return Fee(
        kind=row["kind"],
        payer=row["payer"],
        payee=row["payee"],
        in_apr=row["in_apr"],
        contingent=row["contingent"],
        name=_by_language(row, "", languages),
        how=_by_language(row, "how_", languages),
    )


def _consents(file: dict[str, Any], languages: tuple[str, ...]) -> tuple[ConsentText, ...]:
    return tuple(
        ConsentText(
            scope=row["scope"],
            version=file["version"],
            per_recipient=row["per_recipient"],
            required=row["required"],
            title=_by_language(row, "title_", languages),
            text=_by_language(row, "", languages),
        )
        for row in file["consent"]
    )


def _method(file: dict[str, Any], languages: tuple[str, ...]) -> CostMethod:
    return CostMethod(
        apr=file["apr"],
        also_show=tuple(file["also_show"]),
        day_count=file["day_count"],
        rounding=file["rounding"],
        decimals=file["decimals"],
        statements={lang: dict(file[lang]) for lang in languages},
    )


def _hours(file: dict[str, Any]) -> Mapping[str, Hours]:
    windows = {name: row for name, row in file.items() if isinstance(row, dict)}
    return {
        name: Hours(name, _second(row["from"]), _second(row["to"])) for name, row in windows.items()
    }


def _example(row: dict[str, Any]) -> Example:
    if row["expect"] not in _EXPECTED:
        raise BadPack(f"an example of {row['rule']} expects {row['expect']}")
    return Example(
        rule=row["rule"],
        at=_date(row["at"]),
        expect=row["expect"],
        facts=row["facts"],
        severity=Severity(row["severity"]) if "severity" in row else None,
        note=row.get("note", ""),
    )


def _by_language(row: dict[str, Any], prefix: str, languages: tuple[str, ...]) -> dict[str, str]:
    return {lang: str(row[f"{prefix}{lang}"]) for lang in languages}


def _days(row: dict[str, Any]) -> Dated:
    return Dated(
        _date(row.get("effective_from", ALWAYS_FROM)), _date(row.get("effective_to", ALWAYS_TO))
    )


def _date(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadPack(f"{value} is no day")
    return value


def _second(value: time) -> int:
    return value.hour * 3600 + value.minute * 60 + value.second
