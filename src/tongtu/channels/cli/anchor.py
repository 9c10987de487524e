"""`tongtu anchor`: put the contract on a chain, run a chain for trials, read what is anchored."""

from __future__ import annotations

import argparse
import os

from tongtu.channels.cli.trial_chain import serve_chain
from tongtu.kernel.errors import BadInput
from tongtu.witness.api import (
    LogKey,
    connect,
    deploy,
    note_text,
    open_anchor,
    open_note,
    read_checkpoint,
)

HELP = "where checkpoints are anchored: put the contract on a chain, try one here, read"
SECRET = "TONGTU_ANCHOR_SECRET"  # noqa: S105 - the name of a variable


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("deploy", help="put the contract on a chain; prints the setting")
    one.add_argument("--node", required=True, metavar="URL", help="a node of the chain")
    one = actions.add_parser("trial-chain", help="a chain in memory on this machine, for trials")
    one.add_argument("--port", type=int, default=0, help="0 takes a free one")
    one = actions.add_parser("read", help="list what is anchored, and whether the log signed it")
    one.add_argument("where", help="file:PATH or evm:0xCONTRACT@http://node")
    one.add_argument("--key", required=True, help="the log's verifier key")


def run(arguments: argparse.Namespace) -> int:
    """Do one of them."""
    match arguments.action:
        case "deploy":
            address = deploy(connect(arguments.node), os.environ.get(SECRET))
            print(f'anchor = "evm:{address}@{arguments.node}"')
            return 0
        case "trial-chain":
            return serve_chain(arguments.port)
        case _:
            return _read(arguments.where, LogKey.read(arguments.key))


def _read(where: str, key: LogKey) -> int:
    """Print one line a checkpoint; return 1 when one of them is not the log's."""
    is_whole = True
    for note in open_anchor(where, key).notes():
        _, size, root = read_checkpoint(note_text(note))
        try:
            open_note(note, key)
            said = "signed by the log"
        except BadInput as fault:
            said, is_whole = f"NOT THE LOG'S: {fault.detail}", False
        print(f"{size} entries, root {root.hex()}: {said}")
    return 0 if is_whole else 1
