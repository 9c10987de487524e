import hashlib

import pytest

from tongtu.witness.tree import (
    EMPTY_ROOT,
    Frontier,
    complete_root,
    consistency_ranges,
    fold,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    parts_of,
    root_by_path,
)

# The reference leaves of Certificate Transparency, and the roots of the first 1..8 of them.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(str(n).encode()) for n in range(41)]


def root_of(start, end):
    """The definition of RFC 6962, section 2.1, word for word."""
    if end - start == 0:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    width = 1
    while width * 2 < end - start:
        width *= 2
    left, right = root_of(start, start + width), root_of(start + width, end)
    return hashlib.sha256(b"\x01" + left + right).digest()


def path_of(ranges):
    return [root_of(start, end) for start, end in ranges]


def changed(value):
    return bytes([value[0] ^ 1]) + value[1:]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_roots_of_the_reference_leaves_are_those_of_certificate_transparency():
    frontier, roots = Frontier(), []
    for leaf in REFERENCE_LEAVES:
        list(frontier.append(leaf_hash(leaf)))
        roots.append(frontier.root().hex())

    assert roots == REFERENCE_ROOTS


def test_the_frontier_gives_the_defined_root_at_each_size_and_names_each_complete_subtree():
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES, start=1):
        for level, place, value in frontier.append(leaf):
            assert value == root_of(place << level, (place + 1) << level)
            assert value == complete_root(LEAVES[place << level : (place + 1) << level])
        assert frontier.root() == root_of(0, size)


@pytest.mark.parametrize("steps", [[1, 1, 1], [5, 3, 0, 7], [33, 2], [1, 40], [41]])
def test_leaves_added_together_make_the_tree_they_make_one_by_one(steps):
    together, single, at = Frontier(), Frontier(), 0
    for step in steps:
        leaves, at = LEAVES[at : at + step], at + step
        alone = [node for leaf in leaves for node in single.append(leaf) if node[0] >= 2]

        assert together.extend(leaves, 2) == sorted(alone)
        assert (together.size, together.parts) == (single.size, single.parts)


def test_a_copied_frontier_leaves_the_first_one_alone():
    frontier = Frontier()
    list(frontier.append(LEAVES[0]))
    other = frontier.copy()
    list(other.append(LEAVES[1]))

    assert (frontier.size, frontier.root()) == (1, LEAVES[0])
    assert (other.size, other.root()) == (2, root_of(0, 2))


def test_every_entry_of_every_tree_is_proved_by_its_path_and_by_no_other():
    for size in range(1, 41):
        root = root_of(0, size)
        for position in range(size):
            path = path_of(inclusion_ranges(position, size))
            leaf = LEAVES[position]
            assert root_by_path(leaf, position, size, path) == root
            assert root_by_path(changed(leaf), position, size, path) != root
            assert root_by_path(leaf, position, size, [*path, leaf]) is None
            for place in range(len(path)):
                false = [*path[:place], changed(path[place]), *path[place + 1 :]]
                assert root_by_path(leaf, position, size, false) != root
                assert root_by_path(leaf, position, size, path[:place]) is None
            if position + 1 < size:
                assert root_by_path(leaf, position + 1, size, path) != root


@pytest.mark.parametrize("position", [-1, 3, 4])
def test_a_position_outside_the_tree_has_no_root(position):
    assert root_by_path(LEAVES[0], position, 3, []) is None


def test_every_tree_is_proved_to_begin_every_larger_one_and_a_false_one_is_not():
    for new in range(1, 41):
        for old in range(new + 1):
            path = path_of(consistency_ranges(old, new))
            older, newer = (old, root_of(0, old)), (new, root_of(0, new))
            assert is_consistent(older, newer, path)
            assert not is_consistent((old, changed(older[1])), newer, path)
            assert not is_consistent(older, newer, [*path, LEAVES[0]])
            if 0 < old < new:
                assert not is_consistent(older, (new, changed(newer[1])), path)
                assert not is_consistent(older, newer, path[:-1])
                assert not is_consistent(newer, older, path)


def test_parts_fold_to_the_root_of_their_range():
    for start, end in [*inclusion_ranges(5, 41), *consistency_ranges(23, 41), (0, 41)]:
        parts = [root_of(n << level, (n + 1) << level) for level, n in parts_of(start, end)]

        assert fold(parts) == root_of(start, end)
