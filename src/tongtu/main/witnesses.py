"""Who watches the evidence log from outside; in demo mode four witness processes on this machine.

Each has its own folder, key and memory. They end with this process, however it ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

from tongtu.evidence.api import Cosigning, HttpWitness, log_signer
from tongtu.funding.api import Book
from tongtu.kernel.errors import BadInput, Broken
from tongtu.runtime.api import Runtime, get_logger
from tongtu.witness.api import WitnessKey

FOLDER = "witness"
# The platform watches itself, two lenders and the regulator watch it.
_PLATFORM, _REGULATOR, _LENDERS = "platform", "regulator", 2
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5
log = get_logger("witnesses")


class Witnesses:
    """Opens the lines to the witnesses beside the start, and gathers their co-signatures."""

    def __init__(self, runtime: Runtime, book: Book) -> None:
        self._runtime = runtime
        self._book = book
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None
        self.processes: list[asyncio.subprocess.Process] = []
        # Started at the log's first entry: before there is nothing to watch, and much else to do.
        open_demo = self._open if runtime.settings.demo else None
        self._cosigning = Cosigning(runtime, runtime.settings.witness_quorum, open_demo)

    async def start(self) -> None:
        """Begin; without witnesses a checkpoint is the log's word alone.

        Raises:
            BadInput: a key in the settings is none, or one witness is named twice.
        """
        settings = self._runtime.settings
        given = {WitnessKey.read(key): url for key, url in settings.witness_addresses().items()}
        if len({key.public for key in given}) < len(settings.witness_addresses()):
            raise BadInput("setting witnesses names one witness twice")
        self._cosigning.lines = [self._line(key, url) for key, url in given.items()]
        await self._cosigning.start()

    async def stop(self) -> None:
        """Stop gathering and end the processes."""
        await self._cosigning.stop()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    def names(self) -> list[str]:
        """Return who the demo's witnesses are."""
        lenders = [one.id.replace("_", "-") for one in self._book.everybody()][:_LENDERS]
        return [_PLATFORM, *lenders, _REGULATOR]

    def _open(self) -> None:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_safely(), name="open witnesses")

    async def _open_safely(self) -> None:
        lines = []
        for name in self.names():  # one after the other
            try:
                lines.append(await self._begin(name))
            except (Broken, BadInput, OSError) as fault:
                log.error("witness_does_not_start", witness=name, exc_info=fault)
            self._cosigning.lines = tuple(lines)

    async def _begin(self, name: str) -> HttpWitness:
        """Start a witness; return the line to it. Raises Broken: it does not start."""
        home = self._runtime.settings.home / FOLDER / name
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (home / "witness.log").open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tongtu", "witness", "--home", str(home)),
                *("--name", name, "--log", log_signer(self._runtime).key.show()),
                "--ends-with-stdin",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal is ours to hear
            )
        self.processes.append(process)
        self._stack.push_async_callback(_end, process)
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
            told: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError):
            raise Broken(f"the witness {name} does not start; see {home}/witness.log") from None
        return self._line(
            WitnessKey.read(str(told["witness"])), f"http://127.0.0.1:{int(told['port'])}"
        )

    def _line(self, key: WitnessKey, url: str) -> HttpWitness:
        line = HttpWitness(key, url)
        self._stack.push_async_callback(line.close)
        return line


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a witness by closing its pipe, and by its pid when it does not hear that."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.terminate()
        await process.wait()
