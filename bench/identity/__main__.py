"""`python -m bench.identity [--cards N]`: from a card to a contract, timed; a table of fields.

A platform in demo mode serves from a folder of its own, with the demo's model; cards and faces are
drawn, the passkey is a virtual authenticator's in a headless Chromium, and the contract is verified
after the platform has ended. Exits 1 when a step fails, or a name or number is read right less
often than 95 of 100 times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from bench.identity import contract
from bench.identity.fields import Tally, table
from bench.identity.steps import STEPS, Traveller

START_TIMEOUT_S = 300.0
GOAL = 0.95
HOUR_S = 3_600


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity", description=__doc__)
    holders = "holders, each with two fronts; 0: none are read"
    parser.add_argument("--cards", type=int, default=20, help=holders)
    given = parser.parse_args()
    print(f"{'step':<46}{'ms':>8}  what came")
    is_done = _journey()
    if given.cards == 0:
        return 0 if is_done else 1
    tallies = asyncio.run(table(given.cards))
    print(f"\n{'field':<22}{'clean':>10}{'distorted':>12}{'together':>12}")
    for tally in tallies:
        print(_row(tally))
    missed = [one.field for one in tallies if one.is_gated and one.share < GOAL]
    print(f"goal: name and number in {GOAL:.0%} of the cards: {'missed ' if missed else 'met'}"
          f"{', '.join(missed)}")  # fmt: skip
    return 1 if missed or not is_done else 0


def _row(tally: Tally) -> str:
    shown = [f"{good}/{tried}" for good, tried in (tally.clean, tally.distorted)]
    return f"{tally.field:<22}{shown[0]:>10}{shown[1]:>12}{tally.share:>12.1%}"


def _journey() -> bool:
    """Walk every step against a platform of its own; print each step's time."""
    with tempfile.TemporaryDirectory(prefix="tongtu identity ") as folder:
        home = Path(folder)
        settings = {"TONGTU_HOME": folder, "TONGTU_DEMO": "true", "TONGTU_PORT": "0"}
        settings["VERIFIER_SIMULATOR_OPTIONS"] = "--seed 1"
        for word in ("data", "train"):
            command = [sys.executable, "-m", "tongtu", word]
            subprocess.run(command, env={**os.environ, **settings}, check=True, capture_output=True)
        with (home / "serve.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "tongtu", "serve"],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        try:
            url = _served(home, server)
            with httpx.Client(base_url=url, timeout=HOUR_S, trust_env=False) as client:
                traveller = Traveller(client)
                is_done = _walk(traveller, [*STEPS, *contract.STEPS])
        finally:
            server.terminate()
            server.wait(timeout=60)
        last = "verified offline, the platform ended"
        return is_done and _walk(
            traveller, [(last, lambda who: contract.verify_offline(who, home))]
        )


def _served(home: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and server.poll() is None:
        try:
            return str(json.loads((home / "serve.json").read_text())["url"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    raise SystemExit((home / "serve.log").read_text()[-2_000:])


def _walk(traveller: Traveller, steps: Sequence[tuple[str, Callable[[Traveller], str]]]) -> bool:
    for name, step in steps:
        took, told = _timed(step, traveller)
        print(f"{name:<46}{took:>8.0f}  {told}", flush=True)
        if traveller.failed:
            return False
    return True


def _timed(step: Callable[[Traveller], str], traveller: Traveller) -> tuple[float, str]:
    began = time.perf_counter()
    told = step(traveller)
    return (time.perf_counter() - began) * 1_000, told


if __name__ == "__main__":
    sys.exit(main())
