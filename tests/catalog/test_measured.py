"""Measured shares of the listed peak, and links."""

from __future__ import annotations

import pytest

from traincast.catalog.devices import accelerators
from traincast.catalog.links import bus_bandwidths, interconnect
from traincast.catalog.lookup import accelerator
from traincast.catalog.measured import family_fraction, fractions, gemm_fraction
from traincast.errors import UnknownNameError


def test_a_device_without_a_measurement_takes_its_family() -> None:
    """No public bf16 figure of the plain RTX 4070 exists; its sisters reach 0.97 to 1.08 of the listed peak."""
    assert ("nvidia-rtx-4070", "bf16") not in fractions()
    assert gemm_fraction(accelerator("RTX 4070"), "bf16") == family_fraction("geforce-40", "bf16")
    assert 0.97 <= gemm_fraction(accelerator("RTX 4070"), "bf16") <= 1.08  # type: ignore[operator]


def test_one_measurement_is_drawn_half_way_to_the_family() -> None:
    """n / (n + 1) of weight in log space: the geometric mean for n = 1."""
    name, precision = next(key for key, values in fractions().items() if len(values) == 1 and key[1] == "bf16")
    device = accelerators()[name]
    family = family_fraction(device.family, precision)
    assert family is not None

    assert gemm_fraction(device, precision) == pytest.approx((fractions()[name, precision][0] * family) ** 0.5)


def test_unmeasured_families_are_unknown() -> None:
    """Nothing is filled by guess."""
    assert gemm_fraction(accelerator("CS-3"), "bf16") is None


def test_links() -> None:
    """NVLink 4 carries 450 GB/s in one direction; a typing error is told."""
    assert interconnect("NVLink4").bandwidth == 450e9
    with pytest.raises(UnknownNameError, match="nvlink99"):
        interconnect("nvlink99")


def test_bus_bandwidth_grows_with_size() -> None:
    """8 H200 over NVLink: latency binds small payloads, the link large ones."""
    points = bus_bandwidths()["H200 8x NVLink4 NVLS", "all_reduce"]

    assert points[0][1] < 0.05 * points[-1][1]
