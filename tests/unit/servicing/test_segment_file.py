"""A chunk's file is believed only byte for byte as it was written, and lies in a third of its size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.servicing.rules.chunk import WIDTH, Chunk
from tongtu.servicing.store.segment_file import SegmentFiles

TOKEN, OTHER = b"a" * 16, b"b" * 16
PAIRS = [(1, "consumer_cash"), (7, "goods_instalment")]


def drawn(loans, bits, seed):
    """Return columns whose figures need so many bits each, of both signs."""
    dice = np.random.default_rng(seed)
    return np.array(
        [dice.integers(-(1 << one), 1 << one, loans) if one else np.zeros(loans) for one in bits],
        dtype=np.int64,
    )


@pytest.fixture
def files(tmp_path):
    return SegmentFiles(tmp_path / "cell-0")


@settings(max_examples=30, deadline=None)
@given(
    loans=st.integers(0, 50),
    bits=st.lists(st.integers(0, 62), min_size=WIDTH, max_size=WIDTH),
    seed=st.integers(0, 1 << 32),
)
def test_a_chunk_comes_back_figure_by_figure(tmp_path_factory, loans, bits, seed):
    files = SegmentFiles(tmp_path_factory.mktemp("segments"))
    columns = drawn(loans, bits, seed)

    files.write(3, TOKEN, Chunk(PAIRS, columns))

    found = files.read(3, TOKEN)
    assert found is not None
    assert (found.pairs, found.columns.tolist()) == (PAIRS, columns.tolist())
    assert found.columns.flags.c_contiguous
    assert (files.read(3, OTHER), files.read(4, TOKEN)) == (None, None)


def test_no_byte_of_a_file_can_be_changed_or_lost_unseen(files):
    files.write(0, TOKEN, Chunk(PAIRS, drawn(40, [0, 6, 8, 15, 17, 31, 33, 60] * 2 + [5, 40], 1)))
    (path,) = files.folder.iterdir()
    whole = path.read_bytes()

    believed = []
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        believed += [place] if files.read(0, TOKEN) is not None else []
    for kept in (0, 10, len(whole) // 2, len(whole) - 5, len(whole) - 1):
        for filled in (b"", bytes(len(whole) - kept)):
            path.write_bytes(whole[:kept] + filled)
            believed += [kept] if files.read(0, TOKEN) is not None else []

    assert believed == []
    path.write_bytes(whole)
    assert files.read(0, TOKEN) is not None


def test_the_file_of_the_day_before_stays_until_it_is_dropped(files):
    first, second = (Chunk(PAIRS, drawn(3, [9] * WIDTH, seed)) for seed in (1, 2))
    files.write(0, TOKEN, first)
    files.write(0, OTHER, second)
    files.write(1, TOKEN, first)
    assert (files.has(0, TOKEN), files.has(0, OTHER)) == (True, True)

    files.drop_others(0, OTHER)

    assert (files.has(0, TOKEN), files.has(0, OTHER), files.has(1, TOKEN)) == (False, True, True)


def test_figures_of_a_loan_take_a_third_of_what_they_take_in_memory(files):
    bits = [20, 21, 28, 12, 14, 5, 0, 12, 40, 30, 0, 20, 31, 5, 7, 14, 12, 14]
    columns = abs(drawn(1_000, bits, 1))

    files.write(0, TOKEN, Chunk(PAIRS, columns))

    (path,) = files.folder.iterdir()
    assert path.stat().st_size < columns.nbytes / 2.5
