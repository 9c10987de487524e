"""`tongtu pack`: the rules in words, what a release changes, and what it would have cost whom.

    tongtu pack rules [--pack ID] [--label M]      every rule with its source and label
    tongtu pack check FOLDER                       whether the pack may be used
    tongtu pack diff OLD NEW [--decisions [N]]     rules and figures that change; the newest N
                                                   stored decisions made again under NEW
    tongtu pack judge --under cn,eu < case         one application under each country's law

A pack is an id under packs/ (cn/2026.08) or a folder. `--decisions` reads the database of this
machine's settings and makes no row; a server may run beside it, but not as generator 7.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tongtu.channels.cli.pack_case import judge_case
from tongtu.kernel.errors import BadInput
from tongtu.origination.api import DECISIONS_MAX, Impact, impact
from tongtu.policy.api import LABELS, Change, Pack, Rule, difference, pack_root
from tongtu.runtime.api import load, open_runtime

SHIPPED = "cn/2026.08"
CASE_BYTES_MAX = 100_000
OWN_GENERATOR = 7  # the last of the eight; no id is made here
LABEL_WORDS = {
    "T": "text read", "S": "reported", "M": "from memory: to be confirmed by counsel",
    "P": "own policy",
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    actions = parser.add_subparsers(dest="action", required=True)
    rules = actions.add_parser("rules", help="list the rules of a pack")
    rules.add_argument("--pack", default=SHIPPED, help=f"id or folder (default: {SHIPPED})")
    rules.add_argument("--label", choices=LABELS, help="only those of a label; M is unverified")
    check = actions.add_parser("check", help="tell whether a pack may be used")
    check.add_argument("pack", help="id or folder")
    diff = actions.add_parser("diff", help="what one release says otherwise than another")
    diff.add_argument("old", help="id or folder")
    diff.add_argument("new", help="id or folder")
    diff.add_argument(
        "--decisions", nargs="?", type=int, const=DECISIONS_MAX, default=0, metavar="N",
        help="make the newest N stored decisions again under the new one",
    )  # fmt: skip
    judge = actions.add_parser("judge", help="one case on standard input under several laws")
    judge.add_argument("--under", default="cn,eu", help="countries, with commas (default: cn,eu)")
    for one in (rules, check, diff, judge):
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; 1 for a pack that may not be used."""
    told = _ACTIONS[arguments.action](arguments)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0


def folder_of(name: str) -> Path:
    """Return a pack's folder by its id or its path."""
    return Path(name) if Path(name, "pack.toml").is_file() else pack_root() / name


def _rules(arguments: argparse.Namespace) -> dict[str, Any]:
    pack = Pack.load(folder_of(arguments.pack))
    wanted = [rule for rule in pack.content.rules if arguments.label in (None, rule.source.label)]
    if not arguments.json:
        for rule in wanted:
            source = f"{rule.source.doc_no} {rule.source.article}".strip()
            print(
                f"{rule.source.label}  {rule.id:<20} {rule.severity:<5} "
                f"{','.join(rule.points):<44} {rule.title['en']}  [{source or 'own policy'}]"
            )
        labels = [rule.source.label for rule in pack.content.rules]
        tally = ", ".join(f"{labels.count(one)} {one} ({LABEL_WORDS[one]})" for one in LABELS)
        print(f"{pack.id} {pack.hash[:12]}: {len(labels)} rules: {tally}")
    return {"pack": pack.id, "hash": pack.hash, "rules": [_told(rule) for rule in wanted]}


def _told(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id, "label": rule.source.label, "severity": rule.severity.value,
        "points": list(rule.points), "title": dict(rule.title), "test": rule.test,
        "source": f"{rule.source.doc_no} {rule.source.article}".strip(),
    }  # fmt: skip


