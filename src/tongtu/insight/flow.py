"""Puts the live picture together from the contexts' own answers; made once however many look."""

from __future__ import annotations

import asyncio

from tongtu.evidence.api import (
    Checkpoint,
    consistency,
    is_consistent,
    latest,
    log_signer,
    open_note,
    read_checkpoint,
)
from tongtu.insight.model import (
    LOOK_SHARE,
    PROOF_S,
    RATE_WINDOW_S,
    REFRESH_S,
    Latency,
    LedgerProof,
    Live,
    LoansState,
    LogState,
)
from tongtu.insight.rate import Rate
from tongtu.kernel.errors import BadInput
from tongtu.ledger.api import balances_equal_replay
from tongtu.origination.api import outcomes
from tongtu.process.api import reached
from tongtu.runtime.api import Connection, Runtime, business_date, latency
from tongtu.servicing.api import portfolio

# Steps of a case as the funnel names them; what was decided is counted from the decisions.
LATER_STEPS = ("accepted", "signed", "funded", "settled")


class Pulse:
    """Knows the latest decisions of this process and shows the platform at one moment."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._apply = latency("apply")
        self._rate = Rate(RATE_WINDOW_S)
        self._lock = asyncio.Lock()
        self._live: Live | None = None
        self._live_until_s = 0.0
        self._proof: LedgerProof | None = None
        self._proof_until_s = 0.0
        self._seen: Checkpoint | None = None
        self._key = log_signer(runtime).key

    def decided(self, seconds: float) -> None:
        """Take note of one answered application."""
        self._apply.observe(seconds)
        self._rate.add(self._runtime.clock.monotonic_s())

    async def now(self) -> Live:
        """Return the live picture, at most a second old."""
        async with self._lock:
            began_s = self._runtime.clock.monotonic_s()
            if self._live is None or began_s >= self._live_until_s:
                self._live = await self._look()
                took_s = self._runtime.clock.monotonic_s() - began_s
                self._live_until_s = began_s + max(REFRESH_S, took_s * LOOK_SHARE)
            return self._live

    async def _look(self) -> Live:
        clock = self._runtime.clock
        async with self._runtime.database.reading() as connection:
            proof = await self._ledger(connection)
            log = await self._log(connection)
            decided = await outcomes(connection)
            steps = await reached(connection)
            loans = await portfolio(connection)
            today = await business_date(connection)
        return Live(
            # A declined case that a person looks at again is one decision and one review step.
            funnel={"submitted": sum(decided.values())}
            | {outcome.value: number for outcome, number in decided.items()}
            | {step: steps.get(step, 0) for step in LATER_STEPS},
            latency_ms=self._latency(),
            decisions_per_s=round(self._rate.per_s(clock.monotonic_s()), 1),
            ledger=proof,
            evidence=log,
            loans=LoansState(
                live=loans.live,
                outstanding_minor=loans.outstanding_minor,
                repaid_minor=loans.repaid_minor,
                overdue=loans.overdue,
            ),
            business_date=today,
            at=clock.now(),
        )

    def _latency(self) -> Latency:
        shares = (0.5, 0.95, 0.99)
        found = [self._apply.percentile_s(share) for share in shares]
        p50, p95, p99 = (None if each is None else round(each * 1000, 2) for each in found)
        return Latency(p50, p95, p99, self._apply.count)

    async def _ledger(self, connection: Connection) -> LedgerProof:
        clock = self._runtime.clock
        began_s = clock.monotonic_s()
        if self._proof is None or began_s >= self._proof_until_s:
            replay = await balances_equal_replay(connection)
            self._proof = LedgerProof(
                accounts=replay.accounts,
                transfers=replay.transfers,
                sum_minor=replay.sum_minor,
                differences=replay.differences,
                checked_at=clock.now(),
            )
            took_s = clock.monotonic_s() - began_s
            self._proof_until_s = began_s + max(PROOF_S, took_s * LOOK_SHARE)
        return self._proof

    async def _log(self, connection: Connection) -> LogState:
        checkpoint = await latest(connection)
        if checkpoint is None:
            return LogState(0, None, None, verified=False)  # nothing is there that could be
        verified = await self._is_continued(connection, checkpoint)
        if verified:
            self._seen = checkpoint
        return LogState(checkpoint.size, checkpoint.root.hex(), checkpoint.at, verified)

    async def _is_continued(self, connection: Connection, new: Checkpoint) -> bool:
        """Tell whether `new` is signed by our key and continues the checkpoint seen before."""
        try:
            _, size, root = read_checkpoint(open_note(new.note, self._key))
        except BadInput:
            return False
        if (size, root) != (new.size, new.root):
            return False
        old = self._seen
        if old is None or (old.size, old.root) == (new.size, new.root):
            return True
        if old.size >= new.size:
            return False
        path = (await consistency(connection, old.size)).path
        return is_consistent((old.size, old.root), (new.size, new.root), path)
