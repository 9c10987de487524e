"""Loads everything that decides from its files, and packs them for the replay of old decisions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from tongtu.catalog.api import Catalogue
from tongtu.funding.api import load_book
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import PublicIds
from tongtu.origination.rules.desk import Desk, read_desk
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.scoring import Unscored
from tongtu.policy.api import Pack, load_laws, pack_root
from tongtu.risk.api import (
    NO_STRATEGY,
    OUTSIDE,
    OUTSIDE_RULES,
    STRATEGY,
    STUDY_FILES,
    FraudRules,
    OutsideBook,
    Scorecard,
    Strategy,
    Studied,
    load_application_rules,
    load_fraud_rules,
    load_outside,
    load_strategy,
    load_studied,
)
from tongtu.tables.api import BadTable, rules_root

PACK = "cn/2026.08"
# A folder a lender, named like it: what it adds to the pack, which may only tighten.
OVERLAYS = "overlays"
FRAUD_RULES = "fraud_rules.json"
PRICE_GRID = "price_grid.csv"
_RULE_FILES = (
    "application_rules.json",
    "application_rules.cases.json",
    FRAUD_RULES,
    "fraud_rules.cases.json",
    OUTSIDE_RULES,
    "outside_rules.cases.json",
    "typologies.toml",
    STRATEGY,
    "lender_eligibility.json",
    "lender_eligibility.cases.json",
    "lenders.toml",
    PRICE_GRID,
    "products.toml",
)
SCORECARD, CHAMPION, CHALLENGER = "scorecard.json", "champion", "challenger"
SOURCES_BYTES_MAX = 16_000_000


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the files are that decide. A studied model is a folder, a points table one file."""

    pack: Path
    rules: Path
    scorecard: Path | None  # None: no model scores, a person decides
    challenger: Path | None = None
    is_restored: bool = False  # of a version that may be older than some of the files


def shipped_sources(
    scorecard: Path | None, pack: str = PACK, challenger: Path | None = None
) -> Sources:
    """Return the pack and rules of this clone or package, with trained models."""
    return Sources(pack_root() / pack, rules_root(), scorecard, challenger)


def load_engine(sources: Sources, public: PublicIds) -> DecisionEngine:
    """Return the engine of these files, once their own examples and golden cases hold.

    Raises:
        BadPack, BadTable, BadBook, BadCatalogue, BadModel: a file that could decide wrongly.
        Loosens: a lender's overlay allows what the pack does not.
    """
    book = load_book(sources.rules)
    lenders = frozenset(one.id for one in book.everybody())
    catalogue = Catalogue.load(sources.rules / "products.toml")
    return DecisionEngine(
        laws=load_laws(Pack.load(sources.pack), sources.rules / OVERLAYS, lenders),
        catalogue=catalogue,
        scorecard=_model(sources.scorecard),
        challenger=None if sources.challenger is None else load_studied(sources.challenger),
        rules=load_application_rules(sources.rules),
        fraud=_fraud_rules(sources),
        outside=_outside(sources),
        strategy=_strategy(sources, catalogue),
        book=book,
        public=public,
        sources=pack_sources(sources),
    )


def restore_engine(
    packed: bytes,
    public: PublicIds,
    pack: Path | None = None,
    rules: Mapping[str, str] | None = None,
) -> DecisionEngine:
    """Return the engine of packed sources, under another pack or with files of rules changed.

    Raises:
        Broken: they are damaged.
        BadTable: the golden cases do not hold over the changed rules.
    """
    files = _unpacked(packed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name, text in (rules or {}).items():
            (root / "rules" / name).write_text(text, encoding="utf-8")
        law = pack or root / "pack"
        champion, table, challenger = root / CHAMPION, root / SCORECARD, root / CHALLENGER
        restored = Sources(
            law,
            root / "rules",
            champion if champion.exists() else table if table.exists() else None,
            challenger if challenger.exists() else None,
            is_restored=True,
        )
        return load_engine(restored, public)


def rule_of(engine: DecisionEngine, name: str) -> str:
    """Return a file of rules as this engine was made of it. Raises Broken: it was not kept."""
    found = _unpacked(engine.version.sources).get(f"rules/{name}")
    if found is None:
        raise Broken(f"{name} was not kept with the version that decides")
    return found.decode()


def _unpacked(packed: bytes) -> dict[str, bytes]:
    try:
        plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=SOURCES_BYTES_MAX)
        return msgspec.msgpack.decode(plain, type=dict[str, bytes])
    except (zstandard.ZstdError, msgspec.MsgspecError) as damage:
        raise Broken("the sources of a decision version are damaged") from damage


def load_desk(rules: Path) -> Desk:
    """Return the desk where persons decide. Raises BadTable."""
    path = rules / "desk.toml"
    if not path.is_file():
        raise BadTable("desk.toml is not among the rules")
    return read_desk(path.read_bytes())


def _model(path: Path | None) -> Scorecard | Studied | Unscored:
    if path is None:
        return Unscored()
    return load_studied(path) if path.is_dir() else Scorecard.load(path)


def _fraud_rules(sources: Sources) -> FraudRules | None:
    """Return the fraud rules; a version older than them decided without, and is restored so."""
    if sources.is_restored and not (sources.rules / FRAUD_RULES).exists():
        return None
    return load_fraud_rules(sources.rules)


def _outside(sources: Sources) -> OutsideBook | None:
    """Return the outside sources; a version older than them asked none, and is restored so."""
    if sources.is_restored and not (sources.rules / OUTSIDE_RULES).exists():
        return None
    return load_outside(sources.rules)


def _strategy(sources: Sources, catalogue: Catalogue) -> Strategy:
    """Return the strategy; a version older than it decided nothing selectively."""
    if sources.is_restored and not (sources.rules / STRATEGY).exists():
        return NO_STRATEGY
    found = load_strategy(sources.rules)
    if unknown := [name for name in found.lines if catalogue.get(name) is None]:
        raise BadTable(f"strategy.toml speaks of {unknown[0]}, which is no product")
    return found


def pack_sources(sources: Sources) -> bytes:
    """Return the files as one packed value, for the row of their version."""
    files = {name: path.read_bytes() for name, path in sorted(_files(sources))}
    return zstandard.ZstdCompressor(level=9).compress(msgspec.msgpack.encode(files))


def _files(sources: Sources) -> Iterator[tuple[str, Path]]:
    for path in _within(sources.pack):
        yield f"pack/{path.relative_to(sources.pack).as_posix()}", path
    for name in _RULE_FILES:
        path = sources.rules / name
        if path.exists() or not sources.is_restored:
            yield f"rules/{name}", path
    for folder in (OVERLAYS, OUTSIDE):
        for path in _within(sources.rules / folder):
            yield f"rules/{path.relative_to(sources.rules).as_posix()}", path
    if sources.scorecard is not None and sources.scorecard.is_dir():
        yield from _study(CHAMPION, sources.scorecard)
    elif sources.scorecard is not None:
        yield SCORECARD, sources.scorecard
    if sources.challenger is not None:
        yield from _study(CHALLENGER, sources.challenger)


def _within(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _study(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for file in STUDY_FILES:
        yield f"{name}/{file}", folder / file
