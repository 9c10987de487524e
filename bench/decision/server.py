"""The columns of the bench as processes, each on a port of its own, ended by its own pid."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
_UVICORN = (
    "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log",
    "--log-level", "warning", "--ws", "none",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One side of the comparison."""

    name: str
    says: str
    command: tuple[str, ...]
    is_platform: bool = False  # the real server, with settings of its own
    ready: str = "/ready"


COLUMNS = (
    Column("bare", "plain ASGI function, nothing stored", (*_UVICORN, "bench.decision.bare:app")),
    Column(
        "fastapi",
        "FastAPI, pool of 16, one INSERT a request",
        (*_UVICORN, "bench.decision.fastapi_insert:app"),
    ),
    Column(
        "lane", "ASGI and a lane, one row a request", (*_UVICORN, "bench.decision.lane_row:app")
    ),
    Column("whole", "whole durable decision, tongtu serve", ("-m", "tongtu", "serve"), True),
    Column(
        "unbatched",
        "whole decision without lanes, 16 connections",
        ("-m", "bench.decision.unbatched"),
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class Running:
    """A column that answers."""

    column: Column
    pid: int
    port: int


@contextmanager
def running(column: Column, home: Path, dsn: str) -> Iterator[Running]:
    """Start the column, wait until it answers, and end it."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if "TONGTU" not in name}
    environment |= {"PYTHONPATH": "src:.", "BENCH_DSN": dsn}
    arguments = [sys.executable, *column.command]
    if column.is_platform:
        environment |= {
            "TONGTU_HOME": str(home),
            "TONGTU_DSN": dsn,
            "TONGTU_PORT": str(port),
            "TONGTU_LOG_LEVEL": "warning",
            "TONGTU_RULES": str(home.parent / "rules"),
            "TONGTU_BANK_URL": "http://127.0.0.1:9",  # must be named; no decision moves money
            # Processes that share a database share neither ids nor files.
            "TONGTU_GENERATOR": "0" if column.name == "whole" else "1",
        }
    else:
        arguments += ["--port", str(port)]
    log_path = home.parent / f"{column.name}.log"
    log = log_path.open("wb")
    process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
    try:
        if fault := _wait(process, port, column):
            raise SystemExit(f"{fault}:\n{log_path.read_text()[-2_000:]}")
        yield Running(column, process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(process: subprocess.Popen[bytes], port: int, column: Column) -> str:
    """Return what went wrong, "" when the column answers."""
    path = "/ready" if column.is_platform else "/"
    for _ in range(START_TIMEOUT_S * 10):
        if process.poll() is not None:
            return f"{column.name} ended by itself"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
                return ""
        except urllib.error.HTTPError as answer:
            if not column.is_platform and answer.code != 503:
                return ""  # it answers; the path is no matter
        except OSError:
            pass
        time.sleep(0.1)
    return f"{column.name} did not start"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
