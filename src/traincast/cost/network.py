"""Seconds of collectives: latency and bandwidth, by algorithm and tier."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Number


def hockney(size: Number, *, latency: Number, bandwidth: Number) -> Array:
    """latency + size / bandwidth [s] (Hockney 1994)."""
    return np.asarray(latency + np.asarray(size, dtype=float) / bandwidth)


def ring_all_reduce(size: Number, n: Number, *, hop: Number, bandwidth: Number) -> Array:
    """Seconds to sum `size` bytes over `n` ranks in a ring (Patarasuk & Yuan 2009); 0 for one rank."""
    n = np.asarray(n, dtype=float)
    return np.asarray(2 * (n - 1) * hop + 2 * (n - 1) / n * np.asarray(size) / bandwidth)


def tree_all_reduce(size: Number, n: Number, *, hop: Number, bandwidth: Number) -> Array:
    """Seconds to sum `size` bytes over `n` ranks in a double tree (Sanders et al. 2009)."""
    n = np.asarray(n, dtype=float)
    return np.where(n > 1, 2 * np.log2(np.maximum(n, 1)) * hop + 2 * np.asarray(size) / bandwidth, 0.0)


def all_reduce(size: Number, n: Number, *, hop: Number, bandwidth: Number) -> Array:
    """Seconds of the faster of ring and tree, as libraries choose."""
    return np.minimum(
        ring_all_reduce(size, n, hop=hop, bandwidth=bandwidth), tree_all_reduce(size, n, hop=hop, bandwidth=bandwidth)
    )


def all_gather(size: Number, n: Number, *, hop: Number, bandwidth: Number) -> Array:
    """Seconds to gather (or reduce-scatter) `size` bytes in all over `n` ranks in a ring."""
    return ring_all_reduce(size, n, hop=hop, bandwidth=bandwidth) / 2


def hierarchical_all_reduce(
    size: Number, *, local: Number, nodes: Number, hop: Number, local_bandwidth: Number, node_bandwidth: Number
) -> Array:
    """Reduce-scatter in the node, all-reduce of the shards across nodes, all-gather in the node [s]."""
    inside = 2 * all_gather(size, local, hop=hop, bandwidth=local_bandwidth)
    across = all_reduce(np.asarray(size) / local, nodes, hop=hop, bandwidth=node_bandwidth)
    return np.asarray(inside + across)


def bus_bandwidth(size: Number, seconds: Number, n: Number) -> Array:
    """Bytes/s of the link that an all-reduce of `size` bytes in `seconds` makes use of."""
    n = np.asarray(n, dtype=float)
    return np.asarray(np.asarray(size) / seconds * 2 * (n - 1) / n)


def half_bandwidth_size(n: Number, *, latency: Number, bandwidth: Number) -> Array:
    """Bytes at which an all-reduce reaches half of `bandwidth`."""
    n = np.asarray(n, dtype=float)
    return np.asarray(latency * np.asarray(bandwidth) / (2 * (n - 1) / n))


def bubble(pp: Number, micro_steps: Number, *, virtual: Number = 1.0) -> Array:
    """Idle share of useful work in a pipeline of `pp` stages (Narayanan et al. 2021)."""
    return (np.asarray(pp, dtype=float) - 1) / (np.asarray(virtual) * micro_steps)


def straggler_factor(sigma: Number, n: Number) -> Array:
    """Slowdown by the slowest of `n` ranks with independent Gaussian noise of relative size `sigma`."""
    return np.asarray(1 + np.asarray(sigma) * np.sqrt(2 * np.log(np.maximum(np.asarray(n, dtype=float), 1))))
