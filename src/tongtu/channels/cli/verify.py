"""`tongtu verify FILE`: check an evidence bundle offline; needs no server, no database, no home."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from tongtu.evidence.api import verify
from tongtu.kernel.errors import BadInput, TooLarge

HELP = "verify an evidence bundle offline"
# Far above any bundle with its payload; a file beyond this is none.
FILE_BYTES_MAX = 16 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, help="the bundle, as the API gives it (JSON)")
    parser.add_argument("--key", help="the log's verifier key, from a place you trust")


def run(arguments: argparse.Namespace) -> int:
    """Print one sentence; return 0 when the bundle holds, else 1."""
    verdict = verify(_read(arguments.file), arguments.key)
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
