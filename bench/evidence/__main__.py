"""`PYTHONPATH=src python -m bench.evidence`: what the log costs a transfer, and what it finds.

Rounds run every column once, in turning order, on one durable server; ratios are made within a
round. Then a log of 100,000 entries is written, exported as tiles, every proof verified offline,
and copies of it are changed in five ways, each of which must be named.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from bench.evidence.logged import BARE, BATCH, EACH, NAMES, Book, run_logged
from bench.evidence.tampered import tamper
from bench.ledger.__main__ import DURABLE, SHARED_MB, _runtime
from bench.ledger.lane import Workload
from bench.ledger.measure import Meter, Run

from tongtu.evidence.api import inside, log_signer, proof, to_bundle, verify
from tongtu.runtime.api import EmbeddedPostgres, Runtime, migrate

OWNERS = 20_000
GOAL = 0.9
PROOFS = 500


def main() -> int:
    """Measure, print, and return 1 when a goal is missed or a change was not named."""
    arguments = _arguments()
    figures = uvloop.run(_bench(arguments))
    is_met = _print(figures)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0 if is_met else 1


async def _bench(arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as home:
        async with EmbeddedPostgres(Path(home), shared_mb=SHARED_MB) as own:
            runtime = _runtime(own.dsn, Path(home))
            await migrate(runtime.database)
            await runtime.database.open()
            try:
                figures, kept = await _rates(runtime, arguments)
                figures["proof"] = await _proofs(runtime)
                figures["inside"] = await _inside_proofs(runtime, kept)
            finally:
                await runtime.database.close()
    return figures | {"tampered": tamper(arguments.leaves)}


async def _rates(
    runtime: Runtime, arguments: argparse.Namespace
) -> tuple[dict[str, Any], dict[int, list[bytes]]]:
    """Return the figures of all rounds, and what was kept of batches to prove from."""
    workload = Workload(runtime, OWNERS, seed=20261124)
    await workload.open()
    watcher = await runtime.database.lane_connection()
    rounds: list[dict[str, Run]] = []
    try:
        await _check_durable(watcher)
        meter, key = Meter(watcher), runtime.entropy.bytes(32)
        kept: dict[int, list[bytes]] = {}
        for number in range(-1, arguments.rounds):  # the first warms up
            turned = NAMES[number % 3 :] + NAMES[: number % 3]
            one = {
                name: await run_logged(
                    workload,
                    Book(runtime, name, key, kept),
                    (arguments.callers, arguments.seconds),
                    meter,
                )
                for name in turned
            }
            if number >= 0:
                rounds.append(one)
                told = ", ".join(f"{name} {one[name].rate:,.0f}/s" for name in NAMES)
                print(f"round {number + 1}/{arguments.rounds}: {told}", file=sys.stderr)
    finally:
        await watcher.close()
    figures = {
        "rate": {name: _spread([one[name].rate for one in rounds]) for name in NAMES},
        "cpu_us": {name: _spread([one[name].cpu_us for one in rounds]) for name in NAMES},
        "wal_bytes": {
            name: _spread([one[name].wal_bytes_each for one in rounds]) for name in NAMES
        },
        "ratio": {
            name: _spread([one[name].rate / one[BARE].rate for one in rounds])
            for name in (EACH, BATCH)
        },
        "load": _spread([run.load for one in rounds for run in one.values()]),
        "callers": arguments.callers,
        "seconds": arguments.seconds,
    }
    return figures, kept


async def _check_durable(connection: asyncpg.Connection) -> None:
    for setting in DURABLE:
        found = await connection.fetchval(f"SHOW {setting}")
        if found != "on":
            raise SystemExit(f"not durable: {setting} is {found}")


async def _proofs(runtime: Runtime) -> dict[str, Any]:
    """Make and verify proofs of entries spread over the whole log of this bench."""
    key = log_signer(runtime).key
    trusted = key.show()
    async with runtime.database.reading() as connection:
        subjects = [
            row["subject"]
            for row in await connection.fetch(
                "SELECT subject FROM evidence.leaf WHERE position % greatest(1, (SELECT size FROM"
                " evidence.cursor) / $1) = 0 ORDER BY position LIMIT $1",
                PROOFS,
            )
        ]
        began = time.perf_counter()
        found = [await proof(connection, "movement", subject) for subject in subjects]
        made_us = 1e6 * (time.perf_counter() - began) / len(found)
    bundles = [to_bundle(one, key) for one in found]
    began_cpu = time.process_time()
    if not all(verify(bundle, trusted).is_valid for bundle in bundles):
        raise RuntimeError("a proof does not hold")
    verified_us = 1e6 * (time.process_time() - began_cpu) / len(bundles)
    size = statistics.median(32 * len(one.path) for one in found)
    return {"made_us": made_us, "verified_us": verified_us, "path_bytes": size,
            "proofs": len(found), "entries": found[0].size}  # fmt: skip


async def _inside_proofs(runtime: Runtime, kept: dict[int, list[bytes]]) -> dict[str, Any]:
    """Make and verify proofs of single transfers whose commit has one leaf."""
    key = log_signer(runtime).key
    trusted = key.show()
    batches = list(kept.items())[-PROOFS:]
    bundles, sizes = [], []
    async with runtime.database.reading() as connection:
        began = time.perf_counter()
        for number, hashes in batches:
            place = number % len(hashes)
            leaf, path = await proof(connection, "movement", number), inside(hashes, place)
            bundles.append(to_bundle(leaf, key, within=(hashes[place], path)))
            sizes.append(32 * (len(path.path) + len(leaf.path)))
        made_us = 1e6 * (time.perf_counter() - began) / len(batches)
    began_cpu = time.process_time()
    if not all(verify(bundle, trusted).is_valid for bundle in bundles):
        raise RuntimeError("a proof of a transfer in its batch does not hold")
    verified_us = 1e6 * (time.process_time() - began_cpu) / len(bundles)
    other = bundles[0] | {"commitment": bytes(32).hex()}
    if verify(other, trusted).is_valid:
        raise RuntimeError("a proof of a transfer holds for another one")
    return {"made_us": made_us, "verified_us": verified_us,
            "path_bytes": statistics.median(sizes), "proofs": len(bundles),
            "batch": statistics.median(len(hashes) for _, hashes in batches)}  # fmt: skip


def _print(figures: dict[str, Any]) -> bool:
    print(f"{'transfers':<18}{'durable/s':>26}{'CPU us each':>26}{'WAL B each':>12}")
    for name in NAMES:
        rate, cpu = figures["rate"][name], figures["cpu_us"][name]
        print(
            f"{name:<18}{_show(rate, ',.0f'):>26}{_show(cpu, '.1f'):>26}"
            f"{figures['wal_bytes'][name][0]:>12,.0f}"
        )
    for name in (EACH, BATCH):
        ratio = figures["ratio"][name]
        print(f"rate with {name} / without: {_show(ratio, '.3f')}  goal >= {GOAL}: "
              f"{'met' if ratio[0] >= GOAL else 'MISSED'}")  # fmt: skip
    proved = figures["proof"]
    print(
        f"a proof in {proved['entries']:,} entries: {proved['made_us']:.0f} us to make (wall, with"
        f" its queries), {proved['verified_us']:.0f} us CPU to verify,"
        f" path {proved['path_bytes']:.0f} B"
    )
    one = figures["inside"]
    print(
        f"a proof of one transfer of a batch of {one['batch']:.0f}: {one['made_us']:.0f} us to"
        f" make, {one['verified_us']:.0f} us CPU to verify, both paths {one['path_bytes']:.0f} B"
        f" ({one['proofs']} verified)"
    )
    print(f"load average {_show(figures['load'], '.1f')}, {figures['callers']} callers")
    print()
    for case in figures["tampered"]:
        print(f"{'found' if case['found'] else 'NOT FOUND':<10}{case['what']:<34}{case['told']}")
    is_found = all(case["found"] for case in figures["tampered"])
    return is_found and max(figures["ratio"][name][0] for name in (EACH, BATCH)) >= GOAL


def _spread(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def _show(spread: tuple[float, float, float], form: str) -> str:
    middle, least, most = (format(one, form) for one in spread)
    return f"{middle} ({least}..{most})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.evidence", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run")
    parser.add_argument("--callers", type=int, default=1000, help="that wait at the lane at once")
    parser.add_argument("--leaves", type=int, default=100_000, help="of the log that is tampered")
    parser.add_argument("--json", help="also write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
