"""The rules that people use, on the same rows and folds."""

from __future__ import annotations

import numpy as np

from traincast.calibrate.fit import Evidence
from traincast.cost import flops, step
from traincast.cost.parameters import matmul_parameters
from traincast.cost.shape import Array

POPULAR_MFU = 0.40


def ideal_seconds(known: Evidence) -> Array:
    """Seconds of a step at 100 % of the listed peak, PaLM FLOP; frozen weights as 4N."""
    c = known.c
    per_token = flops.palm_flops_per_token(c.shape) * np.where(c.lora > 0, 2 / 3, 1.0)
    return np.asarray(per_token * c.shape.T * c.b * c.m * c.dp / (c.rate * c.P))


def constant_mfu(known: Evidence, value: float) -> Array:
    """Log seconds at a constant MFU."""
    return np.asarray(np.log(ideal_seconds(known) / value))


def best_constant_mfu(known: Evidence, key: list[str], keep: Array) -> Array:
    """Log seconds at the MFU that is best (median of logs) on the rows of the other folds, one and several apart."""
    ideal = np.log(ideal_seconds(known))
    names, single = np.array(key, dtype=object), known.c.P == 1
    out = np.full(len(known.y), np.nan)
    for name in set(names[keep]):
        for regime in (True, False):
            here = keep[(names[keep] == name) & (single[keep] == regime)]
            others = keep[(names[keep] != name) & (single[keep] == regime)]
            if len(here):
                out[here] = ideal[here] + np.median((known.y - ideal)[others])
    return out


def six_n(known: Evidence) -> Array:
    """Log seconds of 6N at the listed peak."""
    c = known.c
    return np.asarray(np.log(6 * matmul_parameters(c.shape) * c.shape.T * c.b * c.m * c.dp / (c.rate * c.P)))


def roofline(known: Evidence) -> Array:
    """Log seconds of the plain roofline: the physical floor at listed peak and bandwidth."""
    return np.asarray(np.log(step.floor_seconds(known.c)))
