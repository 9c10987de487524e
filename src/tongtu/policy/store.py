"""Reads a pack's files; what they say is judged elsewhere."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tongtu.policy.model import (
    ALWAYS_FROM,
    ALWAYS_TO,
    APPLICATION,
    LABELS,
    POINTS,
    BadPack,
    ConsentText,
    Content,
    CostExample,
    CostMethod,
    Dated,
    Example,
    Fee,
    Hours,
    Letter,
    Overlay,
    Parameter,
    Reason,
    Retention,
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
    "reason", "source", "effective_from", "effective_to", "right",
}  # fmt: skip


def pack_root() -> Path:
    """Return the folder packs/ of this clone or of the installed package."""
    return shipped_folder("packs")


def read_content(folder: Path) -> Content:
    """Return everything a pack's files say. Raises BadPack."""
    try:
        return _content(folder)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise BadPack(f"pack {folder.name} cannot be read: {error!r}") from error


def read_overlay(folder: Path) -> Overlay:
    """Return a lender's overlay: overlay.toml, and rules, params, reasons and examples if any.

    Its rules read the facts its base declares. Raises BadPack.
    """
    try:
        return _overlay(folder)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadPack(f"overlay {folder.name} cannot be read: {error!r}") from error


def _overlay(folder: Path) -> Overlay:
    head = _toml(folder / "overlay.toml")
    languages, sets = tuple(head["languages"]), head.get("sets", {})
    params = folder / "params.csv"
    return Overlay(
        id=head["id"],
        hash=content_hash(folder),
        base=head["base"],
        first=_date(head["effective_from"]),
        severities={name: Severity(one) for name, one in head.get("severity", {}).items()},
        sets_add={name: tuple(one["add"]) for name, one in sets.items() if "add" in one},
        sets_remove={name: tuple(one["remove"]) for name, one in sets.items() if "remove" in one},
        parameters=tuple(_parameters(params)) if params.exists() else (),
        rules=tuple(
            _rule(row, languages) for row in _optional(folder / "rules.toml").get("rule", ())
        ),
        reasons={
            code: _reason(code, row, languages)
            for code, row in _optional(folder / "reasons.toml").items()
        },
        examples=tuple(_examples(folder)),
    )


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
    files = [_toml(path) for path in (folder / "rules.toml", *_sorted(folder / "rules"))]
    languages = tuple(head["languages"])
    facts = _facts(files)
    return Content(
        id=head["id"],
        hash=content_hash(folder),
        jurisdiction=head["jurisdiction"],
        currency=head["currency"],
        languages=languages,
        days=_days(head),
        facts=facts,
        rules=tuple(_rule(row, languages) for file in files for row in file["rule"]),
        parameters=tuple(_parameters(folder / "params.csv")),
        reasons={
            code: _reason(code, row, languages)
            for code, row in _toml(folder / "reasons.toml").items()
        },
        fees=tuple(_fee(row, languages) for row in _toml(folder / "fees.toml")["fee"]),
        consents=_consents(_toml(folder / "consents.toml"), languages),
        method=_method(_toml(folder / "method.toml"), languages),
        hours=_hours(_toml(folder / "hours.toml")),
        examples=tuple(_examples(folder)),
        **_later(folder, head, languages),
    )


def _later(folder: Path, head: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """Return what files say that packs of the first releases do not have."""
    holidays = _optional(folder / "holidays.toml")
    letters, retention = _optional(folder / "letters.toml"), _optional(folder / "retention.toml")
    rows = [
        row for path in _sorted(folder / "examples") for row in _toml(path).get("yearly_cost", ())
    ]
    return {
        "is_illustrative": bool(head.get("illustrative", False)),
        "titles": _by_language(head, "title_", languages),
        "letters": tuple(_letter(row, languages) for row in letters.get("letter", ())),
        "retentions": tuple(_retention(row, languages) for row in retention.get("keep", ())),
        "days_off": frozenset(_date(day) for day in holidays.get("off", ())),
        "days_worked": frozenset(_date(day) for day in holidays.get("worked", ())),
        "cost_examples": tuple(_cost_example(row) for row in rows),
    }


def _optional(path: Path) -> dict[str, Any]:
    return _toml(path) if path.exists() else {}


def _letter(row: dict[str, Any], languages: tuple[str, ...]) -> Letter:
    return Letter(
        id=row["id"],
        rule=row["rule"],
        when=row["when"],
        due_from=row["due_from"],
        within_days=row["within_days"],
        fields=tuple(row["fields"]),
        text=_by_language(row, "", languages),
        is_for_all_senders=row.get("for_all_senders", False),
    )


def _retention(row: dict[str, Any], languages: tuple[str, ...]) -> Retention:
    if row["label"] not in LABELS or row["months"] < 0:
        raise BadPack(f"retention of {row['kind']}: label {row['label']}, {row['months']} months")
    return Retention(
        kind=row["kind"],
        months=row["months"],
        counted_from=row["counted_from"],
        label=row["label"],
        law=row["law"],
        why=_by_language(row, "", languages),
        is_duty=row.get("duty", True),
    )


def _cost_example(row: dict[str, Any]) -> CostExample:
    return CostExample(
        name=row["name"],
        flows=tuple((at, Decimal(amount)) for at, amount in row["flows"]),
        percent=Decimal(row["percent"]),
        tolerance=Decimal(row["tolerance"]),
    )


def _examples(folder: Path) -> Iterator[Example]:
    for path in _sorted(folder / "examples"):
        yield from (_example(row) for row in _toml(path).get("example", ()))


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _facts(files: Iterable[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        for name, kind in file.get("facts", {}).items():
            if kind not in KINDS:
                raise BadPack(f"the fact {name} is of an unknown type {kind}")
            if found.setdefault(name, kind) != kind:
                raise BadPack(f"the fact {name} is of two types")
    return found


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
        is_right=row.get("right", False),
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
        is_of_decision=row.get("of_decision", True),
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
        basis=row.get("basis", ""),
        timing=row.get("timing", ""),
        licence=row.get("licence", ""),
    )


def _consents(file: dict[str, Any], languages: tuple[str, ...]) -> tuple[ConsentText, ...]:
    return tuple(
        ConsentText(
            scope=row["scope"],
            version=file["version"],
            per_recipient=row["per_recipient"],
            required=row["required"],
            asked_in=row.get("asked_in", APPLICATION),
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
