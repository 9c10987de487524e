"""A simulator of the demo: a process that ends with this one, however that ends."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import Broken

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5


async def begin(
    stack: AsyncExitStack, home: Path, name: str, options: str, secrets: Mapping[str, str]
) -> dict[str, Any]:
    """Start a simulator and return what it told; `stack` ends it. Raises Broken: it does not start.

    What it writes goes to `<name>.log` in `home`.
    """
    with (home / f"{name}.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"tongtu.simulators.{name}",
            *options.split(),
            env={**os.environ, **secrets},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal is ours to hear
        )
    stack.push_async_callback(_end, process)
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        told: dict[str, Any] = json.loads(line)
    except (TimeoutError, ValueError):
        raise Broken(f"the {name} simulator does not start; see {name}.log") from None
    return told


def url_of(told: Mapping[str, Any]) -> str:
    """Return the address of a simulator by what it told."""
    return f"http://127.0.0.1:{int(told['port'])}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a simulator by closing its pipe, and by its pid when it does not hear that."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.terminate()
        await process.wait()
