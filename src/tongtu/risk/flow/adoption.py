"""Which models score: the registry's rows and the files together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tongtu.kernel.errors import BadInput, TongtuError
from tongtu.risk.bundle import MANIFEST, load_model, load_studied
from tongtu.risk.files import FOLDER, SHORT, TABLE, load_manifest, load_scorecard, trained_last
from tongtu.risk.model import Model, Move, RuleStatus, Status
from tongtu.risk.store import registry
from tongtu.risk.store.rule_set import RuleSet, rules_standing
from tongtu.runtime.api import Connection, Runtime

_FIRST = "the first model: nothing decided before it"
POINTS_TABLE, STUDY = "points_table", "study"


@dataclass(frozen=True, slots=True)
class Standing:
    """What scores now, the models of both places, and whether both are stopped."""

    champion: Model
    challenger: Model | None
    is_stopped: bool
    rules: RuleSet | None = None  # published ones, over the release's
    fault: str = ""  # why the model trained last could not be registered

    @property
    def hashes(self) -> tuple[str, str, str]:
        """The hashes of champion, challenger and published rules; empty: there is none."""
        return (
            self.champion.hash,
            "" if self.challenger is None else self.challenger.hash,
            "" if self.rules is None else self.rules.hash,
        )


async def adopt(connection: Connection, runtime: Runtime) -> Standing | None:
    """Register the model trained last, make it champion if there is none; return what stands.

    A later model waits as a draft: which of two decides is two persons' choice. One that cannot be
    registered is named in `fault` and changes nothing. None until the first one is trained.

    Raises:
        NoModel: the files of the first model are not here.
        BadModel: they were changed.
    """
    models, fault = await registry.standing(connection), ""
    champion = models.get(Status.CHAMPION)
    if champion is None:
        champion = await _begin(connection, runtime)
        if champion is None:
            return None
    else:
        fault = await _add_later(connection, runtime, champion)
    stopped = await registry.is_stopped(connection)
    rules = (await rules_standing(connection)).get(RuleStatus.PUBLISHED)
    return Standing(champion, models.get(Status.SHADOW), stopped, rules, fault)


async def _begin(connection: Connection, runtime: Runtime) -> Model | None:
    """Make the model trained last the first champion; None: there is none."""
    home, at = runtime.settings.home, runtime.clock.now()
    last = trained_last(home)
    if last is None:
        return None
    await registry.register(connection, last, load_manifest(home, last), at)
    load_scorecard(home, last)  # a model that cannot be read never becomes the champion
    await registry.lock(connection)
    first = Move(last, Status.DRAFT, Status.CHAMPION, None, _FIRST, at)
    return await registry.set_status(connection, runtime.ids.new(0), first)


async def _add_later(connection: Connection, runtime: Runtime, champion: Model) -> str:
    """Register the model trained last as a draft; return what stands against it, "" if nothing.

    Nothing about a draft may keep the champion from deciding, or a stop from being heard.
    """
    home = runtime.settings.home
    try:
        last = trained_last(home)
        if last is not None and last != champion.hash:
            manifest = load_manifest(home, last)
            async with connection.transaction():  # what fails here leaves the outer one whole
                await registry.register(connection, last, manifest, runtime.clock.now())
    except (TongtuError, asyncpg.DataError, OSError, ValueError) as fault:
        return str(fault)
    return ""


def folder_of(home: Path, model_hash: str) -> Path:
    """Return where the files of a model lie."""
    return home / FOLDER / model_hash[:SHORT]


def source_of(home: Path, model: Model) -> Path:
    """Return what a decision version is loaded from: a study's folder, a points table's file."""
    folder = folder_of(home, model.hash)
    return folder if model.kind == STUDY else folder / TABLE


def prove(home: Path, model: Model) -> None:
    """Read a model's files as the lane would.

    Raises:
        NoModel, BadModel: they are not here, or were changed.
        BadInput: it reads what no application of the platform has.
    """
    if model.kind != STUDY:
        load_scorecard(home, model.hash)
    elif load_studied(folder_of(home, model.hash)).hash != model.hash:
        raise BadInput("another model lies in this model's folder", code="other_model")


def damaged(home: Path) -> list[str]:
    """Return the folders of models whose bytes are not those they were written with."""
    found = []
    for manifest in sorted((home / FOLDER).glob(f"*/{MANIFEST}")):
        folder = manifest.parent
        try:
            if (folder / TABLE).exists():
                made = hashlib.sha256((folder / TABLE).read_bytes()).hexdigest()
            else:
                made = load_model(folder)[0].hash
        except (TongtuError, OSError):
            made = ""
        if made[:SHORT] != folder.name:
            found.append(folder.name)
    return found


async def register_study(connection: Connection, runtime: Runtime, model_hash: str) -> Model:
    """Register a study whose files lie in TONGTU_HOME/models/<first 12 of its hash>, as a draft.

    Raises:
        NoModel, BadModel: they are not there, or one byte of them was changed.
        BadInput: `other_model`: another one lies there.
    """
    folder = folder_of(runtime.settings.home, model_hash)
    scorer, manifest = load_model(folder)
    if scorer.hash != model_hash:
        raise BadInput(f"another model lies in {folder.name}/{MANIFEST}", code="other_model")
    return await registry.register(connection, model_hash, manifest, runtime.clock.now())
