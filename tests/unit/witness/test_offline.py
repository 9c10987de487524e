"""An exported log is checked without the platform, and what is wrong with a copy is named."""

import hashlib
import shutil

import pytest

from tongtu.channels.cli import main
from tongtu.kernel.errors import BadInput
from tongtu.witness.cosignature import Cosigner
from tongtu.witness.fork import verify_fork
from tongtu.witness.note import LogKey, Signer, checkpoint_text, open_note, with_lines
from tongtu.witness.offline import Asked, check_log
from tongtu.witness.tiles import pack_entries, tile_path, unpack_entries, write_log
from tongtu.witness.tree import leaf_hash, root_of

SIZE = 1_600  # six full tiles and a seventh
LOG = Signer.of("test", bytes(range(32)))
FOUR = [Cosigner.of(name, bytes([n]) * 32) for n, name in enumerate("abcd", start=1)]
ENTRIES = [hashlib.sha256(str(n).encode()).digest() for n in range(SIZE)]
ASKED = Asked(LOG.key)


def note_of(entries):
    root = root_of([leaf_hash(entry) for entry in entries])
    return LOG.sign(checkpoint_text(LOG.name, len(entries), root))


def write(folder, entries, note=None):
    names = (f"decision dc_{n}" for n in range(len(entries)))
    assert write_log(folder, note or note_of(entries), zip(entries, names, strict=True)) == len(
        entries
    )
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The log as it is; a test changes its own copy."""
    note = note_of(ENTRIES)
    lines = [one.cosign(open_note(note, LOG.key), 1_800_000_000) for one in FOUR[:3]]
    return write(tmp_path_factory.mktemp("log"), ENTRIES, with_lines(note, lines))


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def rewrite(folder, entries):
    """Lay the entries out anew, as somebody does who changes a copy; hashes stay as they were."""
    shutil.rmtree(folder / "tile/entries")
    for place in range(0, len(entries), 256):
        tile = entries[place : place + 256]
        path = folder / tile_path("tile/entries", place // 256, len(tile))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack_entries(tile))


def test_every_proof_of_an_untouched_log_is_verified(whole):
    found = check_log(whole, Asked(LOG.key, [one.key for one in FOUR], 3, note_of(ENTRIES[:777])))

    assert (found.size, found.proofs, found.finding) == (SIZE, SIZE, "")
    assert found.cosigners == ("tongtu.witness/a", "tongtu.witness/b", "tongtu.witness/c")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_logs_of_every_shape_of_tiles_are_whole(tmp_path, size):
    assert check_log(write(tmp_path, ENTRIES[:size]), ASKED).proofs == size


@pytest.mark.parametrize("at", [0, 1, 255, 256, 700, SIZE - 2, SIZE - 1])
def test_stride_12_a_row_that_was_deleted_is_named(copy, at):
    rewrite(copy, ENTRIES[:at] + ENTRIES[at + 1 :])

    assert check_log(copy, ASKED).finding == f"entry {at} is missing"


@pytest.mark.parametrize("at", [0, 1, 255, 256, 700, SIZE])
def test_a_row_that_was_inserted_is_named(copy, at):
    rewrite(copy, [*ENTRIES[:at], b"x" * 32, *ENTRIES[at:]])

    name = f" (decision dc_{at})" if at < SIZE else ""
    assert check_log(copy, ASKED).finding == f"entry {at} was inserted{name}"


@pytest.mark.parametrize(("at", "other"), [(0, 1), (5, 1_599), (255, 256), (700, 900)])
def test_rows_that_were_reordered_are_named(copy, at, other):
    moved = list(ENTRIES)
    moved[at], moved[other] = moved[other], moved[at]
    rewrite(copy, moved)

    told = check_log(copy, ASKED).finding
    assert told == f"entry {other} stands at {at} (decision dc_{at}): reordered"


@pytest.mark.parametrize("at", [0, 255, 256, 700, SIZE - 1])
@pytest.mark.parametrize("byte", [0, 31])
def test_a_row_with_one_flipped_bit_is_named(copy, at, byte):
    flipped = bytearray(ENTRIES[at])
    flipped[byte] ^= 1
    rewrite(copy, [*ENTRIES[:at], bytes(flipped), *ENTRIES[at + 1 :]])

    assert check_log(copy, ASKED).finding == f"entry {at} was changed (decision dc_{at})"


def test_any_flipped_byte_of_any_tile_is_found(copy):
    """Each tile, at its beginning, in its middle and at its end: hashes, lengths and rows."""
    tiles = sorted(path for path in (copy / "tile").rglob("*") if path.is_file())
    tried = 0
    for path in tiles:
        raw = path.read_bytes()
        for at in (0, len(raw) // 2, len(raw) - 1):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
            assert not check_log(copy, ASKED).is_whole, (path, at)
            tried += 1
        path.write_bytes(raw)

    assert tried == 3 * (7 + 7 + 1)
    assert check_log(copy, ASKED).is_whole


def test_a_row_changed_together_with_its_hashes_is_told_by_the_signed_root(tmp_path):
    false = [*ENTRIES[:700], b"x" * 32, *ENTRIES[701:]]
    folder = write(tmp_path, false, note_of(ENTRIES))

    assert check_log(folder, ASKED).finding == (
        "entries 0..1599 are not those that the checkpoint signs, though entries and tiles agree:"
        " both were changed"
    )


def test_stride_12_a_tail_that_was_cut_off_with_an_older_checkpoint_is_found_by_the_note_kept_outside(
    tmp_path,
):
    folder = write(tmp_path, ENTRIES[:900])

    assert check_log(folder, ASKED).is_whole
    found = check_log(folder, Asked(LOG.key, outside=note_of(ENTRIES)))
    assert found.finding == "the tail is missing: entries 900..1599 were signed elsewhere"


def test_a_tail_that_was_cut_off_below_its_checkpoint_is_named(tmp_path):
    folder = write(tmp_path, ENTRIES[:900], note_of(ENTRIES))

    assert check_log(folder, ASKED).finding == (
        "the tail is missing: entries 900..1599 of the checkpoint's 1600"
    )


@pytest.mark.parametrize("kept", [1, 512, 900, 1_024])
def test_a_history_signed_anew_is_found_by_the_note_kept_outside_and_the_fork_proved(
    tmp_path, kept
):
    folder = write(tmp_path, [b"x" * 32, *ENTRIES[1:1_100]])
    found = check_log(folder, Asked(LOG.key, outside=note_of(ENTRIES[:kept])))

    assert found.finding == f"the first {kept} entries are not those that were signed elsewhere"
    assert verify_fork(found.fork.to_file(), LOG.key.show()).startswith("FORK PROVED")


def test_too_few_of_the_trusted_witnesses_are_told(whole):
    strangers = [Cosigner.of(name, bytes([n]) * 32).key for n, name in enumerate("abc", start=9)]
    found = check_log(whole, Asked(LOG.key, [FOUR[0].key, *strangers], 3))

    assert found.finding == "1 witnesses you trust co-signed it, 3 are wanted"


def test_a_checkpoint_of_another_key_or_none_is_no_log(whole, tmp_path):
    with pytest.raises(BadInput):
        check_log(whole, Asked(Signer.of("test", bytes(32)).key))
    with pytest.raises(BadInput):
        check_log(whole, Asked(LogKey("tongtu.log/other", LOG.key.public)))
    with pytest.raises(BadInput):
        check_log(tmp_path, ASKED)


@pytest.mark.parametrize("raw", [b"\0", b"\0\x02x", b"\xff\xff"])
def test_a_tile_that_ends_amid_an_entry_is_refused(raw):
    with pytest.raises(BadInput):
        unpack_entries(raw)


@pytest.mark.parametrize(
    ("place", "path"), [(0, "t/000"), (999, "t/999"), (1_234_067, "t/x001/x234/067")]
)
def test_a_tile_lies_where_other_programs_look_for_it(place, path):
    assert tile_path("t", place) == path
    assert tile_path("t", place, 12) == f"{path}.p/12"


def test_the_command_tells_both(whole, copy, capsys, tmp_path):
    note = tmp_path / "kept"
    note.write_text(note_of([b"x" * 32, *ENTRIES[1:]]), encoding="utf-8")
    words = ["verify", "log", str(copy), "--key", LOG.key.show()]

    assert main([*words, *(f"--witness={one.key.show()}" for one in FOUR)]) == 0
    assert capsys.readouterr().out.startswith(
        f"VERIFIED: {SIZE} entries of tongtu.log/test, the proof of each of them verified,"
        " co-signed by 3 witnesses ("
    )
    assert main([*words, "--outside", str(note)]) == 1
    assert "NOT VERIFIED: the first 1600 entries are not those" in capsys.readouterr().out
    assert main(["verify", str(copy / "fork.json")]) == 0
    assert main(["verify", "log", str(copy)]) == 1
