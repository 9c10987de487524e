"""The bank simulator as a process of its own; it outlives a crash of ours, as a bank would.

Its pid and address stand in TONGTU_HOME/bank.json, so that the next start finds it again. Only a
process that is this simulator is ever ended, by its pid.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import get_logger

START_TIMEOUT_S = 20
ASK_TIMEOUT_S = 2
STOP_TIMEOUT_S = 5
_MODULE = "tongtu.simulators.bank"
# How often the demo's bank misbehaves, in the ways real ones do.
_MISCHIEF = (
    "--timeout-after-effect", "0.01", "--duplicate", "0.02", "--late", "0.02",
    "--lose-notice", "0.02", "--repeat-notice", "0.05", "--late-notice", "0.05",
)  # fmt: skip
# What the simulator is to do instead, in its own words: `--refuse 0.1 --seed 7`.
MISCHIEF = "BANK_SIMULATOR_OPTIONS"
# The simulator's own name of the variable; the secret is never an argument that others can list.
SECRET = "BANK_SIMULATOR_SECRET"  # noqa: S105 - the name of the variable, not a secret
log = get_logger("bank")


@dataclass(frozen=True, slots=True)
class BankProcess:
    """A running bank simulator."""

    pid: int
    url: str


async def find_or_start(home: Path, secret: bytes) -> BankProcess:
    """Return the simulator of this home, started when none answers.

    Raises:
        Broken: it does not start.
    """
    note = home / "bank.json"
    found = _read(note)
    if found is not None and _is_ours(found.pid) and await _answers(found.url):
        return found
    if found is not None:
        await stop(found)
    started = await _start(home, secret)
    note.write_text(json.dumps({"pid": started.pid, "url": started.url}), encoding="utf-8")
    return started


async def tell_address(bank: BankProcess, address: str) -> bool:
    """Tell the simulator where its notices go; False when it does not take the address."""
    try:
        async with httpx.AsyncClient(timeout=ASK_TIMEOUT_S, trust_env=False) as client:
            answer = await client.post(f"{bank.url}/callback", content=address.encode())
    except httpx.HTTPError:
        return False
    return answer.is_success


async def stop(bank: BankProcess) -> None:
    """End the simulator by its pid, and wait until it is gone."""
    if not _is_ours(bank.pid):
        return
    with suppress(ProcessLookupError):
        os.kill(bank.pid, signal.SIGTERM)
    for _ in range(STOP_TIMEOUT_S * 20):
        if not _is_ours(bank.pid):
            return
        await asyncio.sleep(0.05)
    log.warning("bank_does_not_end", pid=bank.pid)


async def _start(home: Path, secret: bytes) -> BankProcess:
    output = (home / "bank.log").open("ab")
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            "--data",
            str(home / "bank.journal"),
            *(os.environ.get(MISCHIEF) or " ".join(_MISCHIEF)).split(),
            env=os.environ | {SECRET: secret.hex()},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal is ours to hear
        )
    finally:
        output.close()
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)).decode()
    except TimeoutError:
        line = ""
    try:
        port = int(json.loads(line)["port"])
    except (ValueError, KeyError, TypeError):
        raise Broken(f"the bank simulator does not start; see {home / 'bank.log'}") from None
    return BankProcess(process.pid, f"http://127.0.0.1:{port}")


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=ASK_TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(f"{url}/payments/none")
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.NOT_FOUND


def _read(note: Path) -> BankProcess | None:
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        return BankProcess(int(content["pid"]), str(content["url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_ours(pid: int) -> bool:
    """Tell whether the pid is a bank simulator: pids are used again by strangers."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return _MODULE.encode() in command and state != "Z"
