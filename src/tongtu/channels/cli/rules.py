"""`tongtu rules ACTION`: changed rules of a running platform, asked as a member of staff."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tongtu.channels.cli.staff import ask, staff_client, write
from tongtu.kernel.errors import BadInput
from tongtu.risk.api import RULE_FILES
from tongtu.tables.api import rules_root

TIMEOUT_S = 300  # a proposal is held against the decisions of ninety days first


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="changed rules, where they stand, whom they would answer so")
    save = actions.add_parser("save", help="keep the files of a folder that differ from rules/")
    save.add_argument("folder", type=Path, help="a changed copy of rules/")
    save.add_argument("--why", required=True)
    for name, text in (
        ("shadow", "judge every decision by them as well; they never act"),
        ("propose", "hold them against stored decisions and propose that they decide"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("rules", help="their hash, or the first letters of it")
    allow = actions.add_parser("allow", help="allow what another person proposed")
    allow.add_argument("approval", help="av_…")


def run(arguments: argparse.Namespace) -> int:
    """Do it and print what stands."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        return int(_ACTIONS[arguments.action](client, arguments))


def _list(client: httpx.Client, _: argparse.Namespace) -> int:
    for one in ask(client, "GET", "/v1/rules")["items"]:
        print(f"{one['hash'][:12]}  {one['status']:9} {', '.join(one['files'])}: {one['why']}")
        for name in ("swap", "shadow"):
            if one[name]:
                print(f"  {name}: {_flips(one[name])}")
    return 0


def _save(client: httpx.Client, arguments: argparse.Namespace) -> int:
    files = {}
    for name in RULE_FILES:
        path = arguments.folder / name
        if path.exists() and path.read_bytes() != (rules_root() / name).read_bytes():
            files[name] = path.read_text(encoding="utf-8")
    if not files:
        raise BadInput(f"nothing in {arguments.folder} differs from {rules_root()}")
    told = write(client, "/v1/rules", {"files": files, "why": arguments.why})
    print(f"rules {told['hash'][:12]} are a {told['status']}: {', '.join(told['files'])}")
    return 0


def _shadow(client: httpx.Client, arguments: argparse.Namespace) -> int:
    told = write(client, f"/v1/rules/{_named(client, arguments.rules)}/shadow", None)
    print(f"rules {told['hash'][:12]} judge beside from {told['shadow']['first']} on")
    return 0


def _propose(client: httpx.Client, arguments: argparse.Namespace) -> int:
    told = write(client, f"/v1/rules/{_named(client, arguments.rules)}/publication", None)
    print(_flips(told["swap"]))
    print(f"proposed: {told['approval']}; another person allows it: tongtu rules allow")
    return 0


def _allow(client: httpx.Client, arguments: argparse.Namespace) -> int:
    told = write(client, f"/v1/operations/rule-publications/{arguments.approval}/approval", None)
    print(f"rules {told['hash'][:12]} are {told['status']}")
    return 0


def _named(client: httpx.Client, begins: str) -> str:
    known = [one["hash"] for one in ask(client, "GET", "/v1/rules")["items"]]
    named = [one for one in known if one.startswith(begins)]
    if len(named) != 1:
        raise BadInput(f"{len(named)} sets of rules begin with {begins}")
    return str(named[0])


def _flips(swap: Mapping[str, Any]) -> str:
    looked = swap.get("looked_at", 0)
    flips = [f"{before} -> {after} {n:,}" for before, after, n in swap.get("flips", ())]
    return f"{looked:,} decisions looked at: {', '.join(flips) or 'nobody is answered otherwise'}"


_ACTIONS = {
    "list": _list, "save": _save, "shadow": _shadow, "propose": _propose, "allow": _allow,
}  # fmt: skip
