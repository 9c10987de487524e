"""The `tongtu` command: one module a command, each with HELP, configure(parser) and run(args)."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from tongtu import __version__
from tongtu.kernel.errors import TongtuError

# In the order of `tongtu --help`; a command is imported only when it is called, so help is instant.
COMMANDS: dict[str, str] = {
    "serve": "run the platform on this machine",
    "demo": "set up, serve, train, replay real applications, report",
    "replay": "send real applications to a running platform",
    "staff": "open, hand out to, move and close members of staff, on the server",
    "sign-out": "end every session of a person, on the server",
    "keys": "keys that seal personal data: list, rotate, seal anew, retire; on the server",
    "demo-person": "make a synthetic identity to apply with",
    "data": "fetch the public demo data through packages",
    "train": "train the scorecard; with --table, study any table of cases",
    "score": "score the rows of a table by a studied model",
    "model": "models of a running platform: list, register, move by two persons, stop",
    "rules": "changed rules of a running platform: save, try, propose, publish by two persons",
    "day-end": "close business days on a running platform",
    "reconcile": "match the bank's statements on a running platform, list what is open",
    "settle": "tell every lender of a closed day, and write the files",
    "import": "take a running loan book over: dry run, difference report, booking, undo",
    "checkup": "audit a loan book from elsewhere: every instalment, cost, cap and score",
    "ledger": "read the books of a running platform; close a period",
    "roll-rates": "how loans moved between days-late buckets from one closed day to another",
    "apr": "yearly cost of a cash flow, as JSON",
    "schedule": "repayment schedule of loan terms, as JSON",
    "loan": "a loan's instalments after each event, as JSON",
    "witness": "watch a log from outside and co-sign its checkpoints",
    "ca": "certificates of the local authority: list, revoke; what a paper was signed by",
    "anchor": "where checkpoints are anchored: put the contract on a chain, try one here, read",
    "export-log": "write the evidence log as tiles, to be verified without the platform",
    "verify": "verify an evidence bundle, a whole log or the proof of a fork, offline",
    "pack": "list a policy pack's rules, check it, tell what a release changes and for whom",
    "replay-decision": "decide again from a record on a running platform, and compare",
    "ring": "a planted ring among honest neighbours, and what the fraud rules hold",
    "market-sim": "a made-up market routed by the platform's router, beside cheapest first",
    "face-calibrate": "false accepts and refusals of faces on pairs of pictures, with bounds",
    "fingerprint-match": "compare two prints of a branch's scanner on this machine",
    "backtest": "who would be answered otherwise by changed rules, from stored decisions",
    "config": "show the settings in force and where each comes from",
    "doctor": "check this machine and name the mend",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 for done, 1 for refused or failed, 2 for bad usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="tongtu", description="Tongtu 通途 consumer-finance platform"
    )
    parser.add_argument("--version", action="version", version=f"tongtu {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=_listing())
    if not words or words[0] not in COMMANDS:
        parser.parse_args(words[:1])
        return 2
    # Small matrices on many threads wait for each other; said before numpy is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # `import` is a word of the language; `staff` is what other commands ask a platform by.
    name = {"import": "import_loans", "staff": "open_staff"}.get(
        words[0], words[0].replace("-", "_")
    )
    module = importlib.import_module(f"tongtu.channels.cli.{name}")
    command = argparse.ArgumentParser(prog=f"tongtu {words[0]}", description=COMMANDS[words[0]])
    module.configure(command)
    try:
        return int(module.run(command.parse_args(words[1:])))
    except TongtuError as error:
        print(f"tongtu {words[0]}: {error.detail} [{error.code}]", file=sys.stderr)
        return 1


def _listing() -> str:
    return "; ".join(f"{name}: {text}" for name, text in COMMANDS.items())
