"""The whole decision in process: facts in hand -> decided by both models -> record packed.

The models are the demo's own, trained here on its training rows; the cases are its held-out rows.
No database, no wire: what stands here is what the lane computes between its two statements.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import (
    ApplyRequest,
    Case,
    Declared,
    Known,
    Record,
    load_engine,
    shipped_sources,
)
from tongtu.origination.rules.record import Packer, encode
from tongtu.replay.api import read_applicants
from tongtu.risk.api import (
    QUIET_FACTS,
    Sample,
    Source,
    Spec,
    dossier,
    extract_data,
    folder_of,
    platform_cases,
    save,
    study_once,
    train,
)

SIZES = (1, 8, 64, 256)
ROUNDS = 5
TREES = 100
DAY, AT = date(2026, 11, 24), datetime(2026, 11, 24, 1, tzinfo=UTC)
CONSENTS = 0b111 | sum(1 << (8 + number) for number in range(1, 8))


def whole() -> dict[str, list[float]]:
    """Return microseconds of processor a decision, one value a batch, by size of batch."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        csv = extract_data(home)
        seen, unseen = (read_applicants(csv, training=training) for training in (True, False))
        engines = _engines(home, seen, unseen)
        cases = [_case(n, one) for n, one in enumerate(unseen)]
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            packer = Packer(engine.version.dictionary)
            ample = {program.id: 10**13 for program in engine.book.programs()}
            for size in SIZES:
                times = found.setdefault(f"{name}, {size} at once", [])
                for start in range(0, min(len(cases), 100 * size) - size + 1, size):
                    batch = cases[start : start + size]
                    begun = time.process_time()
                    for case, decided in zip(
                        batch, engine.decide(batch, dict(ample), DAY), strict=True
                    ):
                        packer.pack(encode(Record(case, DAY, AT, 0, decided)), b"")
                    times.append((time.process_time() - begun) / size * 1e6)
    return found


def told(found: dict[str, list[float]]) -> list[str]:
    """Return one line a size: median, 95th and 99th percentile over the batches."""
    lines = []
    for name, times in found.items():
        ordered = sorted(times)
        p95, p99 = (ordered[int(share * (len(ordered) - 1))] for share in (0.95, 0.99))
        median = statistics.median(ordered)
        lines.append(f"{name:44} p50 {median:7.1f}  p95 {p95:7.1f}  p99 {p99:7.1f} us a decision")
    return lines


def _engines(home: Path, seen, unseen):
    sample = [
        Sample([x.stated() for x in rows], [x.is_bad for x in rows]) for rows in (seen, unseen)
    ]
    trained = train(*sample, Source("credit_data", "0" * 64))
    card = save(home, trained) / "scorecard.json"
    everybody = [*seen, *unseen]
    cases = platform_cases([x.stated() for x in everybody], [x.is_bad for x in everybody])
    held = np.arange(len(everybody)) >= len(seen)
    spec = Spec(trees=TREES)
    made = dossier(cases, study_once(cases, held, (spec, 0), lambda _: None), spec, 0)
    beside = folder_of(home, made.hash)
    made.save(beside)
    sources, public = shipped_sources(card), PublicIds(b"k" * 32)
    return {
        "points table alone": load_engine(sources, public),
        "points table, challenger with exact reasons": load_engine(
            replace(sources, challenger=beside), public
        ),
    }


def _case(n: int, one) -> Case:
    said = one.body()
    request = ApplyRequest(
        caller=n + 1, party=n + 1, key=f"key-{n:08d}", body_hash=b"h" * 32,
        product=said["product"], amount_minor=one.amount_minor, tenor_months=one.tenor_months,
        purpose=said["purpose"], device_hash=n + 1, ip_hash=0, declared=Declared(**one.facts),
        application=1_000_000 + n, decision=2_000_000 + n, salt=b"s" * 16, submitted_at=AT,
        received_s=0.0,
    )  # fmt: skip
    known = Known(True, date(1990, 1, 1), CONSENTS, 0, 0, 0, QUIET_FACTS)
    return Case(request, known)
