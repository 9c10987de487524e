"""Model files in TONGTU_HOME/models/, read only while their hash holds; the rules' files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongtu.risk.model import BadModel, NoModel
from tongtu.risk.rules.fraud import FraudRules, read_fraud_rules
from tongtu.risk.rules.outside import read_source
from tongtu.risk.rules.outside_book import OutsideBook
from tongtu.risk.rules.scorecard import FILE_BYTES_MAX, Scorecard
from tongtu.risk.rules.strategy import Strategy, read_strategy
from tongtu.risk.rules.typology import read_typologies
from tongtu.risk.training.artefact import Source, Trained, canonical, code_version
from tongtu.tables.api import BadTable, Table, load_proved_table, rules_root

APPLICATION_RULES = "application_rules.json"
FRAUD_RULES, TYPOLOGIES = "fraud_rules.json", "typologies.toml"
STRATEGY = "strategy.toml"
# A file a source, and the rules over what all of them say.
OUTSIDE, OUTSIDE_RULES = "outside", "outside_rules.json"
FOLDER = "models"
TABLE, MANIFEST, CARD, CURRENT = "scorecard.json", "manifest.json", "card.md", "current"
SHORT = 12


def load_application_rules(folder: Path | None = None) -> Table:
    """Return the rules (of `folder`, else rules/) once their golden cases hold. Raises BadTable."""
    return load_proved_table((folder or rules_root()) / APPLICATION_RULES)


def load_fraud_rules(folder: Path | None = None) -> FraudRules:
    """Return the fraud rules and typologies once their golden cases hold. Raises BadTable."""
    root = folder or rules_root()
    try:
        source = (root / TYPOLOGIES).read_bytes()
    except OSError as error:
        raise BadTable(f"{TYPOLOGIES} cannot be read") from error
    return read_fraud_rules(load_proved_table(root / FRAUD_RULES), source)


def load_outside(folder: Path | None = None) -> OutsideBook:
    """Return the outside sources and the rules over them. Raises BadTable."""
    root = folder or rules_root()
    try:
        files = {path.stem: path.read_bytes() for path in sorted((root / OUTSIDE).glob("*.toml"))}
        typologies = (root / TYPOLOGIES).read_bytes()
    except OSError as error:
        raise BadTable("the outside sources cannot be read") from error
    sources = [read_source(content) for content in files.values()]
    for name, source in zip(files, sources, strict=True):
        if name != source.id:
            raise BadTable(f"{OUTSIDE}/{name}.toml speaks of {source.id}")
    table = load_proved_table(root / OUTSIDE_RULES)
    content = b"".join([*files.values(), typologies])
    return OutsideBook(sources, table, read_typologies(table, typologies), content)


def load_strategy(folder: Path | None = None) -> Strategy:
    """Return how sure the models must be, by product. Raises BadTable."""
    try:
        return read_strategy(((folder or rules_root()) / STRATEGY).read_bytes())
    except OSError as error:
        raise BadTable(f"{STRATEGY} cannot be read") from error


def save(home: Path, trained: Trained) -> Path:
    """Write the model's files and name it the one trained last; return its folder."""
    folder = home / FOLDER / trained.hash[:SHORT]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / TABLE, trained.table)
    _write(folder / CARD, trained.card.encode())
    # The manifest comes last: a folder without it is no model.
    _write(folder / MANIFEST, canonical(trained.manifest))
    _write(home / FOLDER / CURRENT, trained.hash.encode())
    return folder


def load_scorecard(home: Path, model_hash: str) -> Scorecard:
    """Return the scorecard of a model.

    Raises:
        NoModel: its files are not here.
        BadModel: its bytes are not those of its hash.
    """
    path = home / FOLDER / model_hash[:SHORT] / TABLE
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise BadModel("the model file is too large")
        content = path.read_bytes()
    except OSError as error:
        raise NoModel(f"the files of model {model_hash[:SHORT]} are not here") from error
    if hashlib.sha256(content).hexdigest() != model_hash:
        raise BadModel(f"the file of model {model_hash[:SHORT]} was changed")
    return Scorecard.read(content)


def load_manifest(home: Path, model_hash: str) -> dict[str, Any]:
    """Return the manifest of a model. Raises NoModel, BadModel."""
    path = home / FOLDER / model_hash[:SHORT] / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoModel(f"the files of model {model_hash[:SHORT]} are not here") from error
    except (ValueError, RecursionError) as error:
        raise BadModel("a model's manifest is not JSON") from error
    if not isinstance(manifest, dict) or manifest.get("hash") != model_hash:
        raise BadModel("a model's manifest speaks of another model")
    return manifest


def trained_last(home: Path) -> str | None:
    """Return the hash of the model trained last, if one was."""
    try:
        return (home / FOLDER / CURRENT).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def trained_mark(home: Path) -> tuple[int, int] | None:
    """Return what changes when another model is trained; None before the first. Reads no file."""
    try:
        found = (home / FOLDER / CURRENT).stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def find_trained(home: Path, source: Source) -> dict[str, Any] | None:
    """Return the manifest of the model that this code already made of these rows."""
    model_hash = trained_last(home)
    if model_hash is None:
        return None
    try:
        load_scorecard(home, model_hash)
        manifest = load_manifest(home, model_hash)
    except (NoModel, BadModel):
        return None  # training writes it anew
    return manifest if _is_made_of(manifest, source) else None


def _is_made_of(manifest: Mapping[str, Any], source: Source) -> bool:
    return (
        manifest.get("data", {}).get("sha256") == source.sha256
        and manifest.get("code_sha256") == code_version()
    )


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all, also when the power goes."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
