"""`python -m tongtu.simulators.bureau`: serve until SIGTERM or SIGINT; print the port as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from tongtu.simulators import clock
from tongtu.simulators.bureau.reports import FAULTS, Reports

BODY_BYTES_MAX = 4_096
READ_TIMEOUT_S = 5.0
HOLD_S = 8.0  # longer than a caller's patience


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.bureau", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-seconds", type=float, default=HOLD_S)
    for name in FAULTS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=0.0, metavar="P")
    clock.add_option(parser)
    given = parser.parse_args()
    try:
        reports = Reports(given.seed, {name: getattr(given, name) for name in FAULTS})
    except ValueError as fault:
        parser.error(str(fault))
    asyncio.run(_serve(given, reports))


async def _serve(given: argparse.Namespace, reports: Reports) -> None:
    now = clock.chosen(given)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            content = reports.answer(*await _read(reader), now())
            await _write(content, given.hold_seconds, writer)
        except (TimeoutError, ValueError, KeyError, asyncio.IncompleteReadError, ConnectionError):
            pass  # a client that does not speak to the end gets no answer
        finally:
            writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", given.port, limit=BODY_BYTES_MAX)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"simulator": "bureau", "port": port}) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Return query and subject."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), READ_TIMEOUT_S)
    fields = dict(
        line.lower().split(": ", 1) for line in head.decode("ascii").split("\r\n") if ": " in line
    )
    length = int(fields["content-length"])
    if not 0 < length <= BODY_BYTES_MAX:
        raise ValueError("no such length")
    asked = json.loads(await asyncio.wait_for(reader.readexactly(length), READ_TIMEOUT_S))
    return str(asked["query"]), str(asked["subject"])


async def _write(content: bytes | None, hold_s: float, writer: asyncio.StreamWriter) -> None:
    if content is None:
        await asyncio.sleep(hold_s)
        return
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Simulator: bureau\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)
    )
    await writer.drain()


if __name__ == "__main__":
    main()
