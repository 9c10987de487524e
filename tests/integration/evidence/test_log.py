import asyncio
import hashlib
import json
from dataclasses import replace
from itertools import pairwise

import pytest

from tongtu.evidence.api import (
    Audit,
    Entry,
    Pending,
    Proof,
    Sequencer,
    Sm2Key,
    Trust,
    append,
    audit,
    consistency,
    is_consistent,
    latest,
    leaf_hash,
    log_signer,
    log_sm2,
    proof,
    to_bundle,
    verify,
)
from tongtu.kernel.errors import Broken, NotFound
from tongtu.witness.api import check_sm2
from tongtu.witness.tree import complete_root


def entry(number, kind="decision"):
    return Entry(kind, number, hashlib.sha256(str(number).encode()).digest())


async def write(runtime, *batches, cell=0, first_id=1):
    """Each batch is a range of subjects, written in a commit of its own."""
    for number, subjects in enumerate(batches, start=first_id):
        async with runtime.database.transaction() as connection:
            entries = [entry(subject) for subject in subjects]
            await append(connection, cell, number, entries, runtime.clock.now())


async def read(runtime, ask, *arguments):
    async with runtime.database.reading() as connection:
        return await ask(connection, *arguments)


async def tamper(runtime, statement):
    async with runtime.database.transaction() as connection:
        await connection.execute(statement)


async def count(runtime, table):
    return await read(runtime, lambda c: c.fetchval(f"SELECT count(*) FROM evidence.{table}"))


def test_an_entry_is_pending_until_it_is_sequenced_and_then_proved_offline(run, runtime):
    async def scenario():
        await write(runtime, range(10, 13), range(20, 25))
        before = await read(runtime, proof, "decision", 21)
        positions = await Sequencer(runtime).step()
        return before, positions, await read(runtime, proof, "decision", 21)

    before, positions, after = run(scenario())
    key = log_signer(runtime).key.show()
    file = json.loads(json.dumps(to_bundle(after, log_signer(runtime).key)))

    assert before == Pending()
    assert positions == 8
    assert (after.position, after.size, after.commitment) == (4, 8, entry(21).commitment)
    assert after.root == complete_root(
        [leaf_hash(entry(n).commitment) for n in (10, 11, 12, 20, 21, 22, 23, 24)]
    )
    assert verify(file, key).is_valid
    assert not verify(file | {"commitment": entry(22).commitment.hex()}, key).is_valid


def test_with_the_setting_a_checkpoint_is_signed_by_sm2_too(run, runtime):
    national = replace(runtime, settings=replace(runtime.settings, gm=True))

    async def scenario():
        await write(runtime, range(3))
        await Sequencer(national).step()
        return await read(runtime, latest), await read(runtime, proof, "decision", 1)

    point, found = run(scenario())
    key = Sm2Key(log_signer(runtime).name, log_sm2(national).public)
    check_sm2(point.note, key)
    trust = Trust(log_signer(runtime).key.show(), sm2_key=key.show())

    assert log_sm2(runtime) is None
    assert verify(to_bundle(found, log_signer(runtime).key), trust=trust).is_valid


def test_what_was_never_written_has_no_proof(run, runtime):
    async def scenario():
        await write(runtime, range(3))
        with pytest.raises(NotFound):
            await read(runtime, proof, "decision", 99)
        with pytest.raises(NotFound):
            await read(runtime, proof, "agreement", 1)
        await Sequencer(runtime).step()
        with pytest.raises(NotFound):
            await read(runtime, proof, "agreement", 1)

    run(scenario())


def test_an_undone_transaction_leaves_nothing_in_the_log(run, runtime):
    async def scenario():
        with pytest.raises(ZeroDivisionError):
            async with runtime.database.transaction() as connection:
                await append(connection, 0, 1, [entry(1)], runtime.clock.now())
                raise ZeroDivisionError
        return await Sequencer(runtime).step(), await count(runtime, "batch")

    assert run(scenario()) == (0, 0)


