"""The one worker that gives leaves their positions after commit, and signs what it has built.

Whoever holds the advisory lock is the sequencer; the lock lives and dies with its connection, and
every step runs on that connection, so a sequencer that lost the lease cannot write any more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg

from tongtu.evidence.model import Checkpoint
from tongtu.evidence.store import (
    STORED_LEVEL,
    add_checkpoint,
    add_nodes,
    is_cursor_ahead,
    read_frontier,
    sequence,
    sequenced_size,
)
from tongtu.kernel.errors import Broken, TongtuError
from tongtu.kernel.gm import Sm2Private
from tongtu.runtime.api import Connection, Runtime, get_logger, sm2_of
from tongtu.witness.api import (
    Frontier,
    Signer,
    checkpoint_text,
    leaf_hash,
    sm2_line,
    with_lines,
)

# A checkpoint covers at most this many new leaves (one larger batch excepted) ...
STEP_LEAVES = 1000
# ... and comes at most this long after them.
PAUSE_S = 1.0
_LEASE = 7_205_759_411  # key of the advisory lock
_KEY_PURPOSE = "evidence-log"
_SM2_NAME = "log"

log = get_logger("evidence")


def log_signer(runtime: Runtime) -> Signer:
    """Return the signer of this installation's log; its key is derived from the root key."""
    return Signer.of(runtime.settings.instance, runtime.keys.derive(_KEY_PURPOSE))


def log_sm2(runtime: Runtime) -> Sm2Private | None:
    """Return the log's SM2 key, None where the setting is off.

    Raises:
        Broken: the extra `gm` is not installed, or the key's file is damaged.
    """
    return sm2_of(runtime.settings, _SM2_NAME)


class Sequencer:
    """Orders committed batches, grows the tree, signs checkpoints. Any number may stand by."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._signer = log_signer(runtime)
        self._sm2 = log_sm2(runtime)
        self._connection: Connection | None = None
        self._frontier: Frontier | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._drains = False

    async def start(self) -> None:
        """Run steps in the background until `stop`."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name="evidence sequencer")

    async def stop(self, *, drain: bool = False) -> None:
        """End the background work after the step in flight, and give the lease back.

        With `drain` it first goes on until nothing waits for its position.
        """
        self._drains = drain
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def step(self) -> int:
        """Sequence and sign once; return how many leaves got a position.

        Raises:
            Broken: the stored tree and the cursor disagree, or the server's history was replaced.
        """
        try:
            return await self._step()
        finally:
            if self._task is None:
                await self._give_back()

    async def _run(self) -> None:
        found = 1  # so much may wait
        while not self._stopping.is_set() or (self._drains and found):
            found = 0
            try:
                found = await self._step()
            except (OSError, TongtuError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.exception("sequencing failed")
                await self._give_back()
            if found < STEP_LEAVES // 2 and not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), PAUSE_S)
                    found = 1  # woken to stop: what came since the step is not known
        await self._give_back()

    async def _step(self) -> int:
        connection = await self._lease()
        if connection is None:
            return 0
        if self._frontier is None:
            if await is_cursor_ahead(connection):
                raise Broken("the log was restored into a server with another history")
            self._frontier = await read_frontier(connection, await sequenced_size(connection))
        frontier = self._frontier.copy()
        async with connection.transaction():
            first, commitments = await sequence(connection, STEP_LEAVES)
            if not commitments:
                return 0
            if first != frontier.size:
                raise Broken("the tree and its cursor disagree")
            hashes = [leaf_hash(commitment) for commitment in commitments]
            await add_nodes(connection, frontier.extend(hashes, STORED_LEVEL))
            await add_checkpoint(connection, self._sign(frontier))
        self._frontier = frontier
        return len(commitments)

    def _sign(self, frontier: Frontier) -> Checkpoint:
        root = frontier.root()
        text = checkpoint_text(self._signer.name, frontier.size, root)
        note = self._signer.sign(text)
        if self._sm2 is not None:
            note = with_lines(note, [sm2_line(self._signer.name, self._sm2, text)])
        return Checkpoint(frontier.size, root, self._runtime.clock.now(), note)

    async def _lease(self) -> Connection | None:
        """The connection that holds the lock; None while another sequencer does."""
        if self._connection is None:
            self._connection = await self._runtime.database.lane_connection()
        # A frontier is only ever read under the lock, so who has one holds the lease.
        is_held = self._frontier is not None or await self._connection.fetchval(
            "SELECT pg_try_advisory_lock($1)", _LEASE
        )
        return self._connection if is_held else None

    async def _give_back(self) -> None:
        connection, self._connection, self._frontier = self._connection, None, None
        if connection is not None:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=PAUSE_S)
