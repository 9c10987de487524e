"""Four witnesses and a log that is honest, loses a witness, is rewritten, or tells two histories."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tongtu.channels.cli import main
from tongtu.evidence.api import (
    Cosigning,
    Entry,
    HttpWitness,
    NoWord,
    Said,
    Sequencer,
    Stand,
    Trust,
    append,
    audit,
    latest,
    latest_final,
    log_signer,
    proof,
    to_bundle,
    verify,
    witness_stands,
)
from tongtu.evidence.cosigning import QUIET
from tongtu.kernel.errors import BadInput
from tongtu.witness.api import Home, Witness, WitnessKey

NAMES = ("platform", "lender-1", "lender-2", "regulator")
REWRITE = """
TRUNCATE evidence.leaf, evidence.node, evidence.checkpoint, evidence.batch;
UPDATE evidence.cursor SET xid = '0', cell = 0, id = 0, size = 0
"""


class Direct:
    """A line to a witness in this process: the same judgement and disk, without the socket."""

    def __init__(self, witness):
        self.witness = witness
        self.key = WitnessKey.read(witness.status()["witness"])

    async def show(self, shown):
        return Said(*self.witness.add(shown.write(), 1_800_000_000))


class Stopped(Direct):
    """A witness that does not answer."""

    async def show(self, shown):
        raise NoWord


def witness_of(runtime, folder, name):
    home = Home(folder / name)
    return Witness(home, home.cosigner(name), home.log_key(log_signer(runtime).key.show()))


@pytest.fixture
def four(runtime, tmp_path):
    return [Direct(witness_of(runtime, tmp_path, name)) for name in NAMES]


def start(folder, name, log_key):
    words = ["witness", "--home", str(folder / name), "--name", name, "--log", log_key]
    return subprocess.Popen(
        [sys.executable, "-m", "tongtu", *words],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "src"},
    )


@pytest.fixture
def processes(runtime, tmp_path):
    """Four witness processes; each is ended by its pid."""
    key = log_signer(runtime).key.show()
    started = [start(tmp_path, name, key) for name in NAMES]
    try:
        yield started
    finally:
        for process in started:
            end(process, signal.SIGTERM)


def end(process, number):
    process.send_signal(number)
    process.communicate(timeout=20)


def line_to(process):
    told = json.loads(process.stdout.readline())
    url = f"http://127.0.0.1:{told['port']}"
    return HttpWitness(WitnessKey.read(told["witness"]), url), url


async def write(runtime, subjects, salt=""):
    async with runtime.database.transaction() as connection:
        entries = [
            Entry("decision", n, hashlib.sha256(f"{salt}{n}".encode()).digest()) for n in subjects
        ]
        batch = runtime.ids.new(0)
        await append(connection, 0, batch, entries, runtime.clock.now())
    await Sequencer(runtime).step()


async def read(runtime, ask, *arguments):
    async with runtime.database.reading() as connection:
        return await ask(connection, *arguments)


async def states(runtime):
    found = await read(runtime, witness_stands)
    return {WitnessKey.read(one.key).name.split("/")[1]: one.state for one in found}


def test_a_checkpoint_is_final_by_witness_processes_one_of_which_may_stop(
    run, runtime, processes, tmp_path
):
    async def scenario():
        lines, urls = zip(*(line_to(process) for process in processes), strict=True)
        cosigning = Cosigning(runtime, 3)
        cosigning.lines = lines
        await write(runtime, range(5))
        signed = [await cosigning.step()]
        end(processes[1], signal.SIGKILL)
        await write(runtime, range(5, 12))
        signed.append(await cosigning.step())
        three = await read(runtime, latest_final)
        file = to_bundle(await read(runtime, proof, "decision", 7), log_signer(runtime).key)
        end(processes[2], signal.SIGTERM)
        await write(runtime, range(12, 15))
        signed.append(await cosigning.step())
        stood = await states(runtime)
        late = to_bundle(await read(runtime, proof, "decision", 14), log_signer(runtime).key)
        # It comes back in its old home, by its old key, and signs on from where it stood.
        processes[1] = start(tmp_path, NAMES[1], log_signer(runtime).key.show())
        back, _ = line_to(processes[1])
        cosigning.lines = (lines[0], back, lines[2], lines[3])
        runtime.clock.advance(timedelta(minutes=1))
        signed.append(await cosigning.step())
        last = await read(runtime, latest_final)
        async with httpx.AsyncClient(trust_env=False) as client:
            told = (await client.get(urls[3])).json()
        for line in (*lines, back):
            await line.close()
        return signed, three, file, stood, late, last, told, [one.key.show() for one in lines]

    signed, three, file, stood, late, last, told, keys = run(scenario())
    trust = Trust(log_signer(runtime).key.show(), keys)

    assert signed == [4, 3, 2, 3]
    assert (three.size, last.size) == (12, 15)
    assert keys[1] not in three.witnesses
    assert verify(file, trust=trust).is_valid
    assert "co-signed by 3 witnesses whom you trust" in verify(file, trust=trust).sentence
    assert stood == {
        "platform": Stand.CO_SIGNS,
        "lender-1": Stand.SILENT,
        "lender-2": Stand.SILENT,
        "regulator": Stand.CO_SIGNS,
    }
    assert verify(late).sentence.endswith("not yet co-signed by any witness.")
    assert verify(late, trust=trust).sentence.startswith("NOT VERIFIED: 0 of the witnesses")
    assert told == {"witness": keys[3], "log": trust.log_key, "size": 15, "fork": False}


def test_a_witness_that_is_shown_a_second_history_exposes_it_by_a_file(
    run, runtime, four, tmp_path, capsys
):
    async def scenario():
        cosigning = Cosigning(runtime, 3)
        cosigning.lines = four
        await write(runtime, range(11))
        await cosigning.step()
        before = await read(runtime, latest_final)
        async with runtime.database.transaction() as connection:
            await connection.execute(REWRITE)
        await write(runtime, range(20), salt="another history")
        audited = await read(runtime, audit, log_signer(runtime).key)
        return before, audited, await cosigning.step(), await read(runtime, latest_final)

    before, audited, signed, after = run(scenario())
    files = [tmp_path / name / "fork.json" for name in NAMES]

    assert audited.is_whole  # whoever looks at the rewritten log alone sees nothing
    assert signed == 0
    assert after == before
    assert set(run(states(runtime)).values()) == {Stand.SAYS_FORK}
    key = log_signer(runtime).key.show()
    assert [main(["verify", str(file), "--key", key]) for file in files] == [0, 0, 0, 0]
    assert capsys.readouterr().out.count("FORK PROVED: tongtu.log/local signed two histories") == 4


def test_of_two_histories_shown_to_two_witnesses_each_none_becomes_final(run, runtime, four):
    async def scenario():
        await write(runtime, range(11))
        cosigning = Cosigning(runtime, 3)
        cosigning.lines = [*four[:2], Stopped(four[2].witness), Stopped(four[3].witness)]
        one = await cosigning.step()
        async with runtime.database.transaction() as connection:
            await connection.execute(REWRITE)
        await write(runtime, range(11), salt="another history")
        other = Cosigning(runtime, 3)
        other.lines = [Stopped(four[0].witness), Stopped(four[1].witness), *four[2:]]
        two = await other.step()
        other = Cosigning(runtime, 3)
        other.lines = four
        three = await other.step()
        return one, two, three, await read(runtime, latest_final), await states(runtime)

    one, two, three, final, stood = run(scenario())

    assert (one, two, three, final) == (2, 2, 2, None)
    assert [stood[name] for name in NAMES] == [Stand.SAYS_FORK] * 2 + [Stand.CO_SIGNS] * 2


def test_a_log_that_lost_its_tail_is_told_by_the_witness_that_stands_ahead(run, runtime, four):
    async def scenario():
        cosigning = Cosigning(runtime, 3)
        cosigning.lines = four
        await write(runtime, range(30))
        await cosigning.step()
        async with runtime.database.transaction() as connection:
            await connection.execute(REWRITE)
        await write(runtime, range(17))
        signed = await cosigning.step()
        return signed, await read(runtime, witness_stands), (await read(runtime, latest)).size

    signed, stands, size = run(scenario())

    assert (signed, size) == (0, 17)
    assert {one.state for one in stands} == {Stand.AHEAD}
    assert {one.reason for one in stands} == {"it signed 30 entries, the log has 17"}
    assert {one.size for one in stands} == {30}


class Lies(Direct):
    """A witness whose answer is not its word."""

    said = Said(200, "text/plain", "")

    async def show(self, shown):
        return self.said


@pytest.mark.parametrize(
    "said",
    [
        Said(200, "text/plain", "\n"),
        Said(200, "text/plain", "— tongtu.witness/platform AAAA\n"),
        Said(200, "text/plain", "!"),
        Said(500, "text/plain", ""),
        Said(409, "text/x.tlog.size", "1\n"),
        Said(409, "text/x.tlog.size", "x"),
        Said(302, "text/html", ""),
    ],
)
def test_an_answer_that_is_no_co_signature_counts_for_nothing(run, runtime, four, said):
    async def scenario():
        await write(runtime, range(3))
        liar = Lies(four[0].witness)
        liar.said = said
        cosigning = Cosigning(runtime, 3)
        cosigning.lines = [liar, *four[1:3]]
        signed = await cosigning.step()
        return signed, await read(runtime, latest_final), await states(runtime)

    signed, final, stood = run(scenario())

    assert (signed, final) == (2, None)
    assert stood["platform"] in (Stand.REFUSES, Stand.SILENT)


@pytest.mark.parametrize(
    ("size", "stand"), [(2**63, Stand.SILENT), (2**63 - 1, Stand.AHEAD), (10**18, Stand.AHEAD)]
)
def test_a_witness_that_lies_about_its_size_hides_no_other_and_is_believed_once_it_signs(
    run, runtime, four, size, stand
):
    async def scenario():
        await write(runtime, range(3))
        liar = Lies(four[0].witness)
        liar.said = Said(409, "text/x.tlog.size", f"{size}\n")
        cosigning = Cosigning(runtime, 4)
        cosigning.lines = [liar, Stopped(four[1].witness), *four[2:]]
        await cosigning.step()
        lied = await read(runtime, witness_stands)
        runtime.clock.advance(QUIET)
        cosigning.lines = four
        await cosigning.step()
        return lied, await states(runtime)

    lied, after = run(scenario())

    stood = {one.key.split("/")[1].split("+")[0]: (one.state, one.size) for one in lied}
    assert stood == {
        NAMES[0]: (stand, 0), NAMES[1]: (Stand.SILENT, 0), NAMES[2]: (Stand.CO_SIGNS, 3),
        NAMES[3]: (Stand.CO_SIGNS, 3),
    }  # fmt: skip
    assert set(after.values()) == {Stand.CO_SIGNS}


def test_settings_that_name_fewer_witnesses_than_the_quorum_are_refused(runtime, four):
    pair = f"{four[0].key.show()}@http://127.0.0.1:1"

    with pytest.raises(BadInput, match="fewer than witness_quorum"):
        replace(runtime.settings, witnesses=pair)
    one = replace(runtime.settings, witnesses=pair, witness_quorum=1)
    assert one.witness_addresses() == {four[0].key.show(): "http://127.0.0.1:1"}


@pytest.mark.parametrize(("named", "quorum"), [(4, 2), (2, 1), (None, 2)])
def test_settings_by_which_two_histories_could_become_final_are_refused(
    runtime, four, named, quorum
):
    keys = [one.key.show() for one in four[:named]]
    pairs = None if named is None else ",".join(f"{key}@http://127.0.0.1:1" for key in keys)

    with pytest.raises(BadInput, match="more than half"):
        replace(runtime.settings, witnesses=pairs, witness_quorum=quorum, demo=True)
    assert replace(runtime.settings, witnesses=pairs, witness_quorum=quorum + 1, demo=True)
