"""What other runs on the same machine teach about this one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from traincast.machine import Machine

SHARED = 0.8
"""share of the variance of log(true / predicted) that workloads on one machine have in common: by so much a logged step
of another should be believed (rows of a left-out source: the error is least at 0.65 to 0.85 in every regime)"""
SHARED_PROBED = 0.25
"""the same on a machine that was probed: most of what its workloads have in common is in the paces (assumed)"""


def corrected(prior: tuple[float, float], residuals: Sequence[float], *, shared: float = SHARED) -> tuple[float, float]:
    """(mean, sigma) of log seconds after `residuals`, log(true / predicted) of other workloads on the machine.

    The error of a prediction is an offset of the machine and its software, common to all workloads, and one of the
    workload's own; both normal, `shared` of the variance belongs to the first. Without residuals, the prior.
    """
    mu, sigma = prior
    common, own = shared * sigma**2, (1 - shared) * sigma**2
    n = len(residuals)
    if n == 0 or sigma == 0:
        return prior
    offset = common * math.fsum(residuals) / (n * common + own)
    return mu + offset, math.sqrt(own + common * own / (n * common + own))


def learned(prior: tuple[float, float], machine: Machine, *, probed: bool) -> tuple[float, float]:
    """`prior` (mean and sd of log seconds) after what was seen on `machine`; `probed`: it comes from measured paces."""
    return corrected(prior, machine.residuals, shared=SHARED_PROBED if probed else SHARED)
