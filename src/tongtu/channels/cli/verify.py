"""`tongtu verify FILE` and `tongtu verify log DIR`: what is proved, offline.

Needs no server, no database, no home. A file is an evidence bundle (one proof, or a contract's
zip), or a witness's proof that the log told two histories; a folder holds a whole log as tiles
(`tongtu export-log`).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import msgspec

from tongtu.contracts.api import DossierTrust, verify_dossier
from tongtu.evidence.api import QUORUM, Trust, verify
from tongtu.kernel.errors import BadInput, TooLarge
from tongtu.witness.api import (
    FORK_FORMAT,
    Asked,
    LogKey,
    Sm2Key,
    WitnessKey,
    check_log,
    open_anchor,
    verify_fork,
)

HELP = "verify an evidence bundle, a whole log or the proof of a fork, offline"
# Far above any bundle with its payload; a file beyond this is none.
_ZIP = b"PK\x03\x04"
FILE_BYTES_MAX = 16 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "what", nargs="+", metavar="FILE | log DIR", help="a bundle (JSON), a fork, or a log"
    )
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
    parser.add_argument("--sm2-key", metavar="KEY", help="the log's SM2 key, which must sign too")
    parser.add_argument(
        "--root", type=Path, help="of a contract: the authority's root certificate (DER)"
    )
    parser.add_argument(
        "--crl", type=Path, help="of a contract: the authority's newest list of revoked (DER)"
    )
    parser.add_argument(
        "--outside", type=Path, metavar="NOTE", help="of a log: a checkpoint that you kept"
    )
    parser.add_argument(
        "--anchor",
        metavar="PLACE",
        help="of a log: compare with all that was anchored (file:PATH, evm:0xCONTRACT@http://node)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what is proved; return 0 when the file proves what it says, else 1."""
    match arguments.what:
        case ["log", folder]:
            return _log(Path(folder), arguments)
        case [file]:
            return _file(Path(file), arguments)
        case _:
            raise BadInput("name one file, or: log DIR")


def _file(path: Path, arguments: argparse.Namespace) -> int:
    raw = _content(path)
    if raw.startswith(_ZIP):
        return _contract(raw, arguments)
    file = _read(raw, path)
    if file.get("format") == FORK_FORMAT:
        print(verify_fork(file, arguments.key))
        return 0
    trust = _trust(arguments)
    verdict = verify(file, trust=trust)
    print(verdict.sentence)
    return 0 if verdict.is_valid else 1


def _contract(raw: bytes, arguments: argparse.Namespace) -> int:
    trust = _trust(arguments)
    root, crl = (
        None if path is None else _content(path) for path in (arguments.root, arguments.crl)
    )
    try:
        said = verify_dossier(raw, DossierTrust(trust, root, crl))
    except BadInput as error:
        print(f"NOT VERIFIED: {error.detail}.")
        return 1
    print("\n".join(said))
    return 0


def _trust(arguments: argparse.Namespace) -> Trust:
    return Trust(arguments.key, tuple(arguments.witness), arguments.quorum, arguments.sm2_key)


def _log(folder: Path, arguments: argparse.Namespace) -> int:
    if arguments.key is None:
        raise BadInput("a whole log is verified by a key you trust: --key KEY")
    key = LogKey.read(arguments.key)
    outside = None if arguments.outside is None else _note(arguments.outside)
    asked = Asked(
        key,
        [WitnessKey.read(one) for one in arguments.witness],
        arguments.quorum,
        outside,
        None if arguments.anchor is None else open_anchor(arguments.anchor, key).notes(),
        None if arguments.sm2_key is None else Sm2Key.read(arguments.sm2_key),
    )
    began_s = time.process_time()
    found = check_log(folder, asked)
    took_s = time.process_time() - began_s
    if found.fork is not None:
        proof = folder / "fork.json"
        proof.write_text(json.dumps(found.fork.to_file(), indent=1), encoding="utf-8")
        print(f"the proof that the log told two histories: {proof}")
    if not found.is_whole:
        print(f"NOT VERIFIED: {found.finding}.")
        return 1
    signed = f", co-signed by {len(found.cosigners)} witnesses" if found.cosigners else ""
    anchored = f", the first {found.anchored} as they were anchored" if found.anchored else ""
    print(
        f"VERIFIED: {found.size} entries of {key.name}, the proof of each of them verified"
        f"{signed}{anchored} ({took_s:.1f} s CPU)."
    )
    return 0


def _read(raw: bytes, path: Path) -> dict[str, object]:
    try:
        return msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"{path} is not a JSON object") from None


def _note(path: Path) -> str:
    try:
        return _content(path).decode()
    except UnicodeDecodeError:
        raise BadInput(f"{path} is no checkpoint") from None


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise TooLarge(f"{path} is too large for a bundle")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
