"""What large matrix products really reach of a device's listed peak."""

from __future__ import annotations

import math
from functools import cache
from statistics import median

from traincast.catalog.devices import accelerators, rows
from traincast.machine import Accelerator

PRIOR_POINTS = 1.0
"""measurements that the family's median weighs as many as, when a device has its own"""
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


def gemm_fraction(device: Accelerator, precision: str) -> float | None:
    """Large-GEMM rate over listed peak: the device's median, drawn to its family's in log space.

    With n measurements of its own the device weighs n / (n + 1). None where neither was measured. GeForce boards
    exceed 1: they run above the listed boost clock.
    """
    precision = ALIKE.get(precision, precision)
    own = fractions().get((device.name, precision), ())
    family = family_fraction(device.family, precision)
    if not own or family is None:
        return median(own) if own else family
    weight = len(own) / (len(own) + PRIOR_POINTS)
    return math.exp(weight * math.log(median(own)) + (1 - weight) * math.log(family))
