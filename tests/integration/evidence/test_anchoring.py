"""The worker anchors what is newer, and never writes over an anchor that says otherwise."""

import hashlib

from tongtu.evidence.api import (
    Anchoring,
    AnchorState,
    Entry,
    Sequencer,
    anchor_stand,
    append,
    latest,
    log_signer,
)
from tongtu.kernel.errors import Broken
from tongtu.witness.api import AnchorFile

CUT = """
DELETE FROM evidence.checkpoint WHERE size > 5;
DELETE FROM evidence.leaf WHERE position >= 5;
UPDATE evidence.cursor SET size = 5
"""
RETOLD = "UPDATE evidence.leaf SET commitment = decode(repeat('ab', 32), 'hex') WHERE position = 2"


class Dead(AnchorFile):
    def put(self, note):
        raise Broken("the medium is full")


async def write(runtime, subjects):
    async with runtime.database.transaction() as connection:
        entries = [Entry("decision", n, hashlib.sha256(str(n).encode()).digest()) for n in subjects]
        await append(connection, 0, runtime.ids.new(0), entries, runtime.clock.now())
    await Sequencer(runtime).step()


async def sql(runtime, statement):
    async with runtime.database.transaction() as connection:
        await connection.execute(statement)


async def read(runtime, ask):
    async with runtime.database.reading() as connection:
        return await ask(connection)


def anchoring(runtime, backend):
    return Anchoring(runtime, backend, log_signer(runtime).key)


def test_each_newer_checkpoint_is_anchored_once(run, runtime, tmp_path):
    anchor = AnchorFile(tmp_path / "anchor")
    worker = anchoring(runtime, anchor)

    async def scenario():
        nothing = await worker.step()
        await write(runtime, range(5))
        first = await worker.step()
        again = await worker.step()
        await write(runtime, range(5, 9))
        return nothing, first, again, await worker.step(), await read(runtime, latest)

    nothing, first, again, last, newest = run(scenario())
    assert nothing is None
    assert [(one.state, one.size) for one in (first, again, last)] == [
        (AnchorState.HOLDS, 5), (AnchorState.HOLDS, 5), (AnchorState.HOLDS, 9),
    ]  # fmt: skip
    assert len(anchor.notes()) == 2
    assert anchor.newest() == newest.note
    kept = run(read(runtime, anchor_stand))
    assert (kept.place, kept.state, kept.size) == ("file:anchor", AnchorState.HOLDS, 9)


def test_a_log_that_lost_its_tail_or_was_told_anew_is_found_and_the_anchor_left_alone(
    run, runtime, tmp_path
):
    anchor = AnchorFile(tmp_path / "anchor")

    async def scenario():
        await write(runtime, range(5))
        await write(runtime, range(5, 9))
        await anchoring(runtime, anchor).step()
        before = anchor.notes()
        await sql(runtime, RETOLD)
        retold = await anchoring(runtime, anchor).step()
        await sql(runtime, CUT)
        cut = await anchoring(runtime, anchor).step()
        return before, retold, cut, await read(runtime, anchor_stand)

    before, retold, cut, kept = run(scenario())
    assert (retold.state, retold.reason) == (
        AnchorState.CONTRADICTS,
        "the first 9 entries are not those that were anchored",
    )
    assert (cut.state, cut.size) == (AnchorState.AHEAD, 9)
    assert cut.reason == "it holds 9 entries, the log has 5"
    assert kept.state is AnchorState.AHEAD
    assert anchor.notes() == before


def test_a_place_that_takes_nothing_is_told_and_asked_again(run, runtime, tmp_path):
    async def scenario():
        await write(runtime, range(5))
        silent = await anchoring(runtime, Dead(tmp_path / "anchor")).step()
        return silent, await anchoring(runtime, AnchorFile(tmp_path / "anchor")).step()

    silent, then = run(scenario())
    assert (silent.state, silent.reason) == (AnchorState.SILENT, "the medium is full")
    assert (then.state, then.size) == (AnchorState.HOLDS, 5)
