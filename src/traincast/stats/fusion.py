"""A prediction made before the run and what its log shows, weighed by their variances."""

from __future__ import annotations

import math

import msgspec


class Fused(msgspec.Struct, frozen=True, kw_only=True):
    """The posterior of a positive quantity whose logarithm is normal."""

    mu: float
    """log of the value"""
    sigma: float
    """sd of that log"""
    prior_weight: float
    """share of the prior, 0 to 1"""
    conflict: bool = False
    """prior and data lie too far apart for both to be right; the data are used alone"""


def fuse(prior: tuple[float, float], evidence: tuple[float, float]) -> Fused:
    """Posterior of `prior` (mu, sigma) and `evidence` (mu, sigma), logarithms of the same unit.

    Product of two log-normals; where the means are three joint standard deviations apart they contradict each
    other and the evidence stands alone.
    """
    (mu0, sigma0), (mu1, sigma1) = prior, evidence
    if abs(mu1 - mu0) >= 3 * math.hypot(sigma0, sigma1):
        return Fused(mu=mu1, sigma=sigma1, prior_weight=0.0, conflict=True)
    weight = 1 / (1 + (sigma1 / sigma0) ** 2)
    return Fused(
        mu=weight * mu1 + (1 - weight) * mu0,
        sigma=1 / math.sqrt(sigma0**-2 + max(sigma1, 1e-12) ** -2),
        prior_weight=1 - weight,
    )
