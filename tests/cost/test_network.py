"""Collectives."""

from __future__ import annotations

import pytest

from traincast.cost import network


def test_gradients_of_gpt2_on_eight_h200() -> None:
    """bf16 of 124,475,904 parameters, 40 us, 480 GB/s of bus bandwidth: .948 ms."""
    size = 2 * 124_475_904
    seconds = float(network.hockney(size * 2 * 7 / 8, latency=40e-6, bandwidth=480e9))

    assert seconds == pytest.approx(0.948e-3, abs=0.5e-6)
    assert float(network.bus_bandwidth(size, seconds - 40e-6, 8)) == pytest.approx(480e9)


def test_half_the_bandwidth_is_reached_at_ten_megabytes() -> None:
    """H200 fit: alpha 42 us, 437 GB/s; alpha B / (2 (n - 1) / n) = 10.5 MB, given as 10.6."""
    assert float(network.half_bandwidth_size(8, latency=42e-6, bandwidth=437e9)) == pytest.approx(10.6e6, rel=0.02)


def test_small_messages_take_the_tree_and_large_ones_the_ring() -> None:
    """2 (n - 1) hops against 2 log2 n, and (n - 1) / n of the volume against all of it."""
    small, large = 1e3, 1e9
    for size, chosen in ((small, network.tree_all_reduce), (large, network.ring_all_reduce)):
        assert float(network.all_reduce(size, 8, hop=5e-6, bandwidth=1e11)) == float(
            chosen(size, 8, hop=5e-6, bandwidth=1e11)
        )


def test_one_rank_has_nobody_to_talk_to() -> None:
    """No seconds."""
    assert float(network.all_reduce(1e9, 1, hop=5e-6, bandwidth=1e11)) == 0


@pytest.mark.parametrize(("virtual", "share"), [(1, 0.109), (4, 0.027)])
def test_interleaving_divides_the_bubble(virtual: int, share: float) -> None:
    """pp 8, m 64: (pp - 1) / (v m)."""
    assert float(network.bubble(8, 64, virtual=virtual)) == pytest.approx(share, abs=0.0005)


def test_the_slowest_of_many_ranks_sets_the_pace() -> None:
    """sigma .01 over 4096 ranks: 1.041."""
    assert float(network.straggler_factor(0.01, 4096)) == pytest.approx(1.041, abs=0.0005)


def test_two_tiers_cost_at_least_the_faster_one() -> None:
    """Crossing nodes adds to what the node itself takes."""
    inside = float(network.ring_all_reduce(1e9, 8, hop=5e-6, bandwidth=4e11))
    across = network.hierarchical_all_reduce(1e9, local=8, nodes=4, hop=5e-6, local_bandwidth=4e11, node_bandwidth=5e10)

    assert float(across) > inside


def test_ring_and_tree_by_hand() -> None:
    """Four ranks, 1 us a hop, 1 GB at 1 GB/s: 6 us + 1.5 s in the ring, 4 us + 2 s in the tree; half to gather."""
    told = {"hop": 1e-6, "bandwidth": 1e9}

    assert float(network.ring_all_reduce(1e9, 4, **told)) == pytest.approx(6e-6 + 1.5)
    assert float(network.tree_all_reduce(1e9, 4, **told)) == pytest.approx(4e-6 + 2.0)
    assert float(network.all_gather(1e9, 4, **told)) == pytest.approx(3e-6 + 0.75)
    assert float(network.tree_all_reduce(1e9, 1, **told)) == 0
    assert float(network.tree_all_reduce(0, 2, **told)) == pytest.approx(2e-6)


def test_two_tiers_by_hand() -> None:
    """Gather twice in the node of 4 (1.5 s at 1 GB/s), a quarter across 2 nodes at .5 GB/s (.5 s)."""
    seconds = network.hierarchical_all_reduce(1e9, local=4, nodes=2, hop=0.0, local_bandwidth=1e9, node_bandwidth=5e8)

    assert float(seconds) == pytest.approx(1.5 + 0.5)


def test_bandwidth_of_a_bus_by_hand() -> None:
    """1 GB in 1 s over 4 ranks: 1.5 GB/s; half of 1.5 GB/s is reached at 1 us x 1.5e9 / 1.5 bytes."""
    assert float(network.bus_bandwidth(1e9, 1.0, 4)) == pytest.approx(1.5e9)
    assert float(network.half_bandwidth_size(4, latency=1e-6, bandwidth=1.5e9)) == pytest.approx(1000)


def test_one_rank_waits_for_nobody() -> None:
    """The slowest of one is itself; without noise nobody is slow."""
    assert float(network.straggler_factor(0.1, 1)) == 1
    assert float(network.straggler_factor(0.0, 64)) == 1
    assert float(network.straggler_factor(0.1, 8)) == pytest.approx(1 + 0.1 * (2 * 2.0794415) ** 0.5)
    assert float(network.bubble(1, 8)) == 0
