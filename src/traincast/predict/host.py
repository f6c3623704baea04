"""Steps on a CPU: counted work at its peak and bandwidth, without what software was found to add on other devices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traincast.cost.shape import Array
from traincast.machine import Machine

CASES_SD = 0.24
"""standard deviation of log(true / predicted) over 16 small GPTs on one CPU (docs/accuracy-here.md), which this model
was made beside: no blind test"""
CPUS_SD = 0.25
"""the same from one CPU to the next (assumed: a core copies 10 to 40 GB/s, clocks under load differ by 1.2 to 1.6)"""
THREADS_SD = 0.1
"""the same, a factor e of threads (assumed: small pieces leave some of them idle)"""
ELSEWHERE = ("fixed",)
"""parts that a CPU is spared: feeding a device and waiting for it"""


def on_host(machines: Sequence[Machine]) -> Array:
    """Whether each machine computes on its CPU: flags, no unit."""
    return np.array([machine.accelerator.family == "cpu" for machine in machines], dtype=bool)


def replace_on_host(machines: Sequence[Machine], parts: dict[str, Array]) -> tuple[Array, Array]:
    """(log seconds, standard deviation) of a step on a CPU, not a number elsewhere.

    The seconds of `parts` that a CPU is spared are set to zero in those rows. No run on a CPU is in the fit, and
    offsets of software that were learned on GPUs say nothing of it: `torch.compile` gains little there.
    """
    rows = on_host(machines)
    for name in ELSEWHERE:
        parts[name] = np.where(rows, 0.0, parts[name])
    seconds = sum(parts.values(), np.zeros(len(rows)))
    mu, sd = (np.full(len(rows), np.nan) for _ in range(2))
    mu[rows] = np.log(seconds[rows])
    sd[rows] = [spread(machine.accelerator.num_sm or 1) for machine in machines if machine.accelerator.family == "cpu"]
    return mu, sd


def spread(threads: float) -> float:
    """Standard deviation of log seconds on a CPU of so many threads."""
    return math.hypot(CASES_SD, CPUS_SD, THREADS_SD * math.log(max(1.0, threads)))
