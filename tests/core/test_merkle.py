"""The tree is that of RFC 9162, section 2.1: built two ways, and safe against the two classic tricks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.merkle import Frontier, inclusion_paths, intake_root, leaf_hash, node_hash, root_from_path, root_of

leaves_of = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def by_the_book(leaves: list[bytes]) -> bytes:
    """The definition word for word: split at the largest power of two below the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:half]) + by_the_book(leaves[half:])).digest()


@given(leaves_of)
def test_the_frontier_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert root_of(leaves) == by_the_book(leaves)


@given(leaves_of, st.data())
def test_a_tree_goes_on_from_its_stored_frontier(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    first = Frontier()
    for leaf in leaves[:cut]:
        first.append(leaf)
    second = Frontier.from_bytes(first.size, first.to_bytes())
    for leaf in leaves[cut:]:
        second.append(leaf)
    assert (second.size, second.root()) == (len(leaves), by_the_book(leaves))


@given(st.lists(leaves_of, max_size=6))
def test_adding_many_at_once_is_adding_each(parts: list[list[bytes]]) -> None:
    one, many = Frontier(), Frontier()
    for part in parts:
        many.extend(part)
        for leaf in part:
            one.append(leaf)
    assert many == one


@given(leaves_of, st.data())
def test_any_other_leaf_gives_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    if leaves:
        place = data.draw(st.integers(0, len(leaves) - 1))
        other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda leaf: leaf != leaves[place]))
        assert root_of([*leaves[:place], other, *leaves[place + 1 :]]) != root_of(leaves)
    assert root_of([*leaves, leaf_hash(b"one more")]) != root_of(leaves)


def test_known_values() -> None:
    """The roots of trees over nothing and over one empty entry, as every implementation of the RFC has them."""
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of([leaf_hash(b"")]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_node_can_not_be_passed_off_as_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_lone_last_leaf_is_not_doubled() -> None:
    one, two, three = (leaf_hash(text) for text in (b"1", b"2", b"3"))
    assert root_of([one, two, three]) != root_of([one, two, three, three])


@pytest.mark.parametrize(("size", "peaks"), [(1, 0), (3, 1), (4, 2), (0, 1)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, peaks: int) -> None:
    with pytest.raises(ValueError, match=f"A tree of {size} leaves"):
        Frontier.from_bytes(size, b"\x00" * 32 * peaks)


def test_the_root_of_an_intake_depends_on_the_order_of_its_posts() -> None:
    one, two = hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()
    assert intake_root([one, two]) == root_of([leaf_hash(bytes.fromhex(one)), leaf_hash(bytes.fromhex(two))]).hex()
    assert intake_root([one, two]) != intake_root([two, one])
    with pytest.raises(ValueError):
        intake_root(["no digest"])


def path_by_the_book(position: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if position < half:
        return [*path_by_the_book(position, leaves[:half]), by_the_book(leaves[half:])]
    return [*path_by_the_book(position - half, leaves[half:]), by_the_book(leaves[:half])]


def in_batches(leaves: list[bytes]) -> Callable[[int, int], Iterable[list[bytes]]]:
    return lambda begin, end: (leaves[at : min(at + 3, end)] for at in range(begin, end, 3))


@given(leaves_of.filter(bool), st.data())
def test_paths_are_those_of_the_definition_and_lead_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    wanted = data.draw(st.sets(st.integers(0, len(leaves) - 1)))
    paths = inclusion_paths(len(leaves), wanted, in_batches(leaves))
    assert paths == {one: tuple(path_by_the_book(one, leaves)) for one in wanted}
    assert all(root_from_path(len(leaves), one, leaves[one], path) == root_of(leaves) for one, path in paths.items())


@given(leaves_of.filter(bool), st.data())
def test_a_path_leads_from_no_other_place_leaf_or_size(leaves: list[bytes], data: st.DataObject) -> None:
    size, place = len(leaves), data.draw(st.integers(0, len(leaves) - 1))
    path, root = inclusion_paths(size, [place], in_batches(leaves))[place], root_of(leaves)
    other = data.draw(st.integers(-1, size + 1).filter(lambda one: one != place))
    assert root_from_path(size, other, leaves[place], path) != root or leaves.count(leaves[place]) > 1
    assert root_from_path(size, place, leaf_hash(b"other"), path) != root
    assert root_from_path(size, place, leaves[place], [*path, root]) is None
    assert not path or root_from_path(size, place, leaves[place], path[:-1]) is None


def test_a_leaf_outside_the_tree_has_no_path() -> None:
    for outside in (-1, 2):
        with pytest.raises(ValueError, match="has no leaf"):
            inclusion_paths(2, [0, outside], in_batches([bytes(32), bytes(32)]))
