"""Seconds of one matrix product on one device: two roofs, and waves that do not fill the device."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Number

TILE = 128
"""rows and columns of a thread block's tile in cuBLAS kernels for large products"""
LEAST_DEPTH = 512
"""inner size below which splitting the sum over thread blocks does not pay (assumed)"""


def matmul_seconds(
    m: Number,
    n: Number,
    k: Number,
    *,
    rate: Number,
    bandwidth: Number,
    units: Number,
    element: Number = 2.0,
    tail: Number = 0.2,
    order: Number = 6.0,
) -> Array:
    """Seconds of C[m, n] = A[m, k] @ B[k, n].

    `rate` FLOP/s and `bandwidth` bytes/s that large products and copies reach, `units` multiprocessors, `element`
    bytes, `tail` the share of a wave that is lost, `order` how sharply the slower roof wins (infinity: the maximum).
    Roofs: Williams et al. 2009, doi:10.1145/1498765.1498785.
    """
    tiles = np.asarray(m, dtype=float) * n / TILE**2
    tile_seconds = 2.0 * TILE**2 * np.asarray(k, dtype=float) / (np.asarray(rate) / units)
    split = np.clip(units / tiles, 1.0, np.maximum(1.0, np.asarray(k) / LEAST_DEPTH))
    compute = (tiles / units + tail / split) * tile_seconds
    traffic = np.asarray(element) * (np.asarray(m) * k + np.asarray(k) * n + np.asarray(m) * n) / bandwidth
    least = np.maximum(compute, traffic)
    ratio = np.minimum(compute, traffic) / np.maximum(least, 1e-300)
    return np.asarray(least * (1.0 + ratio**order) ** (1.0 / order))