def test_a_batch_that_commits_late_is_sequenced_later_and_never_lost(run, runtime):
    async def scenario():
        async with runtime.database.transaction() as slow:
            await append(slow, 0, 1, [entry(1)], runtime.clock.now())
            await write(runtime, [2], first_id=2)
            held = await Sequencer(runtime).step()
        released = await Sequencer(runtime).step()
        found = [await read(runtime, proof, "decision", n) for n in (1, 2)]
        return held, released, [one.position for one in found]

    assert run(scenario()) == (0, 2, [0, 1])


def test_a_second_sequencer_stands_by_until_the_first_one_ends(run, runtime):
    async def scenario():
        first, second = Sequencer(runtime), Sequencer(runtime)
        await write(runtime, range(5))
        await first.start()
        async with asyncio.timeout(20):
            while await read(runtime, latest) is None:
                await asyncio.wait([first._task], timeout=0.01)
        await write(runtime, range(5, 7), first_id=7)
        stood_by = await second.step()
        await first.stop()
        took_over = await second.step()
        return stood_by, took_over, (await read(runtime, latest)).size

    stood_by, took_over, size = run(scenario())

    assert (stood_by, size) == (0, 7)
    assert took_over in (0, 2)  # 0 when the first one took them on its way out


def test_steps_are_bounded_and_every_checkpoint_proves_that_it_begins_the_next(run, runtime):
    async def scenario():
        sizes = (1, 255, 2, 700, 300, 1500, 3)
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        await write(
            runtime, *(range(start, start + n) for start, n in zip(starts, sizes, strict=True))
        )
        sequencer, steps, points = Sequencer(runtime), [], []
        while found := await sequencer.step():
            steps.append(found)
            points.append(await read(runtime, latest))
        proofs = [await read(runtime, proof, "decision", n) for n in (0, 255, 256, 1400, 2760)]
        joined = [await read(runtime, consistency, point.size) for point in points]
        return steps, points, proofs, joined, await count(runtime, "node")

    steps, points, proofs, joined, nodes = run(scenario())
    key = log_signer(runtime).key

    assert steps == [958, 300, 1500, 3]
    assert [one.position for one in proofs] == [0, 255, 256, 1400, 2760]
    assert all(verify(to_bundle(one, key)).is_valid for one in proofs)
    for point, link in zip(points, joined, strict=True):
        assert is_consistent((point.size, point.root), (link.size, link.root), link.path)
    for older, newer in pairwise(points):
        assert not is_consistent((older.size, newer.root), (2761, joined[0].root), joined[0].path)
    assert nodes == 10 + 5 + 2 + 1  # complete subtrees of 256, 512, 1,024 and 2,048 leaves


async def filled(runtime):
    """A log of 600 entries in 60 batches and two checkpoints."""
    await write(runtime, *(range(n, n + 10) for n in range(0, 300, 10)))
    await Sequencer(runtime).step()
    first = await read(runtime, latest)
    await write(runtime, *(range(n, n + 10) for n in range(300, 600, 10)), first_id=100)
    await Sequencer(runtime).step()
    return first.note


async def audited(runtime, outside=None):
    return await read(runtime, audit, log_signer(runtime).key, outside)


def test_an_untouched_log_is_whole(run, runtime):
    async def scenario():
        note = await filled(runtime)
        return await audited(runtime, note), (await read(runtime, latest)).root

    found, root = run(scenario())

    assert found == Audit(600, root, 2, "the log is whole")
    assert found.is_whole


