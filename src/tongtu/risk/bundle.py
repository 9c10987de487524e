"""A studied model as files, read only while every byte is as it was written.

`manifest.json` names the sha256 of each file and carries its own hash; a folder with one changed
byte, a missing file or an unknown one is refused whole. No pickle, nothing that runs code.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongtu.risk.model import BadModel, NoModel
from tongtu.risk.rules.cells import load_columns, write_columns
from tongtu.risk.rules.forest import Forest
from tongtu.risk.rules.scorer import Input, Mix, Scorer
from tongtu.risk.rules.steps import PointsTable
from tongtu.risk.rules.studied import Studied

SCHEMA = 1
KIND = "study"
MANIFEST = "manifest.json"
COLUMNS, CHAMPION, CHALLENGER, BLEND = (
    "columns.json", "champion.json", "challenger.json", "blend.json",
)  # fmt: skip
READ = (COLUMNS, CHAMPION, CHALLENGER, BLEND)
# What scoring needs; the rest tells of the model.
STUDY_FILES = (*READ, MANIFEST)
# 2,000 trees have about 2 MB.
FILE_BYTES_MAX = 20_000_000


def written(scorer: Scorer) -> dict[str, bytes]:
    """Return the files that a scorer is read from."""
    inputs = [
        {"column": one.place, "special": list(one.specials), "is_kind": one.is_kind}
        for one in scorer.inputs
    ]
    mix = {name: getattr(scorer.mix, name) for name in Mix.__slots__}
    return {
        COLUMNS: canonical({"columns": write_columns(scorer.columns), "inputs": inputs}),
        CHAMPION: canonical(scorer.table.written()),
        CHALLENGER: _compact(scorer.forest.written()),
        BLEND: canonical(mix),
    }


def read(files: Mapping[str, bytes]) -> Scorer:
    """Return the scorer of its files. Raises BadModel."""
    try:
        value = {name: json.loads(files[name]) for name in READ}
        columns = load_columns(value[COLUMNS]["columns"])
        inputs = [
            Input(int(one["column"]), tuple(map(float, one["special"])), bool(one["is_kind"]))
            for one in value[COLUMNS]["inputs"]
        ]
        mix = Mix(**{name: float(value[BLEND][name]) for name in Mix.__slots__})
    except (KeyError, TypeError, ValueError) as error:
        raise BadModel("a model's files cannot be read") from error
    if not all(0 <= one.place < len(columns) for one in inputs):
        raise BadModel("a model reads known columns")
    table = PointsTable.load(value[CHAMPION], len(columns))
    return Scorer(columns, table, Forest.load(value[CHALLENGER], len(columns)), inputs, mix)


def seal(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the model's hash and the manifest's bytes: it names every file by its sha256."""
    body = dict(manifest) | {
        "schema": SCHEMA,
        "kind": KIND,
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
    }
    model_hash = _sha256(canonical(body))
    return model_hash, canonical({"hash": model_hash} | body)


def save_model(folder: Path, files: Mapping[str, bytes], manifest: bytes) -> None:
    """Write a model's files; the manifest comes last: a folder without it is no model."""
    for name, content in [*sorted(files.items()), (MANIFEST, manifest)]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


def load_model(folder: Path) -> tuple[Scorer, dict[str, Any]]:
    """Return the scorer of a folder, and its manifest.

    Raises:
        NoModel: there is none.
        BadModel: a byte was changed, or the files are no model.
    """
    manifest = _manifest(_content(folder / MANIFEST))
    files = {}
    for name, expected in manifest["files"].items():
        content = _content(folder / name)
        if _sha256(content) != expected:
            raise BadModel(f"the model's file {name} was changed")
        files[name] = content
    scorer = read(files)
    scorer.hash = manifest["hash"]
    return scorer, manifest


def load_studied(folder: Path) -> Studied:
    """Return the model of a folder as the decision lane scores by it.

    Of the files only those that are read are needed: a version of decisions keeps no plots.

    Raises:
        NoModel, BadModel: as `load_model`.
        BadInput: `foreign_columns`: it reads what no application of the platform has.
    """
    manifest = _manifest(_content(folder / MANIFEST))
    files = {name: _content(folder / name) for name in READ}
    for name, content in files.items():
        if _sha256(content) != manifest["files"][name]:
            raise BadModel(f"the model's file {name} was changed")
    scorer = read(files)
    scorer.hash = manifest["hash"]
    lines = manifest.get("lines", {})
    return Studied(scorer, lines.get("approve"), lines.get("decline"))


def canonical(value: Any) -> bytes:
    """Return the JSON bytes of a value, the same on every machine."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _compact(value: Any) -> bytes:
    return (json.dumps(value, separators=(",", ":"), allow_nan=False) + "\n").encode()


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
        body = {key: value for key, value in manifest.items() if key != "hash"}
        is_whole = manifest["hash"] == _sha256(canonical(body))
        is_known = manifest["kind"] == KIND and manifest["schema"] == SCHEMA
        names = set(manifest["files"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadModel("the model's manifest cannot be read") from error
    # The bytes too: a manifest that says the same in other bytes was not written by us.
    if not is_whole or content != canonical(manifest):
        raise BadModel("the model's manifest was changed")
    if not is_known or not set(READ) <= names:
        raise BadModel(f"a model of kind {KIND}, schema {SCHEMA} is needed")
    if any(".." in name or name.startswith("/") for name in names):
        raise BadModel("a model's files lie in its folder")
    return dict(manifest)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise BadModel(f"the model's file {path.name} is too large")
        return path.read_bytes()
    except FileNotFoundError as error:
        if path.name == MANIFEST:
            raise NoModel(f"there is no model in {path.parent}") from error
        raise BadModel(f"the model's file {path.name} is not there") from error
    except OSError as error:
        raise BadModel(f"the model's file {path.name} cannot be read") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
