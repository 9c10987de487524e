"""The anchor of the settings, opened beside the start: nowhere, a file, a contract on a chain."""

from __future__ import annotations

from tongtu.evidence.api import Anchoring, log_signer
from tongtu.runtime.api import Runtime
from tongtu.witness.api import open_anchor


class Anchors:
    """Anchors checkpoints as the settings say; without the setting it does nothing."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._worker: Anchoring | None = None

    async def start(self) -> None:
        """Begin.

        Raises:
            BadInput: the setting names no place.
            Broken: it names a chain, and the extra `chain` is not installed.
        """
        settings = self._runtime.settings
        if settings.anchor is None:
            return
        key = log_signer(self._runtime).key
        backend = open_anchor(settings.anchor, key, settings.anchor_secret)
        self._worker = Anchoring(self._runtime, backend, key)
        await self._worker.start()

    async def stop(self) -> None:
        """Stop."""
        if self._worker is not None:
            await self._worker.stop()
