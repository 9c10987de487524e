"""Rings the clocks of cases and makes their calls until it is killed; says a line after each round.

`python process_worker.py DSN HOME`. One call's effect lies in the database, the other's in a file
outside it, as a partner's would.
"""

import asyncio
import os
import sys
from pathlib import Path

from tongtu.process.api import Engine, Graphs, Inside, Outside, make_calls
from tongtu.runtime.api import Settings, open_runtime


def send(path, key):
    """Tell somebody else: the line is theirs when this returns."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{key}\n".encode())
    finally:
        os.close(file)


async def main(dsn, home):
    async with open_runtime(Settings(home=Path(home), dsn=dsn)) as runtime:

        async def inside(connection, doing):
            await connection.execute("insert into booked values ($1)", doing.case)
            return {}

        async def outside(doing):
            send(Path(home, "sent"), doing.key)
            return {}

        engine = Engine(runtime, {"book": Inside(inside), "send": Outside(outside)}, Graphs())
        while True:
            done = await engine.tick() + await make_calls(engine)
            print(f"done {done}", flush=True)
            # Clocks of a second: nothing is missed by looking twice in it.
            await asyncio.sleep(0 if done else 0.5)


asyncio.run(main(*sys.argv[1:]))
