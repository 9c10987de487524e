"""`python -m tongtu.simulators.bank --port N --seed S`: runs until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tongtu.simulators.bank.book import Book
from tongtu.simulators.bank.mischief import Mischief
from tongtu.simulators.bank.server import Bank, serve

OPENING_MINOR = 10**14
FAULTS = ("timeout_before_effect", "timeout_after_effect", "duplicate", "late", "refuse")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tongtu.simulators.bank", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port and prints it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--book", type=Path, help="file of the book; without it, memory only")
    parser.add_argument("--opening-minor", type=int, default=OPENING_MINOR)
    parser.add_argument("--late-s", type=float, default=1.0)
    for fault in FAULTS:
        parser.add_argument(f"--{fault.replace('_', '-')}", type=float, default=0.0)
    return parser.parse_args()


async def _run(given: argparse.Namespace) -> None:
    mischief = Mischief(given.seed, **{fault: getattr(given, fault) for fault in FAULTS})
    book = Book(given.book, given.opening_minor)
    server = await serve(Bank(book, mischief, given.late_s), given.host, given.port)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"bank simulator on http://{given.host}:{port}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()
    book.close()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
