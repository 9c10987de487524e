"""`python -m tongtu.simulators.bank`: serve until SIGTERM or SIGINT; print the port as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from tongtu.simulators import clock
from tongtu.simulators.bank.bank import Bank
from tongtu.simulators.bank.books import Books
from tongtu.simulators.bank.door import Door
from tongtu.simulators.bank.messenger import Messenger
from tongtu.simulators.bank.mischief import LIES, Mischief
from tongtu.simulators.bank.notice import Desk

HOLD_S = 8.0  # longer than a caller's patience
# The secret that notices are signed with, in hexadecimal; without one the bank sends none.
SECRET = "BANK_SIMULATOR_SECRET"  # noqa: S105 - the name of the variable, not a secret


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.bank", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="journal file; made when missing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-seconds", type=float, default=HOLD_S)
    for name in LIES:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=0.0, metavar="P")
    clock.add_option(parser)
    given = parser.parse_args()
    try:
        mischief = Mischief(given.seed, **{name: getattr(given, name) for name in LIES})
    except ValueError as fault:
        parser.error(str(fault))
    asyncio.run(_serve(given, mischief))


async def _serve(given: argparse.Namespace, mischief: Mischief) -> None:
    given.data.parent.mkdir(parents=True, exist_ok=True)
    now = clock.chosen(given)
    books = Books(given.data, now)
    # Of this process, however its clock may stand: a restarted bank repeats no event's name.
    life = clock.machine()
    bank = Bank(books, mischief, Desk(mischief, f"{life:%Y%m%d%H%M%S%f}", now))
    secret = bytes.fromhex(os.environ.get(SECRET, ""))
    messenger = Messenger(bank.desk, secret) if secret else None
    door = Door(bank, given.hold_seconds, messenger)
    server = await door.listen(given.host, given.port)
    sending = asyncio.create_task(messenger.run()) if messenger else None
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"simulator": "bank", "port": port}) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    if sending is not None:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    server.close()
    books.close()


if __name__ == "__main__":
    main()
