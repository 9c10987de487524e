"""What is read and proved once for all tests of a process, since nothing changes it."""

from pathlib import Path

from tongtu.origination.api import load_engine, shipped_sources

POINTS_TABLE = Path(__file__).parent / "data" / "points_table.json"
_SAMPLE = 20261124
_engines = {}


def shipped_engine(public):
    """Return the engine of the shipped rules and the points table, for these public ids."""
    face = public.show("application", _SAMPLE)
    if face not in _engines:
        _engines[face] = load_engine(shipped_sources(POINTS_TABLE), public)
    return _engines[face]
