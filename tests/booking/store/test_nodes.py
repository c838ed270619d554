"""Which node of a cluster is worked with: the preferred one, another while it is away, and back without flapping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from booking.store.cluster.nodes import BACK_SECONDS, Nodes, Probe


def well(nodes: Nodes, node: int, at: float, *, synced: bool = True) -> bool:
    return nodes.told(Probe(node=node, asked=at - 0.01, answered=at, well=True, synced=synced))


def bad(nodes: Nodes, node: int, asked: float, answered: float) -> bool:
    return nodes.told(Probe(node=node, asked=asked, answered=answered, well=False))


def moved() -> Nodes:
    """Node 0 went away at 10, and node 1 stands in."""
    nodes = Nodes(3)
    for node in range(3):
        well(nodes, node, 9)
    bad(nodes, 0, 10, 10.1)
    assert well(nodes, 1, 11)
    return nodes


def test_the_preferred_node_is_used_while_it_is_well() -> None:
    """Whatever becomes of the others."""
    nodes = Nodes(3)
    assert nodes.order() == [0, 1, 2]
    well(nodes, 0, 1)
    bad(nodes, 1, 1, 2)
    bad(nodes, 1, 2, 3)
    assert not well(nodes, 2, 100)
    assert (nodes.current, nodes.epoch) == (0, 0)
    assert nodes.away(1)


def test_a_node_that_is_away_is_left_for_the_next_that_answers() -> None:
    """Its connections are thrown away at once; new ones are tried there last."""
    nodes = moved()
    assert nodes.current == 1
    assert nodes.epoch == 2
    assert nodes.order() == [1, 0, 2]


def test_the_second_in_order_stands_in_where_both_answer() -> None:
    """All processes of a hospital meet on the same node."""
    nodes = Nodes(3)
    bad(nodes, 1, 1, 1.1)
    bad(nodes, 0, 1, 2)
    assert well(nodes, 2, 3)
    assert nodes.current == 2


def test_nobody_moves_while_the_whole_cluster_stalls() -> None:
    """Another node's last good answer is older than the question that this one did not answer: that proves nothing."""
    nodes = Nodes(3)
    for node in range(3):
        well(nodes, node, 9)
    assert not bad(nodes, 0, 10, 14)
    assert not bad(nodes, 1, 10, 14.01)
    assert not well(nodes, 0, 15)
    assert nodes.current == 0
    assert not nodes.away(0)


def test_the_way_back_waits_until_the_preferred_node_has_been_in_step_for_a_while() -> None:
    """Not while it still catches up, and the wait begins anew with every failure."""
    nodes = moved()
    well(nodes, 0, 20, synced=False)
    assert not well(nodes, 0, 21)
    assert not well(nodes, 0, 21 + BACK_SECONDS - 1)
    bad(nodes, 0, 21 + BACK_SECONDS, 22 + BACK_SECONDS)
    assert not well(nodes, 0, 100)
    assert not well(nodes, 0, 100 + BACK_SECONDS - 1)
    assert well(nodes, 0, 100 + BACK_SECONDS)
    assert nodes.current == 0
    assert nodes.epoch == 3


def test_a_node_that_answers_while_it_copies_for_another_is_in_use_but_not_returned_to() -> None:
    """The donor of a copy works on; nobody comes to it."""
    nodes = moved()
    assert not well(nodes, 1, 30, synced=False)
    assert not well(nodes, 0, 30, synced=False)
    assert not well(nodes, 0, 300, synced=False)
    assert nodes.current == 1


def test_old_news_change_nothing() -> None:
    """Answers of several threads come out of order: a failure asked before the last good answer, a good one before the last failure."""
    nodes = Nodes(2)
    well(nodes, 0, 10)
    assert not bad(nodes, 0, 9, 12)
    assert not nodes.away(0)
    bad(nodes, 0, 13, 14)
    nodes.told(Probe(node=0, asked=12, answered=14.5, well=True))
    assert nodes.away(0)


def test_a_broken_connection_is_a_doubt_only_of_the_node_in_use() -> None:
    """Connections made before it are not used again."""
    nodes = Nodes(2)
    nodes.doubt(1)
    assert nodes.epoch == 0
    nodes.doubt(0)
    assert (nodes.current, nodes.epoch) == (0, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.booleans()), max_size=60))
def test_whatever_is_told_a_move_is_to_a_node_that_answered(news: list[tuple[int, bool, bool]]) -> None:
    """Never to one whose last answer was a failure; and every move makes the old connections stale."""
    nodes = Nodes(3)
    for at, (node, is_well, synced) in enumerate(news):
        epoch = nodes.epoch
        probe = Probe(node=node, asked=at, answered=at + 0.5, well=is_well, synced=synced)
        if nodes.told(probe):
            assert is_well
            assert nodes.current == node
            assert nodes.epoch > epoch
            assert not nodes.away(nodes.current)
