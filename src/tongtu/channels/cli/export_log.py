"""`tongtu export-log DIR`: the evidence log of a running platform as tiles, for `verify log`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import httpx

from tongtu.channels.cli.staff import ask, staff_client
from tongtu.kernel.errors import BadInput
from tongtu.witness.api import write_log

HELP = "write the evidence log as tiles, to be verified without the platform"
TIMEOUT_S = 60
PAGE = 256


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    parser.add_argument("--url", help="the platform's address (default: the one served here)")


def run(arguments: argparse.Namespace) -> int:
    """Write the tiles of the newest final checkpoint, or of the newest where none is final."""
    folder: Path = arguments.folder
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{folder} is not empty: old tiles among new ones would be no log")
    with staff_client(arguments.url, TIMEOUT_S) as client:
        told = ask(client, "GET", "/v1/evidence/checkpoint")
        point = told["final"] or told
        if point["note"] is None:
            raise BadInput("the log has no checkpoint yet")
        count = write_log(folder, str(point["note"]), _leaves(client, int(point["size"])))
    print(f"{count} entries written to {folder}; check them: tongtu verify log {folder}")
    print(f"  --key {told['log_key']}")
    if told["sm2_key"] is not None:
        print(f"  --sm2-key {told['sm2_key']}")
    for one in told["witnesses"]:
        print(f"  --witness {one['key']}")
    return 0


def _leaves(client: httpx.Client, size: int) -> Iterator[tuple[bytes, str]]:
    for place in range(-(-size // PAGE)):
        for one in ask(client, "GET", f"/v1/evidence/leaves/{place}")["items"]:
            if one["position"] < size:
                yield bytes.fromhex(one["commitment"]), f"{one['kind']} {one['subject'] or '-'}"
