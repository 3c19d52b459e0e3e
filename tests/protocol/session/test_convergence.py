"""Whatever happens on the way: nodes that end connected end with equal sets."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import Severity
from tests.protocol.session.network import Network, Node, make_erasure, make_records, worst

POOL = make_records("pool", 160)
ERASURES = [make_erasure(record) for record in POOL[:8]]

node_numbers = st.integers(0, 4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), node_numbers, st.integers(0, 150), st.integers(1, 40)),
        st.tuples(st.just("erase"), node_numbers, st.integers(0, 7), st.just(0)),
        st.tuples(st.just("join"), node_numbers, node_numbers, st.just(0)),
        st.tuples(st.just("cut"), st.integers(0, 20), st.just(0), st.just(0)),
        st.tuples(st.just("elapse"), st.integers(0, 200), st.just(0), st.just(0)),
    ),
    max_size=25,
)


def live(net: Network, nodes: list[Node], plan: list[tuple[str, int, int, int]]) -> None:
    """Carry out a plan, with whatever is under way at each step."""
    links = []
    for verb, first, second, third in plan:
        match verb:
            case "write":
                net.write(nodes[first % len(nodes)], POOL[second : second + third])
            case "erase":
                net.write(nodes[first % len(nodes)], [POOL[second], ERASURES[second]])
            case "join":
                one, other = nodes[first % len(nodes)], nodes[second % len(nodes)]
                if one is not other:
                    links.append(net.connect(one, other))
            case "cut" if links:
                net.disconnect(links.pop(first % len(links)))
            case "elapse":
                net.elapse(first)


def check_equal(net: Network, nodes: list[Node]) -> None:
    union = set().union(*(node.ids for node in nodes))
    for node in nodes:
        assert node.ids == union, (
            f"{node.name} lacks {len(union - node.ids)} of {len(union)} (seed {net.seed})"
        )
        assert worst(node) == Severity.HARMLESS
        assert node.closed == []
        for source in node.swarm._fetching._sources.values():
            assert not any((source.offers, source.waiting, source.wants, source.in_work))
        assert not node.swarm._fetching._asked


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), number=st.integers(2, 5), plan=steps, slow=st.sampled_from([0, 5, 80]))
def test_nodes_that_end_connected_hold_the_same(
    seed: int, number: int, plan: list[tuple[str, int, int, int]], slow: int
) -> None:
    net = Network(seed, latency_ms=(0, 60), work_ms=(0, slow))
    nodes = [net.node(f"node{n}") for n in range(number)]
    for node in nodes:
        node.frame_size_bytes = 4_096
    live(net, nodes, plan)
    dice = Random(seed)
    for index in range(1, number):  # a tree that joins them all, beside whatever else still stands
        net.connect(nodes[index], nodes[dice.randrange(index)])
    net.settle()
    check_equal(net, nodes)


@pytest.mark.parametrize("seed", range(3))
def test_a_partition_heals(seed: int) -> None:
    net = Network(seed)
    nodes = [net.node(f"node{n}") for n in range(8)]
    ring = [net.connect(nodes[n], nodes[(n + 1) % 8]) for n in range(8)]
    for n, node in enumerate(nodes):
        net.write(node, POOL[n * 5 : n * 5 + 5])
    net.run()
    check_equal(net, nodes)
    net.disconnect(ring[0])
    net.disconnect(ring[4])
    for n, node in enumerate(nodes):
        net.write(node, POOL[80 + n * 5 : 85 + n * 5])
    net.run()
    assert nodes[0].ids != nodes[1].ids
    assert nodes[1].ids == nodes[4].ids
    net.connect(nodes[0], nodes[1])
    net.run()
    check_equal(net, nodes)


def test_thirty_nodes_hear_of_one_record_with_little_repetition() -> None:
    net = Network(seed=30)
    nodes = [net.node(f"node{n}") for n in range(30)]
    dice = Random(30)
    for n in range(1, 30):
        for other in {dice.randrange(n) for _ in range(3)}:
            net.connect(nodes[n], nodes[other])
    net.run()
    net.write(nodes[7], POOL[:1])
    net.run()
    check_equal(net, nodes)
    assert sum(node.admitted_envelopes for node in nodes) == 29  # each fetched it once
