"""Seconds of a micro-step's matrix products: attention's projections, feed-forward or experts, head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from traincast.cost.cases import Cases
from traincast.cost.matmul import matmul_seconds
from traincast.cost.shape import Array, Number

P = Mapping[str, float]
PADDING = 64.0
"""rows by which half a tile is wasted at each expert's end"""


def streaming(c: Cases, p: P) -> Array:
    """Bytes/s of memory that copies reach: listed bandwidth, and what was measured of it on such a board."""
    return p["copy"] * c.copied * c.bandwidth


@dataclass(frozen=True, slots=True)
class Linear:
    """Layers of weights: forward, gradient of the input, gradient of the weights."""

    c: Cases
    p: P
    rate: Array
    """FLOP/s of large products"""
    again: Number = 0.0
    """share of forward products that is run again in the backward pass, a factor"""

    def __call__(self, m: Number, n: Number, k: Number) -> Array:
        """Seconds of `m` tokens through a matrix of `n` by `k`."""
        c, p = self.c, self.p
        bandwidth = streaming(c, p)

        def one(m: Number, n: Number, k: Number) -> Array:
            return matmul_seconds(
                m, n, k, rate=self.rate, bandwidth=bandwidth, units=c.units, element=c.element, tail=p["wave"],
                order=p["order"],
            )  # fmt: skip

        weights = np.where(c.lora > 0, p["lora"], 1.0)
        return np.asarray(one(m, n, k) * (1 + self.again) + one(m, k, n) + weights * one(n, k, m))


def projections(c: Cases, linear: Linear, m: Array) -> Array:
    """Seconds of queries, keys, values and output of one layer; latent ones are squeezed through narrow widths."""
    s = c.shape
    past = np.where(c.recurrent > 0, 2 * s.kv + s.q / 2, 0.0)  # keys and values of the memory, relative positions
    plain = linear(m, (s.q + 2 * s.kv + past) / c.tp, s.d) + linear(m, s.d, s.q / c.tp)
    if not (s.kv_rank > 0).any():
        return plain
    whole = s.H * (s.head + s.rope) / c.tp
    narrow, values = np.maximum(s.q_rank, 1.0), s.H * np.maximum(s.value, 1.0) / c.tp
    queries = np.where(
        s.q_rank > 0,
        linear(m, narrow, s.d) + linear(m, whole, narrow),
        linear(m, whole, s.d),
    )
    rank = np.maximum(s.kv_rank, 1.0)
    keys = linear(m, rank + s.rope, s.d) + linear(m, s.q / c.tp + values, rank)
    return np.where(s.kv_rank > 0, queries + keys + linear(m, s.d, values), plain)


def feed_forward(c: Cases, linear: Linear, m: Array, width: Array) -> Array:
    """Seconds of one dense feed-forward of `width`."""
    s = c.shape
    return np.asarray(linear(m, s.g * width / c.tp, s.d) + linear(m, s.d, width / c.tp))


def feeds(c: Cases, p: P, linear: Linear, m: Array) -> Array:
    """Seconds of the feed-forwards of all layers: dense ones, and experts as grouped products."""
    s = c.shape
    moe = s.E > 1
    routed = np.where(moe, m * (s.k - s.shared) + PADDING * np.minimum(s.E / c.ep, m * s.k), m)
    each = feed_forward(c, linear, routed, s.F) * np.where(moe, p["expert"], 1.0)
    if (s.shared > 0).any():
        each = each + np.where(
            s.shared > 0,
            feed_forward(c, linear, m, np.maximum(s.shared, 1.0) * s.F),
            0.0,
        )
    total = (s.L - s.dense) * each
    if (s.dense > 0).any():
        total = total + s.dense * feed_forward(c, linear, m, np.maximum(s.Fd, 1.0))
    return np.asarray(total)


def across(c: Cases, linear: Linear, m: Array, looking: Array) -> Array:
    """Seconds of cross-attention's projections in one layer: `looking` tokens ask, `m` tokens of the encoder answer."""
    s = c.shape
    return np.asarray(
        linear(looking, s.q / c.tp, s.d) + linear(m, 2 * s.kv / c.tp, s.d) + linear(looking, s.d, s.q / c.tp)
    )


def matmuls(c: Cases, p: P) -> tuple[Array, Array]:
    """Seconds of the layers' and of the head's products in one micro-step, forward and backward, recompute included."""
    s = c.shape
    m = c.b * s.T / c.cp
    faster = np.where(c.low == 2, p["low"] * p["low4"], np.where(c.low == 1, p["low"], 1.0))
    large = p["gemm"] * c.fraction
    linear = Linear(c, p, large * c.rate * faster, c.recompute)
    layers = s.L * projections(c, linear, m) + feeds(c, p, linear, m)
    last = m
    if (s.encoders > 0).any():
        looking = c.b * s.target / c.cp
        one = [projections(c, linear, at) + feed_forward(c, linear, at, s.F) for at in (m, looking)]
        both = s.encoders * one[0] + (s.L - s.encoders) * (one[1] + across(c, linear, m, looking))
        layers, last = (
            np.where(s.encoders > 0, both, layers),
            np.where(s.encoders > 0, looking, m),
        )
    head = Linear(c, p, large * c.rate16)(last * c.headed, s.V / c.tp, s.d)
    return layers / c.pp, head / c.pp
