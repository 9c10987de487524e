"""Which model decides: the registry row and the files together."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tongtu.risk.files import load_manifest, load_scorecard, trained_last
from tongtu.risk.rules.scorecard import Scorecard
from tongtu.risk.store.registry import activate, active, register
from tongtu.runtime.api import Connection


async def adopt(connection: Connection, home: Path, at: datetime) -> Scorecard | None:
    """Register the model trained last, activate it if none was ever active; return the active one.

    A later model waits in the registry: which of two decides is a person's choice (`activate`).
    None until the first one is trained.

    Raises:
        NoModel: the files of the active model are not here.
        BadModel: they were changed.
    """
    last = trained_last(home)
    if last is not None:
        await register(connection, last, load_manifest(home, last), at)
    champion = await active(connection)
    if champion is None and last is not None:
        load_scorecard(home, last)  # a model that cannot be read never becomes the active one
        champion = await activate(connection, last, at)
    return None if champion is None else load_scorecard(home, champion.hash)
