"""The real runtime on a server that a bench started for itself, with keys of its own."""

from __future__ import annotations

from pathlib import Path

from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.runtime.api import (
    Database,
    Keys,
    Runtime,
    Settings,
    SystemClock,
    SystemEntropy,
    system_ms,
)

STATEMENT_S = 60


def runtime_on(dsn: str, home: Path, statement_s: int = STATEMENT_S) -> Runtime:
    """Return the runtime; its pool is not opened yet. `statement_s` bounds each statement."""
    entropy = SystemEntropy()
    return Runtime(
        settings=Settings(home=home, dsn=dsn),
        database=Database(dsn, statement_timeout_s=statement_s),
        clock=SystemClock(),
        ids=IdSource(system_ms),
        public=PublicIds(entropy.bytes(32)),
        keys=Keys(entropy.bytes(32), entropy),
        entropy=entropy,
    )
