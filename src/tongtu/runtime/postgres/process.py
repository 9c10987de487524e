"""The server as a process: found by its pid and its folder, never by its name."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

from tongtu.kernel.errors import Broken
from tongtu.runtime.postgres.cluster import explain
from tongtu.runtime.postgres.place import SOCKET_PORT, Place, write_for

START_TIMEOUT_S = 120  # recovery after a crash included
ORPHANS_TIMEOUT_S = 15
FAST_STOP_TIMEOUT_S = 30
HARD_STOP_TIMEOUT_S = 10
POLL_S = 0.02
LOG_MAX_BYTES = 20 * 1024 * 1024
LOG_TAIL_LINES = 12
_PROC = Path("/proc")


def running_pid(data: Path) -> int | None:
    """Return the pid in postmaster.pid when that process lives and works in `data`."""
    pid = _locked_by(data)
    return pid if pid is not None and _works_in(pid, data) else None


def start_server(place: Place) -> None:
    """Start the server and wait until it answers.

    Raises:
        Broken: it does not start; the message says why and names the mend.
    """
    _clear_lock(place)
    _clear_sockets(place)
    if not place.log.exists() or place.log.stat().st_size > LOG_MAX_BYTES:
        write_for(place, place.log, "")
    read_from = place.log.stat().st_size
    started = place.run(
        place.data, "pg_ctl", "-w", "-t", str(START_TIMEOUT_S), "-l", "server.log", "start"
    )
    if started.returncode:
        said = place.log.read_bytes()[read_from:].decode(errors="replace")
        tail = "\n".join(said.splitlines()[-LOG_TAIL_LINES:])
        raise Broken(f"PostgreSQL did not start: {explain(tail or started.stderr, place)}")


def stop_server(place: Place) -> None:
    """End sessions and stop; everything acknowledged is on disk. Nothing to do when stopped.

    Raises:
        Broken: it does not stop.
    """
    for end, timeout_s in (
        (signal.SIGINT, FAST_STOP_TIMEOUT_S),
        (signal.SIGQUIT, HARD_STOP_TIMEOUT_S),
    ):
        pid = running_pid(place.data)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, end)
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if not _works_in(pid, place.data):
                return
            time.sleep(POLL_S)
    raise Broken(f"the server of {place.data} does not stop; look at {place.log}")


def _clear_lock(place: Place) -> None:
    """Remove a lock that a killed server left, once nothing of that server is alive."""
    pid = _locked_by(place.data)
    if pid is None:
        return
    # Sessions outlive a killed server by a moment and still write to its memory. PostgreSQL looks
    # for them by way of the lock, so the lock goes only after them.
    until = time.monotonic() + ORPHANS_TIMEOUT_S
    while _workers(place.data):
        if time.monotonic() > until:
            raise Broken(f"processes {_workers(place.data)} of a killed server still run")
        time.sleep(POLL_S)
    # The pid may be another program's by now, and PostgreSQL would take that for a server.
    (place.data / "postmaster.pid").unlink(missing_ok=True)


def _clear_sockets(place: Place) -> None:
    path = place.sockets / f".s.PGSQL.{SOCKET_PORT}"
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    except OSError:
        for left in place.sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)
        return
    raise Broken(f"another server answers on {path}; stop it, or move it away")


def _locked_by(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _works_in(pid: int, data: Path) -> bool:
    """Tell whether the process lives in `data`. A defunct process lives nowhere."""
    if not _PROC.joinpath("self").exists():
        with suppress(OSError):
            os.kill(pid, 0)
            return True
        return False
    try:
        return (_PROC / str(pid) / "cwd").samefile(data)
    except OSError:
        return False


def _workers(data: Path) -> list[int]:
    own = os.getpid()
    return [
        int(entry.name)
        for entry in _PROC.glob("[0-9]*")
        if int(entry.name) != own and _works_in(int(entry.name), data)
    ]
