"""CPU of one decision by stage, without I/O: the engine's own steps on a batch of real cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bench.decision.seed import challenger_of, consents

from tongtu.kernel.ids import ApplicationId, DecisionId, PartyId, PublicIds
from tongtu.origination.api import ApplyRequest, Case, Declared, Known, load_engine, shipped_sources
from tongtu.origination.rules.answer import end_of, instant
from tongtu.origination.rules.record import Packer, Record, encode
from tongtu.replay.api import read_applicants
from tongtu.risk.api import QUIET_FACTS
from tongtu.runtime.api import settle_memory

ROUNDS = 15
_DAY = date(2026, 11, 24)
_AT = datetime(2026, 11, 24, 1, tzinfo=UTC)


def stages(home: Path, batch: int, rules: Path) -> dict[str, float]:
    """Return the best of some rounds, in CPU microseconds a decision."""
    scorecard = next(home.glob("models/*/scorecard.json"))
    shipped = shipped_sources(scorecard, challenger=challenger_of(home))
    engine = load_engine(replace(shipped, rules=rules), PublicIds(b"k" * 32))
    cases = _cases(home, batch, consents(len(engine.book.lenders)))
    ample = {program.id: 10**15 for program in engine.book.programs()}
    results = engine.decide(cases, dict(ample), _DAY)
    records = [
        Record(case, _DAY, _AT, 1_000, result) for case, result in zip(cases, results, strict=True)
    ]
    packer = Packer(engine.version.dictionary)
    expires_at = instant(end_of(_DAY, "Asia/Shanghai"))
    encoded = [encode(record) for record in records]
    told = engine.tellings(records, ["offers"] * batch, expires_at)
    drafts = [engine.open(place, case, _DAY) for place, case in enumerate(cases)]
    engine.score(drafts)
    engine.judge(drafts, _DAY)

    def price() -> None:
        fresh = [copy(draft) for draft in drafts]
        for draft in fresh:
            draft.offers, draft.refusals = [], {}
        engine.price(fresh, dict(ample), _DAY)

    steps: dict[str, Callable[[], object]] = {
        "policy, product, rules": lambda: [
            engine.open(place, case, _DAY) for place, case in enumerate(cases)
        ],
        "both scores with reasons": lambda: engine.score(drafts),
        "final policy": lambda: engine.judge(drafts, _DAY),
        "lenders, quotes, offers": price,
        "record": lambda: [encode(record) for record in records],
        "answer": lambda: [
            engine.answers.write(record, telling)
            for record, telling in zip(
                records, engine.tellings(records, ["offers"] * batch, expires_at), strict=True
            )
        ],
        "compression": lambda: [
            packer.pack(record, telling.packed())
            for record, telling in zip(encoded, told, strict=True)
        ],
        "decision as a whole": lambda: engine.decide(cases, dict(ample), _DAY),
    }
    settle_memory()  # as the process does that decides
    return {name: _best(step) * 1e6 / batch for name, step in steps.items()}


def _best(step: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        step()
        best = min(best, time.process_time() - began)
    return best


def _cases(home: Path, batch: int, consented: int) -> list[Case]:
    applicants = read_applicants(home / "data" / "credit_data.csv", training=False)[:batch]
    known = Known(True, date(2001, 1, 1), consented, 0, 0, 0, QUIET_FACTS)
    return [
        Case(
            ApplyRequest(
                caller=n,
                party=PartyId(n),
                key=f"bench-{n}",
                body_hash=b"",
                product="consumer_cash",
                amount_minor=one.amount_minor,
                tenor_months=one.tenor_months,
                purpose="goods",
                device_hash=n,
                ip_hash=0,
                declared=Declared(**one.facts),
                application=ApplicationId((1 << 50) + n),
                decision=DecisionId((1 << 51) + n),
                salt=b"s" * 16,
                submitted_at=_AT,
                received_s=0.0,
            ),
            known,
        )
        for n, one in enumerate(applicants)
    ]
