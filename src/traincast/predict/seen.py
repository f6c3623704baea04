"""What other runs on the same machine teach about this one: the more, the more alike the workloads are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traincast.machine import Seen
from traincast.workload import Workload

ALIKE = 0.98
"""correlation of log(true / predicted) between two runs of workloads that differ in nothing below"""
ALIKE_PROBED = 0.25
"""the same on a machine that was probed: most of what its workloads have in common is in the paces (assumed)"""
SIZES = {"n_layer": 0.2, "d_model": 0.2, "seq_len": 0.2, "micro_batch": 0.03, "n_devices": 0.03}
"""size -> what a factor of e between two workloads takes off the log of that correlation"""
CHOICES = (
    "attention", "window", "compile", "recompute", "precision", "lora_rank", "base_bits", "optimizer", "mlp", "tp",
    "pp", "ep", "zero",
)  # fmt: skip
CHOICE = 0.2
"""what each of them takes off where it differs, as a log; sizes and choices by pairs of rows of left-out sources"""


def correlation(one: Workload, other: Workload, *, alike: float = ALIKE) -> float:
    """Of the errors, log(true / predicted), of two runs on one machine with one software; a size not told counts 1."""
    sizes = sum(
        each * abs(math.log((getattr(one, name) or 1) / (getattr(other, name) or 1))) for name, each in SIZES.items()
    )
    choices = sum(getattr(one, name) != getattr(other, name) for name in CHOICES)
    return alike * math.exp(-sizes - CHOICE * choices)


def corrected(
    prior: tuple[float, float], workload: Workload, seen: Sequence[Seen], *, probed: bool = False
) -> tuple[float, float]:
    """(mean, sigma) of log seconds of a step of `workload` after `seen`; without any, the `prior`.

    Gaussian errors of one variance, correlated as `correlation` says, conditioned on those that were seen (kriging).
    `probed`: the prior comes from paces that were measured on the machine.
    """
    mu, sigma = prior
    if not seen or sigma == 0:
        return prior
    alike = ALIKE_PROBED if probed else ALIKE
    among = np.array([[correlation(a.workload, b.workload, alike=alike) for b in seen] for a in seen])
    np.fill_diagonal(among, 1.0)
    here = np.array([correlation(workload, one.workload, alike=alike) for one in seen])
    weights = np.linalg.solve(among, here)
    shift = float(weights @ np.array([one.log_error for one in seen]))
    return mu + shift, sigma * math.sqrt(max(1 - float(weights @ here), 0.0))
