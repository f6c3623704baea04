"""Measured shares of the listed peak, and links."""

from __future__ import annotations

import pytest

from traincast.catalog.devices import accelerators
from traincast.catalog.links import links
from traincast.catalog.lookup import accelerator
from traincast.catalog.measured import copy_fraction, fractions, gemm_fraction, power_fraction, power_line


def test_a_device_without_a_measurement_takes_boards_of_its_chips_and_power() -> None:
    """No public bf16 figure of the plain RTX 4070 exists; its sisters reach 0.97 to 1.08 of the listed peak."""
    device = accelerator("RTX 4070")
    assert ("nvidia-rtx-4070", "bf16") not in fractions()
    assert gemm_fraction(device, "bf16") == power_fraction(device, "bf16")
    assert 0.97 <= gemm_fraction(device, "bf16") <= 1.08  # type: ignore[operator]


def test_one_measurement_is_drawn_half_way_to_boards_alike() -> None:
    """n / (n + 1) of weight in log space: the geometric mean for n = 1. The L40: one measurement."""
    device = accelerator("L40")
    own, alike = fractions()["nvidia-l40", "bf16"], power_fraction(device, "bf16")
    assert len(own) == 1
    assert alike is not None

    assert gemm_fraction(device, "bf16") == pytest.approx((own[0] * alike) ** 0.5)


def test_more_peak_for_a_watt_is_reached_less() -> None:
    """72 W cannot feed the 121 TFLOPS of an L4; the same chips at 450 W reach all of an RTX 4090's 165."""
    starved, fed = (power_fraction(accelerator(name), "bf16") for name in ("L4", "RTX 4090"))
    assert starved is not None
    assert fed is not None
    assert starved < 0.75 < 0.95 < fed


def test_a_generation_with_one_board_measured_has_no_line() -> None:
    """Then the family's median is taken."""
    device = accelerator("V100-SXM2-32GB")
    few = {name for name, precision in fractions() if precision == "fp8" and accelerators()[name].arch == device.arch}
    assert len(few) < 2
    assert power_line(device.arch, "fp8") is None
    assert power_fraction(device, "fp8") is None


def test_streaming_is_the_mean_of_board_and_family() -> None:
    """L40S 0.671 of the listed bandwidth; L4 0.76, L40 0.685 and L40S are its family: the median is 0.685."""
    assert copy_fraction(accelerator("L40S")) == pytest.approx((0.671 * 0.685) ** 0.5)
    assert copy_fraction(accelerator("CS-3")) is None


def test_unmeasured_families_are_unknown() -> None:
    """Nothing is filled by guess."""
    assert gemm_fraction(accelerator("CS-3"), "bf16") is None


def test_a_link_has_the_bandwidth_of_its_data_sheet() -> None:
    """NVLink 4 carries 450 GB/s in one direction."""
    assert links()["nvlink4"].bandwidth == 450e9
