"""`PYTHONPATH=src python -m bench.shell`: what HTTP costs around a decision, at either door.

Every request is an application of the load script of bench.decision, answered at once and stored
nowhere; "bare" is an ASGI function that decodes it. CPU of the server's process, in interleaved
rounds; ratios are made within a round. Exit 3 when wrk or the demo data is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.decision.__main__ import NOT_HERE, SCRIPT
from bench.decision.cpu import seconds as cpu_seconds
from bench.decision.seed import TOKENS, train, write_bodies, write_tokens
from bench.decision.server import COLUMNS, Column, running
from bench.serving import KEY

from tongtu.identity.api import Caller, Role
from tongtu.identity.store.token import Found
from tongtu.runtime.api import Keys, SystemEntropy

APPLY = "/v1/applications"
BARE = next(one for one in COLUMNS if one.name == "bare")
SHELL = Column("shell", "both doors over lanes that answer at once", ("-m", "bench.shell.platform"))
WARM_S = 1
PARTIES = 100_000


@dataclass(frozen=True, slots=True)
class Way:
    """One way in."""

    name: str
    says: str
    column: Column
    path: str


WAYS = (
    Way("bare", "plain ASGI function on uvicorn, only decodes", BARE, APPLY),
    Way("ordinary", "Litestar route behind the gate", SHELL, f"{APPLY}?"),
    Way("hot", "hot door in the server's protocol", SHELL, APPLY),
)


def main() -> int:
    arguments = _arguments()
    if shutil.which("wrk") is None:
        print("wrk is not installed; on Debian: apt-get install wrk", file=sys.stderr)
        return NOT_HERE
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        train(folder / "home")
        write_bodies(folder / "home", folder / "bodies")
        until = datetime.now(UTC) + timedelta(days=1)
        borrowers = [Caller(Role.BORROWER, n << 22, 0, 0) for n in range(1, PARTIES + 1)]
        found = [Found(one, until) for one in borrowers]
        write_tokens((Keys(KEY, SystemEntropy()), b""), found, folder / TOKENS)
        rounds = [_round(folder, arguments, number) for number in range(arguments.rounds)]
    print(_text(rounds))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rounds, indent=2), encoding="utf-8")
    return 1 if any(way["errors"] for one in rounds for way in one.values()) else 0


def _round(folder: Path, arguments: argparse.Namespace, number: int) -> dict[str, dict[str, float]]:
    found = {}
    turn = number % len(WAYS)
    for way in WAYS[turn:] + WAYS[:turn]:
        with _started(way, folder) as (pid, url):
            _load(way, url, folder, WARM_S, arguments.connections)
            before = cpu_seconds(pid)
            told = _load(way, url, folder, arguments.seconds, arguments.connections)
            spent_s = cpu_seconds(pid) - before
        found[way.name] = {
            "cpu_us": 1e6 * spent_s / told["requests"],
            "rate": told["requests"] / told["seconds"],
            "errors": told["broken"] + told["refused"],
        }
    return found


@contextmanager
def _started(way: Way, folder: Path) -> Iterator[tuple[int, str]]:
    with running(way.column, folder / "home", "") as side:
        yield side.pid, f"http://127.0.0.1:{side.port}"


def _load(way: Way, url: str, folder: Path, seconds: int, connections: int) -> dict[str, float]:
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT),
         url, "--", way.path, "0", str(PARTIES), str(folder / TOKENS), str(folder / "bodies")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout.rpartition("RESULT ")[2])
    return told


def _text(rounds: list[dict[str, dict[str, float]]]) -> str:
    lines = [f"{'way':10}{'CPU us a request':>24}{'of bare':>20}{'requests/s':>22}"]
    for way in WAYS:
        cpu = _spread([one[way.name]["cpu_us"] for one in rounds], "4.0f")
        share = _spread([one[way.name]["cpu_us"] / one["bare"]["cpu_us"] for one in rounds], "4.2f")
        rate = _spread([one[way.name]["rate"] for one in rounds], ",.0f")
        lines.append(f"{way.name:10}{cpu:>24}{share:>20}{rate:>22}   {way.says}")
    load = os.getloadavg()[0]
    lines.append(f"{len(rounds)} interleaved rounds; {os.cpu_count()} cores; load {load:.1f}")
    return "\n".join(lines)


def _spread(values: list[float], form: str) -> str:
    middle = statistics.median(values)
    return f"{middle:{form}} ({min(values):{form}}-{max(values):{form}})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.shell", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--json", help="also write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
