"""`tongtu ca`: certificates of the local authority on this machine: list them, revoke one.

A running platform reads the list anew for every signature: what is revoked here signs nothing from
that instant on. Papers signed before stay valid by what they bring with them.
"""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path

from tongtu.contracts.api import LocalCa, SealState, verify_agreement
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.runtime.api import SystemClock, load

HELP = "certificates of the local authority: list, revoke; what a paper was signed by"
CRL = "revoked.crl"
PAPER_BYTES_MAX = 8 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("list", help="houses' certificates, and what was revoked")
    one.add_argument("--paper", type=Path, help="a signed paper (PDF): the certificates in it")
    one = actions.add_parser("revoke", help="believe a certificate no longer, from now on")
    one.add_argument("serial", help="its number, as `list` shows it")


def run(arguments: argparse.Namespace) -> int:
    """Do one of them; 1 when it was revoked before."""
    home = load(os.environ, Path.cwd()).settings.home
    if not (home / "ca" / "root.crt").exists():
        raise NotFound(f"there is no authority in {home}: the first start of a platform makes one")
    at = SystemClock().now()
    authority = LocalCa.open(home, at, b"")
    if arguments.action == "revoke":
        return _revoke(authority, home, _number(arguments.serial), at)
    if arguments.paper is not None:
        return _paper(authority, arguments.paper)
    _list(authority)
    return 0


def _list(authority: LocalCa) -> None:
    revoked = authority.revoked()
    for one in authority.issued():
        since = revoked.pop(one.serial, None)
        state = f"REVOKED at {since}" if since else f"until {one.until:%Y-%m-%d}"
        print(f"{one.serial:x}  {one.name}  since {one.since:%Y-%m-%d}, {state}")
    for serial, since in revoked.items():
        print(f"{serial:x}  (of one signature)  REVOKED at {since}")


def _paper(authority: LocalCa, path: Path) -> int:
    try:
        if path.stat().st_size > PAPER_BYTES_MAX:
            raise BadInput(f"{path} is too large for a paper")
        document = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    revoked = authority.revoked()
    verdict = verify_agreement(document, authority.root)
    print(f"the paper is {verdict.state.value}")
    for one in verdict.signatures:
        since = revoked.get(one.serial)
        state = f", REVOKED at {since}" if since else ""
        print(f"{one.serial:x}  {one.field}: {one.signer} at {one.at}{state}")
    return 0 if verdict.state is SealState.VALID else 1


def _revoke(authority: LocalCa, home: Path, serial: int, at: datetime) -> int:
    is_new = authority.revoke(serial, at)
    path = home / "ca" / CRL
    path.write_bytes(authority.crl(at))
    if not is_new:
        print(f"{serial:x} was revoked before; the list is renewed: {path}")
        return 1
    print(f"{serial:x} is revoked from {at} on; the list is renewed: {path}")
    return 0


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise BadInput("a certificate's number is hexadecimal, as `tongtu ca list` shows") from None
