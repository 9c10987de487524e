"""In demo mode the platform has four witnesses, started at the log's first entry, ended with it."""

import asyncio
import hashlib

from tongtu.evidence.api import Entry, Sequencer, append, latest_final, witness_stands
from tongtu.funding.api import load_book
from tongtu.main.models import rules_folder
from tongtu.main.witnesses import FOLDER, Witnesses

PATIENCE_S = 60


def test_four_witnesses_are_started_at_the_first_entry_and_make_it_final(run, runtime, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "src")  # of the processes that it starts
    book = load_book(rules_folder(runtime.settings))
    home = runtime.settings.home / FOLDER

    async def final():
        async with runtime.database.reading() as connection:
            return await latest_final(connection)

    async def scenario():
        witnesses = Witnesses(runtime, book)
        await witnesses.start()
        await witnesses._cosigning.step()
        before = home.exists()
        async with runtime.database.transaction() as connection:
            leaf = Entry("decision", 1, hashlib.sha256(b"1").digest())
            await append(connection, 0, runtime.ids.new(0), [leaf], runtime.clock.now())
        await Sequencer(runtime).step()
        async with asyncio.timeout(PATIENCE_S):
            await witnesses._cosigning.step()  # finds an entry that nobody watches
            await witnesses._opening
            await witnesses._cosigning.step()
        found = await final()
        running = [process for process in witnesses.processes if process.returncode is None]
        await witnesses.stop()
        async with runtime.database.reading() as connection:
            stands = await witness_stands(connection)
        return before, found, len(running), [one.returncode for one in running], stands

    before, found, running, ended, stands = run(scenario())

    assert (before, running) == (False, 4)
    assert found.size == 1
    assert len(found.witnesses) >= 3
    assert None not in ended
    assert sorted(path.name for path in home.iterdir()) == sorted(Witnesses(runtime, book).names())
    assert len({one.key for one in stands}) >= 3
    seen = home / "platform" / "seen"
    assert seen.read_text(encoding="utf-8").startswith("tongtu.log/local\n1\n")
