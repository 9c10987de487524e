"""`tongtu ring`: a planted ring among honest neighbours, judged by the fraud rules as they are."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tongtu.risk.api import FraudFacts, Keys, SignalBook, load_fraud_rules

_AT_S = 1_800_000_000
_GAP_S = 90  # between two applications
# Kinds of key are told apart by where their numbers begin.
_DEVICE, _ADDRESS, _PHONE, _CARD = (n << 40 for n in range(1, 5))
_PERSONS_MAX = 10_000


class Planted(NamedTuple):
    """An application of the demonstration."""

    is_ring: bool
    party: int
    keys: Keys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--applications", type=int, default=40, help="of the ring")
    parser.add_argument("--devices", type=int, default=3, help="the ring's")
    parser.add_argument("--neighbours", type=int, default=200, help="honest, at the same address")


def run(arguments: argparse.Namespace) -> int:
    """Print what is held, and why; return 1 when one of the ring got through or a neighbour not.

    The first of a ring are decided before anything links them: they are asked about once more when
    they take an offer, as the platform does.
    """
    for name in ("applications", "devices", "neighbours"):
        if not 1 <= getattr(arguments, name) <= _PERSONS_MAX:
            raise SystemExit(f"--{name} is 1 to {_PERSONS_MAX}")
    book, rules = SignalBook(), load_fraud_rules()
    at_once: Counter[bool] = Counter()
    later: Counter[bool] = Counter()
    reasons: Counter[str] = Counter()
    passed: list[tuple[int, Planted]] = []
    at_s, persons = _AT_S, list(_people(arguments))
    for number, one in enumerate(persons):
        at_s += _GAP_S
        found = rules.judge(FraudFacts(book.look(one.party, one.keys, at_s)))
        book.add(number, one.party, one.keys, at_s)
        if found.severity == "pass":
            passed.append((number, one))
        else:
            at_once[one.is_ring] += 1
            reasons.update(found.reasons)
    for number, one in passed:
        row = book.row(number)
        if row and rules.judge(FraudFacts(book.linked(row, at_s))).severity != "pass":
            later[one.is_ring] += 1
    sizes = Counter(one.is_ring for one in persons)
    print(f"{'':12}{'applied':>9}{'held':>9}{'held at acceptance':>20}{'let through':>13}")
    for is_ring, name in ((True, "ring"), (False, "neighbours")):
        through = sizes[is_ring] - at_once[is_ring] - later[is_ring]
        print(f"{name:12}{sizes[is_ring]:9,}{at_once[is_ring]:9,}{later[is_ring]:20,}{through:13,}")
    print("held for: " + ", ".join(f"{code} {n:,}" for code, n in reasons.most_common()))
    held = at_once + later
    return 0 if held[True] == sizes[True] and not held[False] else 1


def _people(arguments: argparse.Namespace) -> Iterator[Planted]:
    """Yield the ring spread among its neighbours: all behind one address, some of them couples."""
    every = max(arguments.neighbours // arguments.applications, 1)
    ring = 0
    for n in range(arguments.neighbours):
        # Every third pair of neighbours shares one telephone.
        device = _DEVICE + n // 2 * 2 if n % 6 < 2 else _DEVICE + n
        address = _ADDRESS + n // 50  # of a hotel
        yield Planted(False, 1_000_000 + n, (device, address, _PHONE + n, 0, 0, _CARD + n))
        if n % every == 0 and ring < arguments.applications:
            yield _of_ring(ring, arguments.devices, address)
            ring += 1
    for rest in range(ring, arguments.applications):
        yield _of_ring(rest, arguments.devices, _ADDRESS)


def _of_ring(n: int, devices: int, address: int) -> Planted:
    burner = _DEVICE + _PERSONS_MAX * 10 + n % devices
    phone, card = _PHONE + _PERSONS_MAX * 10 + n, _CARD + _PERSONS_MAX * 10 + n
    return Planted(True, 2_000_000 + n, (burner, address, phone, 0, 0, card))
