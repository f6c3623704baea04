"""One product: waves and two roofs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast.cost.matmul import matmul_seconds

DEVICE = {"rate": 57.30e12, "bandwidth": 336.7e9, "units": 46.0}


def test_the_up_projection_of_the_seed() -> None:
    """M 16384, N 1536, K 384: 1536 tiles of 10.10 us; .3393 ms of arithmetic, .1903 ms of traffic, .4534 both."""
    both = float(matmul_seconds(16384, 1536, 384, tail=0.1975, order=1.32, **DEVICE))
    arithmetic = float(matmul_seconds(16384, 1536, 384, tail=0.1975, **{**DEVICE, "bandwidth": 1e30}))
    traffic = float(matmul_seconds(16384, 1536, 384, tail=0.1975, **{**DEVICE, "rate": 1e30}))

    assert both == pytest.approx(4.534e-4, rel=1e-3)
    assert arithmetic == pytest.approx(3.393e-4, rel=1e-3)
    assert traffic == pytest.approx(1.903e-4, rel=1e-3)


sizes = st.integers(1, 20_000)


@given(m=sizes, n=sizes, k=sizes, more=st.floats(1.0, 4.0))
def test_time_grows_with_every_size(m: int, n: int, k: int, more: float) -> None:
    """No side of a product can grow without cost."""
    least = float(matmul_seconds(m, n, k, **DEVICE))

    for grown in ((m * more, n, k), (m, n * more, k), (m, n, k * more)):
        assert float(matmul_seconds(*grown, **DEVICE)) >= least * (1 - 1e-9)


def test_no_product_beats_its_roofs() -> None:
    """Never faster than arithmetic at the rate or traffic at the bandwidth."""
    m, n, k = np.meshgrid([1, 100, 5000], [64, 4096], [64, 4096])
    floor = np.maximum(2.0 * m * n * k / DEVICE["rate"], 2.0 * (m * k + k * n + m * n) / DEVICE["bandwidth"])

    assert (matmul_seconds(m, n, k, **DEVICE) >= floor).all()
