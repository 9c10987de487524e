"""Ids are unique, grow, carry their shard, and tell nothing outside."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.ids import (
    EPOCH_MS,
    PER_MS,
    PREFIXES,
    SHARDS,
    IdSource,
    PublicIds,
    cell_of,
    id_shard,
    shard_of,
)

PUBLIC = PublicIds(bytes(range(32)))
LARGEST = 2**63 - 1


def test_ids_carry_their_shard_and_grow():
    now = [EPOCH_MS + 1]
    source = IdSource(lambda: now[0])

    first = source.new(7)
    now[0] += 1
    second = source.new(0)

    assert (id_shard(first), id_shard(second)) == (7, 0)
    assert first == (1 << 22) | (7 << 10)
    assert first < second


def test_a_used_up_millisecond_borrows_the_next_and_a_clock_set_back_repeats_nothing():
    now = [EPOCH_MS + 1000]
    source = IdSource(lambda: now[0])

    made = [source.new(1) for _ in range(2 * PER_MS + 1)]
    now[0] -= 500
    made += [source.new(1) for _ in range(PER_MS)]

    assert len(set(made)) == 3 * PER_MS + 1
    assert made == sorted(made)
    assert made[-1] >> 22 == 1003


def test_eight_generators_never_meet():
    sources = [IdSource(lambda: EPOCH_MS + 5, generator) for generator in range(8)]

    made = {source.new(1) for source in sources for _ in range(PER_MS)}

    assert len(made) == 8 * PER_MS
    assert {one >> 22 for one in made} == {5}
    for generator in (-1, 8):
        with pytest.raises(ValueError, match=r"0\.\.7"):
            IdSource(lambda: EPOCH_MS, generator)


@pytest.mark.parametrize("shard", [-1, SHARDS])
def test_a_shard_beyond_its_range_makes_no_id(shard):
    with pytest.raises(ValueError, match=r"0\.\.4095"):
        IdSource(lambda: EPOCH_MS).new(shard)


def test_cells_share_the_shards_in_equal_ranges():
    assert {cell_of(shard, 1) for shard in range(SHARDS)} == {0}
    sizes = [[cell_of(shard, 3) for shard in range(SHARDS)].count(cell) for cell in range(3)]
    assert sizes == [1366, 1365, 1365]
    assert [cell_of(0, 16), cell_of(255, 16), cell_of(256, 16), cell_of(4095, 16)] == [0, 0, 1, 15]


def test_a_shard_is_stable():
    # Written down: another value would put every party of an existing database elsewhere.
    assert [shard_of(b"a"), shard_of(b"b"), shard_of(b"")] == [3611, 2651, 510]


@given(st.integers(0, LARGEST), st.sampled_from(sorted(PREFIXES)))
def test_an_outside_code_leads_back_to_its_id_and_to_no_other_kind(identifier, kind):
    code = PUBLIC.show(kind, identifier)

    assert code[:3] == PREFIXES[kind]
    assert len(code) == 16
    assert PUBLIC.read(kind, code) == identifier
    other = "loan" if kind != "loan" else "party"
    with pytest.raises(ValueError, match=f"a {other} id looks like"):
        PUBLIC.read(other, code)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 300])
def test_many_codes_are_each_the_code_of_its_id(count):
    identifiers = [LARGEST - n * 7_919 for n in range(count)]

    assert PUBLIC.show_many("loan", identifiers) == [PUBLIC.show("loan", n) for n in identifiers]


def test_a_code_is_stable():
    # Written down: another value would break every link that a person has kept.
    assert PUBLIC.show("loan", 10**17) == "ln_5a740cwz2gsbn"


def test_neighbours_look_unrelated_outside():
    codes = [PUBLIC.show("loan", 10**17 + n)[3:] for n in range(1000)]

    assert len(set(codes)) == 1000
    assert codes != sorted(codes)
    changed = [sum(a != b for a, b in zip(x, y, strict=True)) for x, y in itertools.pairwise(codes)]
    assert sum(changed) / len(changed) > 11  # of 13 letters; 31/32 of them by chance
    assert PublicIds(bytes(32)).show("loan", 10**17)[3:] != codes[0]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "ln_",
        "ln_0",
        "ln_" + "0" * 12,
        "ln_" + "0" * 14,
        "pt_" + "0" * 13,
        "ln_" + "U" * 13,
        "ln_" + "i" * 13,
        "ln_" + "０" * 13,
        "LN_" + "0" * 13,
        "ln_z" + "z" * 12,
        "ln_0000000000 00",
    ],
)
def test_a_malformed_code_is_refused(code):
    with pytest.raises(ValueError, match="id"):
        PUBLIC.read("loan", code)


@given(st.text(alphabet="0123456789abcdefghjkmnpqrstvwxyz", min_size=13, max_size=13))
def test_any_code_is_either_refused_or_the_only_one_of_its_id(letters):
    try:
        identifier = PUBLIC.read("loan", "ln_" + letters)
    except ValueError:
        return
    assert 0 <= identifier <= LARGEST
    assert PUBLIC.show("loan", identifier) == "ln_" + letters
