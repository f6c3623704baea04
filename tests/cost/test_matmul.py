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


def test_two_equal_roofs_cost_the_order_th_root_of_two() -> None:
    """128 x 128 x 512 on one unit: 16.8 MFLOP at 1 TFLOP/s x 1.2 of a wave; bandwidth chosen to take as long."""
    arithmetic = 1.2 * 2 * 128 * 128 * 512 / 1e12
    traffic = 2 * (128 * 512 + 512 * 128 + 128 * 128)
    both = matmul_seconds(128, 128, 512, rate=1e12, bandwidth=traffic / arithmetic, units=1)

    assert float(both) == pytest.approx(arithmetic * 2 ** (1 / 6))


@pytest.mark.parametrize(
    ("k", "units", "seconds"),
    [
        (512, 1, 1.2),  # one tile on one unit, and a fifth of a wave
        (512, 4, 0.25 + 0.2),  # a quarter of the device is filled; 512 is not split
        (1024, 4, 2 * (0.25 + 0.2 / 2)),  # split in two: half of the tail
        (4096, 4, 8 * (0.25 + 0.2 / 4)),  # split over all four units, not over eight parts
    ],
)
def test_waves_and_splits_by_hand(k: int, units: int, seconds: float) -> None:
    """In tiles of 128 x 128 x 512 on one unit of 1 TFLOP/s."""
    tile = 2 * 128 * 128 * 512 / 1e12
    found = matmul_seconds(128, 128, k, rate=1e12 * units, bandwidth=1e30, units=units)

    assert float(found) == pytest.approx(seconds * tile)


def test_bytes_of_an_element_count_in_traffic_alone() -> None:
    """Twice the bytes, twice the time of a product that traffic binds."""
    slow = {"rate": 1e30, "bandwidth": 1e9, "units": 10.0}
    two, four = (float(matmul_seconds(100, 200, 300, element=size, **slow)) for size in (2.0, 4.0))

    assert two == pytest.approx(2 * (100 * 300 + 300 * 200 + 100 * 200) / 1e9)
    assert four == pytest.approx(2 * two)
