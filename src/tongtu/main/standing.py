"""Makes an engine of what the registry says stands, or of what of it can be used.

A challenger that cannot be used is left out; without a champion nobody is scored, so the rules
refuse and a person decides the rest; rules whose golden cases fail give way to those published
before them. Never does a file decide that is not the one of the registered hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tongtu.kernel.errors import TongtuError
from tongtu.origination.api import DecisionEngine, load_engine, restore_engine, shipped_sources
from tongtu.risk.api import BadModel, Level, Model, Reading, RuleSet, Standing, prove, source_of
from tongtu.runtime.api import Runtime

CHAMPION, CHALLENGER, RULES = "champion", "challenger", "rules"
PARTS = (CHAMPION, CHALLENGER, RULES)


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything lies that decides."""

    runtime: Runtime
    pack: str
    rules: Path


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engine, and by part what is wrong with what could not be used."""

    engine: DecisionEngine
    faults: Mapping[str, str]


def load_standing(place: Place, found: Standing, earlier: Sequence[RuleSet]) -> Loaded:
    """Return the engine of the registry's models and rules, or of those that can be used.

    `earlier` are the rules published before, newest first.

    Raises:
        BadPack, BadTable, BadBook, BadCatalogue: what the release itself brings is not in order.
    """
    try:
        return Loaded(_engine(place, (found.champion, found.challenger), found.rules), {})
    except (TongtuError, OSError) as fault:
        whole = fault
    faults: dict[str, str] = {}
    champion = _usable(place, found.champion, CHAMPION, faults)
    challenger = _usable(place, found.challenger, CHALLENGER, faults)
    models = champion, None if champion is None else challenger
    for rules in (found.rules, *earlier):
        if rules is not None:
            try:
                return Loaded(_engine(place, models, rules), faults)
            except (TongtuError, OSError) as fault:
                faults.setdefault(RULES, str(fault))
    if not faults:
        raise whole
    return Loaded(_engine(place, models, None), faults)


def readings(found: Standing, faults: Mapping[str, str]) -> list[Reading]:
    """Return a reading of each part: loud where it cannot be used."""
    hashes = dict(zip(PARTS, found.hashes, strict=True))
    return [
        Reading(
            f"{part}_unusable",
            part,
            hashes[part],
            float(part in faults),
            0.0,
            Level.ALARM if part in faults else Level.QUIET,
        )
        for part in PARTS
    ]


def _usable(place: Place, model: Model | None, part: str, faults: dict[str, str]) -> Model | None:
    if model is None:
        return None
    try:
        prove(place.runtime.settings.home, model)
    except (TongtuError, OSError) as fault:
        faults[part] = str(fault)
        return None
    return model


def _engine(
    place: Place, models: tuple[Model | None, Model | None], rules: RuleSet | None
) -> DecisionEngine:
    """Load from the very files, which the version's row keeps for replays to come."""
    home, public = place.runtime.settings.home, place.runtime.public
    champion, beside = models
    shipped = shipped_sources(
        None if champion is None else source_of(home, champion),
        place.pack,
        None if beside is None else source_of(home, beside),
    )
    engine = load_engine(replace(shipped, rules=place.rules), public)
    if rules is not None:
        # Published rules over the release's: packed with the version like any other file.
        engine = restore_engine(engine.version.sources, public, None, rules.files)
    registered = tuple("" if one is None else one.hash for one in models)
    if (engine.version.model_hash, engine.version.challenger_hash) != registered:
        raise BadModel("a model's files are not those that were registered")
    return engine
