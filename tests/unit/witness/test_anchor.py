"""What was anchored outside finds a log whose tail is gone, and one that was told anew."""

import hashlib
import json

import pytest

from tongtu.channels.cli import main
from tongtu.kernel.errors import BadInput, Broken
from tongtu.witness.anchor import AnchorFile, NoAnchor, open_anchor
from tongtu.witness.fork import verify_fork
from tongtu.witness.note import Signer, checkpoint_text
from tongtu.witness.offline import Asked, check_log
from tongtu.witness.tiles import write_log
from tongtu.witness.tree import leaf_hash, root_of

LOG = Signer.of("test", bytes(range(32)))
ENTRIES = [hashlib.sha256(str(n).encode()).digest() for n in range(600)]
FALSE = [*ENTRIES[:300], b"x" * 32, *ENTRIES[301:]]


def note_of(entries, signer=LOG):
    root = root_of([leaf_hash(entry) for entry in entries])
    return signer.sign(checkpoint_text(signer.name, len(entries), root))


def exported(folder, entries):
    write_log(folder, note_of(entries), ((one, f"decision {n}") for n, one in enumerate(entries)))
    return folder


def anchored(path, *sizes):
    anchor = AnchorFile(path)
    for size in sizes:
        anchor.put(note_of(ENTRIES[:size]))
    return anchor


def test_a_file_gives_back_what_was_put_in_order(tmp_path):
    anchor = anchored(tmp_path / "anchor", 10, 20, 20, 300)

    assert anchor.notes() == [note_of(ENTRIES[:size]) for size in (10, 20, 300)]
    assert AnchorFile(tmp_path / "anchor").newest() == note_of(ENTRIES[:300])
    assert (NoAnchor().newest(), NoAnchor().notes()) == (None, [])


@pytest.mark.parametrize("entries", [ENTRIES[:299], FALSE[:300], []])
def test_a_file_takes_no_smaller_checkpoint_and_no_other_of_the_same_size(tmp_path, entries):
    anchor = anchored(tmp_path / "anchor", 300)
    before = (tmp_path / "anchor").read_bytes()
    other = entries if len(entries) != 300 else [*entries[:299], b"y" * 32]

    with pytest.raises(Broken):
        anchor.put(note_of(other))
    assert (tmp_path / "anchor").read_bytes() == before


def test_what_a_crash_left_of_a_line_was_never_kept_and_is_taken_off(tmp_path):
    anchor = anchored(tmp_path / "anchor", 10)
    whole = (tmp_path / "anchor").read_bytes()
    (tmp_path / "anchor").write_bytes(whole + whole[:40])

    assert anchor.newest() == note_of(ENTRIES[:10])
    anchor.put(note_of(ENTRIES[:20]))
    assert anchor.notes() == [note_of(ENTRIES[:10]), note_of(ENTRIES[:20])]


@pytest.mark.parametrize("line", ['"no checkpoint"', "{}", "12", "\x00"])
def test_a_line_that_is_no_checkpoint_is_told(tmp_path, line):
    (tmp_path / "anchor").write_text(f"{line}\n", encoding="utf-8")

    for ask in (AnchorFile(tmp_path / "anchor").newest, AnchorFile(tmp_path / "anchor").notes):
        with pytest.raises(Broken, match="no checkpoint"):
            ask()


@pytest.mark.parametrize("where", ["", "here", "file:", "evm:0x12@http://n", "evm:http://node"])
def test_a_place_of_another_form_is_refused(where):
    with pytest.raises(BadInput):
        open_anchor(where, LOG.key)


def test_a_whole_log_is_as_it_was_anchored(tmp_path):
    anchor = anchored(tmp_path / "anchor", 100, 256, 500)

    found = check_log(exported(tmp_path / "log", ENTRIES), Asked(LOG.key, anchored=anchor.notes()))
    assert (found.finding, found.proofs, found.anchored) == ("", 600, 500)


def test_a_tail_that_was_cut_off_is_found_by_the_anchor_alone(tmp_path):
    anchor, log = anchored(tmp_path / "anchor", 100, 500), exported(tmp_path / "log", ENTRIES[:400])

    assert check_log(log, Asked(LOG.key)).is_whole
    found = check_log(log, Asked(LOG.key, anchored=anchor.notes()))
    assert found.finding == (
        "the tail is missing: entries 400..499 were anchored (the first 100 are)"
    )


@pytest.mark.parametrize(("sizes", "bad", "good"), [((200, 450, 512), 450, 200), ((512,), 512, 0)])
def test_a_log_that_was_told_anew_is_found_between_two_anchors_and_the_fork_proved(
    tmp_path, sizes, bad, good
):
    anchor, log = anchored(tmp_path / "anchor", *sizes), exported(tmp_path / "log", FALSE)

    assert check_log(log, Asked(LOG.key)).is_whole
    found = check_log(log, Asked(LOG.key, anchored=anchor.notes()))
    assert found.finding == (
        f"the first {bad} entries are not those that were anchored (the first {good} are)"
    )
    assert verify_fork(found.fork.to_file(), LOG.key.show()).startswith("FORK PROVED")


def test_an_anchor_that_is_empty_false_or_goes_back_is_no_anchor_of_the_log(tmp_path):
    log = exported(tmp_path / "log", ENTRIES)
    stranger = Signer.of("test", bytes(32))

    def told(*notes):
        return check_log(log, Asked(LOG.key, anchored=notes)).finding

    assert told() == "nothing was anchored of this log"
    assert told(note_of(ENTRIES[:9]), note_of(ENTRIES[:50], stranger)) == (
        "the anchor holds a checkpoint that the log's key did not sign"
    )
    assert told(note_of(ENTRIES[:50]), note_of(ENTRIES[:9])) == (
        "the anchor goes back from 50 entries to 9"
    )


def test_the_command_checks_the_anchor_when_it_is_asked_to(tmp_path, capsys):
    anchored(tmp_path / "anchor", 100, 500)
    whole, cut = exported(tmp_path / "whole", ENTRIES), exported(tmp_path / "cut", ENTRIES[:400])
    place = f"file:{tmp_path / 'anchor'}"

    def verify(folder, *more):
        return main(["verify", "log", str(folder), "--key", LOG.key.show(), *more])

    assert verify(whole, "--anchor", place) == 0
    assert ", the first 500 as they were anchored (" in capsys.readouterr().out
    assert (verify(cut), verify(cut, "--anchor", place)) == (0, 1)
    assert "NOT VERIFIED: the tail is missing: entries 400..499" in capsys.readouterr().out


def test_what_is_anchored_is_listed_and_a_strangers_line_named(tmp_path, capsys):
    anchored(tmp_path / "anchor", 100)
    words = ["anchor", "read", f"file:{tmp_path / 'anchor'}", "--key", LOG.key.show()]

    assert main(words) == 0
    stranger = note_of(ENTRIES[:200], Signer.of("test", bytes(32)))
    with (tmp_path / "anchor").open("a", encoding="utf-8") as file:
        file.write(json.dumps(stranger) + "\n")
    assert main(words) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("100 entries, root ")
    assert told[0].endswith(": signed by the log")
    assert ": NOT THE LOG'S: " in told[-1]
