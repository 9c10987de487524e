"""The contract on a real EVM in this process: what it keeps, what it refuses, what it finds."""

import hashlib
import http.client
import json
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from tongtu.channels.cli import main
from tongtu.channels.cli.trial_chain import TrialChain, chain_server
from tongtu.kernel.errors import Broken
from tongtu.witness import chain as module
from tongtu.witness.chain import ChainAnchor, compiled, connect
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.tiles import write_log
from tongtu.witness.tree import leaf_hash, root_of

pytestmark = pytest.mark.filterwarnings("default")  # the chain's packages warn of one another

LOG = Signer.of("test", bytes(range(32)))
ENTRIES = [hashlib.sha256(str(n).encode()).digest() for n in range(600)]
STRANGER = "0x" + "11" * 32


def note_of(entries):
    root = root_of([leaf_hash(entry) for entry in entries])
    return LOG.sign(checkpoint_text(LOG.name, len(entries), root))


@contextmanager
def served():
    """A chain of its own, behind JSON-RPC, and the words that name the contract on it."""
    chain = TrialChain()
    with chain_server(chain, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield chain, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def chain():
    with served() as (made, url):
        yield made, url


def test_the_compiled_contract_is_the_one_whose_source_lies_beside_it():
    source = (Path(module.__file__).parent / "anchor.vy").read_bytes()

    assert compiled()["source_sha256"] == hashlib.sha256(source).hexdigest()
    assert compiled()["compiler"] == "vyper 0.4.3"


def test_a_checkpoint_comes_back_from_the_chain_as_the_note_the_log_signed(chain, tmp_path, capsys):
    """One chain: anchored twice, verified whole, then a cut and a retold log against it."""
    made, url = chain
    anchor = ChainAnchor(connect(url), made.contract, LOG.key)
    assert (anchor.newest(), anchor.notes()) == (None, [])

    notes = [note_of(ENTRIES[:100]), note_of(ENTRIES[:500])]
    for note in (*notes, notes[-1]):
        anchor.put(note)

    assert anchor.notes() == notes
    assert anchor.newest() == notes[-1]
    for refused in (ENTRIES[:499], ENTRIES[:100], [*ENTRIES[:499], b"x" * 32]):
        with pytest.raises(Broken):
            anchor.put(note_of(refused))
    with pytest.raises(Broken):  # an account that is not the owner, though it can sign
        ChainAnchor(connect(url), made.contract, LOG.key, STRANGER).put(note_of(ENTRIES))
    assert anchor.notes() == notes

    place = f"evm:{made.contract}@{url}"
    told = [ENTRIES, ENTRIES[:400], [*ENTRIES[:99], b"x" * 32, *ENTRIES[100:]]]
    codes = []
    for number, entries in enumerate(told):
        folder = tmp_path / str(number)
        write_log(folder, note_of(entries), ((one, "") for one in entries))
        words = ["verify", "log", str(folder), "--key", LOG.key.show()]
        codes.append((main(words), main([*words, "--anchor", place])))
    assert codes == [(0, 0), (0, 1), (0, 1)]
    said = capsys.readouterr().out
    assert ", the first 500 as they were anchored (" in said
    assert "the tail is missing: entries 400..499 were anchored (the first 100 are)" in said
    assert "the first 100 entries are not those that were anchored (the first 0 are)" in said
    assert (tmp_path / "2" / "fork.json").exists()


def test_a_chain_that_does_not_answer_is_told_and_nothing_is_believed(tmp_path):
    anchor = ChainAnchor(connect("http://127.0.0.1:9"), "0x" + "22" * 20, LOG.key)

    for ask in (anchor.newest, anchor.notes, lambda: anchor.put(note_of(ENTRIES[:5]))):
        with pytest.raises(Broken, match="chain"):
            ask()


def test_a_question_that_is_none_gets_no_answer(chain):
    def status(body, length=None):
        line = http.client.HTTPConnection(chain[1].removeprefix("http://"), timeout=5)
        line.putrequest("POST", "/")
        line.putheader("content-length", str(len(body) if length is None else length))
        line.endheaders(body)
        try:
            return line.getresponse().status
        finally:
            line.close()

    assert [status(body) for body in (b"{", b"[1]", b"{}", b"")] == [400, 400, 400, 413]
    assert status(b"", length=1_000_001) == 413
    whole = json.dumps({"id": 1, "method": "eth_chainId", "params": []}).encode()
    assert status(whole) == 200
