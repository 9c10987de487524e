"""`tongtu replay-decision ID`: decide again from the record, asked of a running platform."""

from __future__ import annotations

import argparse
import json
import re

from tongtu.channels.cli.staff import ask, staff_client
from tongtu.kernel.errors import BadInput

TIMEOUT_S = 60  # an old version's files are loaded and proved first
_ID = re.compile(r"[a-z]{2,4}_[0-9a-z]{1,32}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("decision", help="its id, as an answer has it: dc_…")
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--json", action="store_true", help="print everything, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what decided and whether it decides the same; return 1 when it does not."""
    if not _ID.fullmatch(arguments.decision):
        raise BadInput("a decision's id is wanted")
    with staff_client(arguments.url, TIMEOUT_S) as client:
        told = ask(client, "GET", f"/v1/decisions/{arguments.decision}/replay")
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(f"decision {told['decision']}: {told['outcome']}, {told['points']} points")
        print(f"decided {told['decided_at']} in {told['decided_in_us']} us by:")
        for name, value in told["hashes"].items():
            print(f"  {name:10} {value or 'none'}")
        print(f"rules fired: {', '.join(told['rules_fired']) or 'none'}")
        print(f"reasons: {', '.join(told['reasons']) or 'none'}")
        if beside := told["challenger"]:
            told_by = ", ".join(beside["reasons"]) or "none"
            print(f"challenger: {beside['points']} points, {beside['side']}; reasons: {told_by}")
        print("decided again: the same bytes" if told["is_same"] else "decided again: NOT the same")
        for line in told["changed"]:
            print(f"  {line}")
    return 0 if told["is_same"] else 1
