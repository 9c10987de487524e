"""`PYTHONPATH=src python -m bench.quote`: quotes for goods pages beside a bare endpoint.

Fifty products, twenty lenders, four terms; the real routes behind the gate. "fresh" asks another
price each time, "pages" one of a thousand. CPU of the server's process, interleaved rounds.
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
from pathlib import Path

from bench.decision.cpu import seconds as cpu_seconds
from bench.decision.server import _UVICORN, Column, running

NOT_HERE = 3
SCRIPT = Path(__file__).with_name("load.lua")
BARE = Column("bare", "decodes, answers at once", (*_UVICORN, "bench.quote.bare:app"))
OURS = Column("quotes", "routes of the platform", ("-m", "bench.quote.platform"))
WAYS = (("bare", BARE, 10**7), ("fresh", OURS, 10**7), ("pages", OURS, 1_000))
WARM_S = 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed; on Debian: apt-get install wrk", file=sys.stderr)
        return NOT_HERE
    rounds = [_round(arguments, n) for n in range(arguments.rounds)]
    for name, *_ in WAYS:
        print(_line(name, rounds))
    print(f"{len(rounds)} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return 1 if any(one["broken"] + one["refused"] for r in rounds for one in r.values()) else 0


def _round(arguments, number):
    found = {}
    turn = number % len(WAYS)
    for name, column, prices in WAYS[turn:] + WAYS[:turn]:
        with tempfile.TemporaryDirectory() as home, running(column, Path(home), "") as side:
            url = f"http://127.0.0.1:{side.port}"
            _load(url, prices, WARM_S, arguments.connections, 0)
            before = cpu_seconds(side.pid)
            told = _load(url, prices, arguments.seconds, arguments.connections, 5_000_000)
            spent_s = cpu_seconds(side.pid) - before
        told["rate"] = told["requests"] / told["seconds"]
        told["cpu_us"] = 1e6 * spent_s / told["requests"]
        found[name] = told
    return found


def _load(url, prices, seconds, connections, first):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT),
         url, "--", str(prices), str(first)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.rpartition("RESULT ")[2])


def _line(name, rounds):
    rate = statistics.median(r[name]["rate"] for r in rounds)
    ratio = sorted(r[name]["rate"] / r["bare"]["rate"] for r in rounds)
    cpu = statistics.median(r[name]["cpu_us"] for r in rounds)
    p99 = sorted(r[name]["p99_us"] / 1000 for r in rounds)
    return (
        f"{name:6} {rate:9,.0f}/s  of bare {statistics.median(ratio):.2f}"
        f" ({ratio[0]:.2f}-{ratio[-1]:.2f})  CPU {cpu:6.0f} us"
        f"  p99 {statistics.median(p99):.1f} ms ({p99[0]:.1f}-{p99[-1]:.1f})"
    )


if __name__ == "__main__":
    sys.exit(main())
