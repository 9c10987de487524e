"""`tongtu model ACTION`: the models of a running platform, asked as a member of staff.

TONGTU_TOKEN says who asks; a move needs two persons, so `allow` is called with another token.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import httpx

from tongtu.channels.cli.staff import ask, home, staff_client, write
from tongtu.kernel.errors import BadInput
from tongtu.risk.api import folder_of, load_model

TIMEOUT_S = 120  # a model is loaded and proved before the answer comes
STATUSES = ("shadow", "champion", "retired")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="models, where they stand, their moves")
    actions.add_parser("report", help="drift, challenger, calibration by month, alarms")
    register = actions.add_parser("register", help="a studied model becomes a draft")
    register.add_argument("folder", type=Path, help="what `tongtu train --out` wrote")
    move = actions.add_parser("move", help="propose a model's next place")
    move.add_argument("model", help="its hash, or the first letters of it")
    move.add_argument("to", choices=STATUSES)
    move.add_argument("--why", required=True)
    allow = actions.add_parser("allow", help="allow a move that another person proposed")
    allow.add_argument("approval", help="av_…")
    stop = actions.add_parser("stop", help="let the rules decide alone, at once")
    stop.add_argument("--why", required=True)
    resume = actions.add_parser("resume", help="propose that the models score again")
    resume.add_argument("--why", required=True)
    again = actions.add_parser("allow-resume", help="allow that they score again")
    again.add_argument("approval", help="av_…")


def run(arguments: argparse.Namespace) -> int:
    """Do it and print what stands."""
    with staff_client(arguments.url, TIMEOUT_S) as client:
        return int(_ACTIONS[arguments.action](client, arguments))


def _list(client: httpx.Client, _: argparse.Namespace) -> int:
    told = ask(client, "GET", "/v1/models")
    print("the models are STOPPED: rules decide" if told["is_stopped"] else "the models score")
    for one in told["items"]:
        auc = one["metrics"].get("auc") or one["metrics"].get("held_out", {}).get("auc", "")
        print(f"{one['hash'][:12]}  {one['status']:9} {one['kind']:13} AUC {auc}")
    for one in told["moves"]:
        by = one["approval"] or "-"
        print(f"  {one['at']}  {one['model'][:12]} {one['before']} -> {one['after']} {by}")
    return 0


def _report(client: httpx.Client, _: argparse.Namespace) -> int:
    told = ask(client, "GET", "/v1/models/monitoring")
    done = told["done_at"] or "not yet"
    print(f"looked at {told['looked']:,} of up to {told['of']:,}, done {done}")
    for one in told["shifts"]:
        print(f"  {one['name']:20} {one['value']:8.4f}  {one['level']}")
    beside = told["report"].get("champion_and_challenger", {})
    if beside.get("decisions"):
        print(f"challenger scored {beside['decisions']:,}, the same band {beside['same_band']:,}")
        shares = beside["lines"]["share"]
        print("  its lines: " + ", ".join(f"{side} {part:.1%}" for side, part in shares.items()))
        for name in ("champion", "beside"):
            if worth := beside[name]:
                print(f"  {name}: AUC {worth['auc']:.4f} on {worth['rows']:,} loans")
    for one in told["report"].get("vintages", ()):
        late, foretold = one["late_so_far"], one["foretold"]
        print(f"  {one['month']}: {one['loans']:,} loans, foretold {foretold:.2%}, late {late:.2%}")
    for one in told["alarms"]:
        state = "open" if one["cleared_at"] is None else f"cleared {one['cleared_at']}"
        print(f"ALARM {one['kind']} of {one['subject']}: {one['value']:.3f}, {state}")
    return 0


def _register(client: httpx.Client, arguments: argparse.Namespace) -> int:
    scorer, _ = load_model(arguments.folder)
    kept = folder_of(home(), scorer.hash)
    if kept.resolve() != arguments.folder.resolve() and not kept.exists():
        shutil.copytree(arguments.folder, kept)
    told = write(client, "/v1/models", {"hash": scorer.hash})
    print(f"model {told['hash'][:12]} is a {told['status']}")
    return 0


def _move(client: httpx.Client, arguments: argparse.Namespace) -> int:
    models = [one["hash"] for one in ask(client, "GET", "/v1/models")["items"]]
    named = [one for one in models if one.startswith(arguments.model)]
    if len(named) != 1:
        raise BadInput(f"{len(named)} models begin with {arguments.model}")
    body = {"to": arguments.to, "why": arguments.why}
    told = write(client, f"/v1/models/{named[0]}/moves", body)
    print(f"proposed: {told['approval']}; another person allows it: tongtu model allow")
    return 0


def _allow(client: httpx.Client, arguments: argparse.Namespace) -> int:
    told = write(client, f"/v1/operations/model-moves/{arguments.approval}/approval", None)
    print(f"model {told['hash'][:12]} is {told['status']}")
    return 0


def _stop(client: httpx.Client, arguments: argparse.Namespace) -> int:
    write(client, "/v1/operations/models/stop", {"why": arguments.why})
    print("the models are stopped: rules decide, and a person the rest")
    return 0


def _resume(client: httpx.Client, arguments: argparse.Namespace) -> int:
    told = write(client, "/v1/operations/models/resumption", {"why": arguments.why})
    print(f"proposed: {told['approval']}; another person: tongtu model allow-resume")
    return 0


def _allow_resume(client: httpx.Client, arguments: argparse.Namespace) -> int:
    write(client, f"/v1/operations/model-resumptions/{arguments.approval}/approval", None)
    print("the models score again")
    return 0


_ACTIONS = {
    "list": _list,
    "report": _report,
    "register": _register,
    "move": _move,
    "allow": _allow,
    "stop": _stop,
    "resume": _resume,
    "allow-resume": _allow_resume,
}
