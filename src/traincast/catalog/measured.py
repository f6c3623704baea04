"""What large matrix products really reach of a device's listed peak."""

from __future__ import annotations

import math
from functools import cache
from statistics import median

from traincast.catalog.devices import accelerators, rows
from traincast.machine import Accelerator

PRIOR_POINTS = 1.0
"""measurements that the family's median weighs as many as, when a device has its own"""
ALIKE_BOARDS = 0.1
"""added to the sum of squared log intensities: below it a slope says little"""
ALIKE = {"fp16": "bf16"}
"""precisions that share a rate on tensor cores, so that one's measurement serves the other"""


@cache
def fractions() -> dict[tuple[str, str], tuple[float, ...]]:
    """(device, precision) -> measured rates over listed peak."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows("measured_gemm.csv"):
        if row["fraction"] and row["device"] in accelerators():
            key = (row["device"], ALIKE.get(row["dtype"], row["dtype"]))
            found.setdefault(key, []).append(float(row["fraction"]))
    return {key: tuple(values) for key, values in found.items()}


def family_fraction(family: str, precision: str) -> float | None:
    """Median over the devices of a family of their median fraction; None where none was measured."""
    medians = [
        median(values)
        for (name, measured), values in fractions().items()
        if measured == precision and accelerators()[name].family == family
    ]
    return median(medians) if medians else None


def intensity(device: Accelerator, precision: str) -> float | None:
    """Listed FLOP/s for each watt of its power limit; None where either is not known."""
    peak = device.peaks.get(precision) or device.peaks.get("fp16" if precision == "bf16" else precision)
    return peak / device.power_watts if peak and device.power_watts else None


@cache
def power_line(arch: str, precision: str) -> tuple[float, float, float] | None:
    """(mean log intensity, mean log fraction, slope <= 0) over the boards of one generation of chips.

    A board with more peak for each watt holds a lower clock under load: RTX 4090 1.03 at 0.37 TFLOPS/W, L4 0.6 at 1.7.
    The slope is drawn to 0 where boards are few or alike. None with fewer than two boards measured.
    """
    points = []
    for (name, measured), values in fractions().items():
        device = accelerators()[name]
        of_board = intensity(device, precision)
        if measured == precision and device.arch == arch and of_board and "jetson" not in name:
            points.append((math.log(of_board), math.log(median(values))))
    if len(points) < 2:
        return None
    x, y = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((a - x) ** 2 for a, _ in points) + ALIKE_BOARDS
    return x, y, min(sum((a - x) * (b - y) for a, b in points) / spread, 0.0)


def power_fraction(device: Accelerator, precision: str) -> float | None:
    """Large-GEMM rate over listed peak as boards of the same chips and power reach it; None where it cannot be told."""
    line, own = power_line(device.arch, precision), intensity(device, precision)
    if line is None or own is None:
        return None
    x, y, slope = line
    return math.exp(y + slope * (math.log(own) - x))


def gemm_fraction(device: Accelerator, precision: str) -> float | None:
    """Large-GEMM rate over listed peak: the device's median, drawn in log space to that of boards of the same chips.

    With n measurements of its own the device weighs n / (n + 1). None where neither was measured. GeForce boards
    exceed 1: they run above the listed boost clock.
    """
    precision = ALIKE.get(precision, precision)
    own = fractions().get((device.name, precision), ())
    family = power_fraction(device, precision) or family_fraction(device.family, precision)
    if not own or family is None:
        return median(own) if own else family
    weight = len(own) / (len(own) + PRIOR_POINTS)
    return math.exp(weight * math.log(median(own)) + (1 - weight) * math.log(family))


@cache
def copy_fractions() -> dict[str, float]:
    """Device -> measured streaming bandwidth over the listed one."""
    found = rows("measured_copy.csv")
    return {row["device"]: float(row["fraction"]) for row in found if row["device"] in accelerators()}


def copy_fraction(device: Accelerator) -> float | None:
    """Streaming bandwidth over the listed one: the geometric mean of the device's and its family's median.

    None where neither was measured.
    """
    own = copy_fractions().get(device.name)
    kin = [value for name, value in copy_fractions().items() if accelerators()[name].family == device.family]
    return (median(kin) if own is None else math.sqrt(own * median(kin))) if kin else None
