"""`tongtu verify FILE`: check what a file proves, offline; needs no server, no database, no home.

A file is an evidence bundle, or the proof of a witness that the log told two histories.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from tongtu.evidence.api import QUORUM, Trust, verify
from tongtu.kernel.errors import BadInput, TooLarge
from tongtu.witness.api import FORK_FORMAT, verify_fork

HELP = "verify an evidence bundle offline"
# Far above any bundle with its payload; a file beyond this is none.
FILE_BYTES_MAX = 16 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, help="the bundle, as the API gives it (JSON)")
    parser.add_argument("--key", help="the log's verifier key, from a place you trust")
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="KEY",
        help="a witness's verifier key, from a place you trust; again for each",
    )
    parser.add_argument(
        "--quorum", type=int, default=QUORUM, help="so many of the witnesses must have co-signed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one sentence; return 0 when the file proves what it says, else 1."""
    file = _read(arguments.file)
    if file.get("format") == FORK_FORMAT:
        print(verify_fork(file, arguments.key))
        return 0
    trust = Trust(arguments.key, tuple(arguments.witness), arguments.quorum)
    verdict = verify(file, trust=trust)
    print(verdict.sentence)
    return 0 if verdict.is_valid else 1


def _read(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise TooLarge(f"{path} is too large for a bundle")
        return msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"{path} is not a JSON object") from None