FALSE = "sha256('false')"
BOTH_COPIES = """
UPDATE evidence.batch SET hashes[8] = sha256('false') WHERE id = {batch};
UPDATE evidence.leaf SET commitment = sha256('false') WHERE position = {position}
"""
TAMPERED = [
    (f"UPDATE evidence.leaf SET commitment = {FALSE} WHERE position = 337", 337, 337),
    ("UPDATE evidence.leaf SET subject = 1 WHERE position = 337", 337, 337),
    (f"UPDATE evidence.batch SET hashes[8] = {FALSE} WHERE id = 103", 337, 337),
    ("DELETE FROM evidence.leaf WHERE position = 599", 599, 599),
    ("DELETE FROM evidence.batch WHERE id = 3", 20, 20),
    ("INSERT INTO evidence.leaf VALUES (600, 7, 'decision', sha256('x'))", 600, 600),
    # Both copies of the entry are changed: now the stored nodes and the signatures speak.
    (BOTH_COPIES.format(batch=4, position=37), 0, 255),
    (BOTH_COPIES.format(batch=122, position=527), 300, 599),
    ("UPDATE evidence.node SET hash = sha256('x') WHERE level = 8 AND place = 1", 300, 511),
    ("UPDATE evidence.checkpoint SET root = sha256('x') WHERE size = 300", 0, 299),
    ("UPDATE evidence.checkpoint SET note = 'x' WHERE size = 600", 300, 599),
    ("DELETE FROM evidence.checkpoint WHERE size = 600", 300, 599),
]


@pytest.mark.parametrize(("statement", "first", "last"), TAMPERED)
def test_a_changed_row_is_found_and_the_first_bad_entry_named(run, runtime, statement, first, last):
    async def scenario():
        await filled(runtime)
        await tamper(runtime, statement)
        return await audited(runtime)

    found = run(scenario())

    assert (found.first_bad, found.last_bad) == (first, last)
    assert not found.is_whole


def test_a_proof_from_a_changed_leaf_does_not_verify(run, runtime):
    async def scenario():
        await filled(runtime)
        await tamper(runtime, f"UPDATE evidence.leaf SET commitment = {FALSE} WHERE position = 590")
        return [await read(runtime, proof, "decision", n) for n in (590, 591, 5)]

    changed, beside, far = run(scenario())
    key = log_signer(runtime).key

    assert not verify(to_bundle(changed, key)).is_valid
    assert not verify(to_bundle(beside, key)).is_valid
    assert isinstance(far, Proof)


WIPE = "TRUNCATE evidence.leaf, evidence.node, evidence.checkpoint, evidence.batch;"
RESET = "UPDATE evidence.cursor SET xid = '0', size = 0"


def test_a_log_rewritten_and_signed_anew_is_caught_by_the_note_someone_kept(run, runtime):
    async def scenario(subjects):
        note = await filled(runtime)
        await tamper(runtime, WIPE + RESET)
        await write(runtime, subjects)
        await Sequencer(runtime).step()
        return await audited(runtime), await audited(runtime, note)

    alone, against = run(scenario(range(1, 400)))

    assert alone.is_whole
    assert (against.first_bad, against.last_bad) == (0, 299)
    assert against.finding == "the log was rewritten since it was kept outside"


def test_a_log_whose_tail_was_cut_off_is_caught_by_the_note_someone_kept(run, runtime):
    async def scenario():
        note = await filled(runtime)
        await tamper(runtime, WIPE + RESET)
        await write(runtime, range(200))
        await Sequencer(runtime).step()
        return await audited(runtime, note)

    found = run(scenario())

    assert (found.finding, found.first_bad, found.last_bad) == (
        "the tail of the log is missing",
        200,
        299,
    )


def test_a_log_in_a_server_with_another_history_is_not_continued(run, runtime):
    async def scenario():
        await write(runtime, range(3))
        await Sequencer(runtime).step()
        await tamper(runtime, "UPDATE evidence.cursor SET xid = '999999999999'")
        await write(runtime, range(3, 6), first_id=2)
        with pytest.raises(Broken):
            await Sequencer(runtime).step()
        return (await read(runtime, latest)).size

    assert run(scenario()) == 3
