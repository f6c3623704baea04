"""Measured shares of the listed peak, and links."""

from __future__ import annotations

import pytest

from traincast.catalog.devices import accelerators
from traincast.catalog.links import links
from traincast.catalog.lookup import accelerator
from traincast.catalog.measured import family_fraction, fractions, gemm_fraction


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


def test_a_link_has_the_bandwidth_of_its_data_sheet() -> None:
    """NVLink 4 carries 450 GB/s in one direction."""
    assert links()["nvlink4"].bandwidth == 450e9