def _check(arguments: argparse.Namespace) -> dict[str, Any]:
    pack = Pack.load(folder_of(arguments.pack))
    examples = len(pack.content.examples)
    if not arguments.json:
        print(f"{pack.id} {pack.hash[:12]}: {len(pack.content.rules)} rules, {examples} examples")
    return {"pack": pack.id, "hash": pack.hash, "examples": examples}


def _diff(arguments: argparse.Namespace) -> dict[str, Any]:
    old, new = folder_of(arguments.old), folder_of(arguments.new)
    changes = difference(Pack.load(old).content, Pack.load(new).content)
    if not arguments.json:
        for one in changes:
            _print_change(one)
        print(f"{len(changes)} changes")
    told: dict[str, Any] = {
        "changes": [
            {"kind": one.kind, "name": one.name, "word": one.word, "before": one.before,
             "after": one.after}
            for one in changes
        ]
    }  # fmt: skip
    if arguments.decisions:
        found = asyncio.run(_impact(new, arguments.decisions))
        told["impact"] = impact_told(found)
        if not arguments.json:
            _print_impact(found)
    return told


async def _impact(pack: Path, limit: int) -> Impact:
    # A generator of its own: taking a serving process's would stop that process.
    settings = replace(load(os.environ, Path.cwd()).settings, generator=OWN_GENERATOR)
    async with open_runtime(settings) as runtime:
        return await impact(runtime, pack, limit)


def impact_told(found: Impact) -> dict[str, Any]:
    """Return the counts with lenders by their codes."""
    names = found.lenders
    return {
        "decisions": found.decisions,
        "same": found.same,
        "not_made_again": found.not_made_again,
        "by_rule": dict(found.by_rule.most_common()),
        "outcomes": {f"{one} -> {other}": n for (one, other), n in found.outcomes.items()},
        "lenders": {
            names[lender]: {
                "offers_before": found.offers_before[lender],
                "lost": found.lost[lender],
                "gained": found.gained[lender],
                "why_lost": {code: n for (who, code), n in found.why_lost.items() if who == lender},
            }
            for lender in sorted(names)
        },
    }


def _print_change(one: Change) -> None:
    label = f" [{one.label}]" if one.label else ""
    print(f"{one.word:<8} {one.kind:<10} {one.name}{label}")
    for sign, text in (("-", one.before), ("+", one.after)):
        if text:
            print(f"  {sign} {text}")


def _print_impact(found: Impact) -> None:
    told = impact_told(found)
    print(
        f"decisions made again: {told['decisions']}, unchanged {told['same']}, "
        f"not made again {told['not_made_again']}"
    )
    for word, count in told["outcomes"].items():
        print(f"  {word:<24} {count}")
    for rule, count in told["by_rule"].items():
        print(f"  by {rule:<21} {count}")
    print(f"  {'lender':<16} {'offers':>8} {'lost':>8} {'gained':>8}  why lost")
    for name, row in told["lenders"].items():
        why = ", ".join(f"{code} {n}" for code, n in row["why_lost"].items())
        print(f"  {name:<16} {row['offers_before']:>8} {row['lost']:>8} {row['gained']:>8}  {why}")


def _judge(arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        case = json.loads(sys.stdin.read(CASE_BYTES_MAX))
    except ValueError as fault:
        raise BadInput(f"the case is no JSON: {fault}") from None
    told = judge_case(case, arguments.under.split(","))
    if not arguments.json:
        for law in told["laws"]:
            costs = ", ".join(f"{name} {cost}" for name, cost in law["yearly_cost_percent"].items())
            mark = " (illustrative)" if law["is_illustrative"] else ""
            print(f"{law['pack']}{mark}: {costs} % a year")
            for point, found in law["points"].items():
                print(f"  {point:<20} {'nothing against it' if not found else ''}")
                for one in found:
                    print(f"    {one['severity']:<6} {one['rule']:<18} {one['reason']}")
        print(f"strictest: {told['strictest'] or 'nothing against it'}")
    return told


_ACTIONS = {"rules": _rules, "check": _check, "diff": _diff, "judge": _judge}
