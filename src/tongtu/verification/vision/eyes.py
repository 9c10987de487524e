"""Asks the process that looks at pictures: starts it on first use, bounds it, replaces it.

A picture is held to its bounds here, before it is sent: nobody decodes what is not within them.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

import tongtu
from tongtu.kernel.errors import BadInput, NotReady, Overloaded
from tongtu.runtime.api import get_logger
from tongtu.verification.rules.face import Face
from tongtu.verification.vision.bounds import measure
from tongtu.verification.vision.protocol import (
    LENGTH,
    MESSAGE_BYTES_MAX,
    Done,
    Job,
    Text,
    framed,
)

# The whole of a job as its asker waits for it, loading of the models and a busy machine included.
JOB_TIMEOUT_S = 60.0
FINGERS_TIMEOUT_S = 600.0
STOP_TIMEOUT_S = 5.0
# Each waits for those before it: a card takes about a second.
WAITING_MAX = 8
log = get_logger("eyes")
_SLOW = "too_slow"
_TEXTS = {
    "picture_unreadable": "the picture cannot be read; please take it again",
    "picture_too_heavy": "the picture is too heavy to be looked at",
}


class Eyes:
    """One process that looks, one picture at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def read(self, picture: bytes) -> tuple[Text, ...]:
        """Return the lines of text in a picture.

        Raises:
            BadInput: as `measure`; `picture_unreadable`, `picture_too_heavy`.
            NotReady: `not_installed`: the extra `identity` is not there.
            Overloaded: too many pictures wait.
        """
        return (await self._look("read", picture)).texts

    async def faces(self, picture: bytes) -> tuple[Face, ...]:
        """Return the faces in a picture, the largest first. Raises as `read`."""
        found = await self._look("faces", picture)
        return tuple(Face(*one.box, one.points, one.numbers) for one in found.faces)

    async def fingers(self, one: bytes, other: bytes) -> int:
        """Return how much two prints have in common (Bozorth3). Raises as `read`."""
        measure(other)
        return (await self._look("fingers", one, other)).score

    async def stop(self) -> None:
        """End the process by its own pipe, and by its pid when it does not hear that."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            await _kill(process)

    @property
    def pid(self) -> int | None:
        """The process that looks now, for those who measure it."""
        return None if self._process is None else self._process.pid

    async def _look(self, kind: str, picture: bytes, other: bytes = b"") -> Done:
        measure(picture)
        if self._waiting >= WAITING_MAX:
            raise Overloaded("too many pictures at once; try again", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._turn:
                done = await self._ask(Job(kind, picture, other))
        finally:
            self._waiting -= 1
        if done.fault == "not_installed":
            raise NotReady(
                "pictures cannot be looked at: install the extra, tongtu[identity]",
                code="not_installed",
            )
        if done.fault == _SLOW:
            raise Overloaded("the picture could not be looked at in time", retry_after_s=30)
        if done.fault:
            raise BadInput(_TEXTS[done.fault], code=done.fault)
        return done

    async def _ask(self, job: Job) -> Done:
        """Send a job and read its answer; a process that ends or hangs over it is replaced."""
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(framed(job))
            async with asyncio.timeout(
                FINGERS_TIMEOUT_S if job.kind == "fingers" else JOB_TIMEOUT_S
            ):
                await process.stdin.drain()
                (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                body = await process.stdout.readexactly(min(length, MESSAGE_BYTES_MAX))
            return msgspec.msgpack.decode(body, type=Done)
        except (TimeoutError, OSError, EOFError, msgspec.MsgspecError) as fault:
            self._process = None
            await _kill(process)
            log.warning("eyes_replaced", pid=process.pid, code=process.returncode, why=repr(fault))
            # Ended by the kernel's bounds, or not done in time: then the machine may be at fault.
            return Done(fault=_SLOW if isinstance(fault, TimeoutError) else "picture_too_heavy")
        except asyncio.CancelledError:  # its answer would be taken for the next one's
            self._process = None
            await asyncio.shield(_kill(process))
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tongtu.verification.vision",
                env=_environment(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal is ours to hear
            )
        return self._process


def _environment() -> dict[str, str]:
    """Return the environment of the process: this package's folder, one thread, no warnings."""
    source = str(Path(tongtu.__file__).parent.parent)
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **own}


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
