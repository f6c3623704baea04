"""Fit of constants and offsets together: a physical mean, nested offsets, heavy-tailed noise.

Constants by Gauss-Newton on their log-normal priors, offsets integrated out as Gaussian effects (Henderson 1975;
generalised least squares), noise Student-t by reweighting (Lange, Little & Taylor 1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from traincast.calibrate.levels import LEVELS
from traincast.calibrate.model import priors
from traincast.cost import step
from traincast.cost.cases import Cases
from traincast.cost.shape import Array

FREEDOM = 4.0
"""degrees of freedom of the noise"""
NUDGE = 0.02
"""step of the numeric derivative, log"""
LARGEST_STEP = 0.4
"""of a constant in one iteration, log"""


@dataclass(slots=True)
class Evidence:
    """Measured runs: columns, log of the measured seconds, level of each row."""

    c: Cases
    y: Array
    named: dict[str, list[str]]
    noise_group: list[str]

    def codes(self) -> dict[str, Array]:
        """Level -> number of each row's group; every unknown is a group of its own."""
        found = {}
        for level in LEVELS:
            names = [name or f"?{i}" for i, name in enumerate(self.named[level])]
            found[level] = np.unique(names, return_inverse=True)[1]
        return found


@dataclass(slots=True)
class Fit:
    """Log constants, covariance of the offsets, weights of the rows, and what remains."""

    theta: Array
    weights: Array
    alpha: Array
    """inverse covariance times residual, rows that were fitted"""
    factor: tuple[Array, bool]
    rows: Array


def names() -> list[str]:
    """Constants in order."""
    return list(priors())


def prior_columns() -> tuple[Array, Array]:
    """(log medians, sds)."""
    known = priors().values()
    return np.log([one.median for one in known]), np.array([one.sd for one in known])


def mean(c: Cases, theta: Array) -> Array:
    """Log seconds of the physics at log constants `theta`."""
    return np.asarray(np.log(step.seconds(c, dict(zip(names(), np.exp(theta).tolist(), strict=True)))))


def mean_and_jacobian(c: Cases, theta: Array) -> tuple[Array, Array]:
    """Log seconds and their derivatives by each log constant."""
    at = mean(c, theta)
    columns = []
    for j in range(len(theta)):
        moved = theta.copy()
        moved[j] += NUDGE
        columns.append((mean(c, moved) - at) / NUDGE)
    return at, np.stack(columns, axis=1)


def covariance(evidence: Evidence, tau: dict[str, float]) -> Array:
    """Covariance of the rows by the levels they share."""
    n = len(evidence.y)
    total = np.zeros((n, n))
    for level, code in evidence.codes().items():
        total += tau[level] ** 2 * (code[:, None] == code[None, :])
    return total


def noise_sd(evidence: Evidence, noise: dict[str, float]) -> Array:
    """Noise of each row by its regime."""
    return np.array([noise[name] for name in evidence.noise_group])


def fit(
    evidence: Evidence,
    rows: Array,
    K: Array,
    noise: Array,
    theta: Array,
    *,
    iterations: int = 12,
    weights: Array | None = None,
    start: tuple[Array, Array] | None = None,
) -> Fit:
    """Constants and weights on `rows`; `start` is the mean and Jacobian at `theta` where they are known."""
    median, sd = prior_columns()
    known = K[np.ix_(rows, rows)]
    spread = noise[rows]
    w = np.ones(len(rows)) if weights is None else weights[rows].copy()
    for i in range(iterations):
        at, slope = start if start is not None and i == 0 else mean_and_jacobian(evidence.c, theta)
        J, r = slope[rows], evidence.y[rows] - at[rows]
        factor = sl.cho_factor(known + np.diag(spread**2 / w), lower=True, check_finite=False)
        solved = sl.cho_solve(factor, J, check_finite=False)
        hessian = J.T @ solved + np.diag(1 / sd**2)
        move = np.linalg.solve(hessian, solved.T @ r + (median - theta) / sd**2)
        move = np.clip(move, -LARGEST_STEP, LARGEST_STEP)
        theta = theta + move
        left = r - J @ move
        noise_part = left - known @ sl.cho_solve(factor, left, check_finite=False)
        w = (FREEDOM + 1) / (FREEDOM + (noise_part / spread) ** 2)
        if np.abs(move).max() < 0.01:
            break
    factor = sl.cho_factor(known + np.diag(spread**2 / w), lower=True, check_finite=False)
    r = evidence.y[rows] - mean(evidence.c, theta)[rows]
    full = np.ones(len(evidence.y))
    full[rows] = w
    return Fit(theta, full, sl.cho_solve(factor, r, check_finite=False), factor, rows)


def offsets(evidence: Evidence, found: Fit, tau: dict[str, float]) -> dict[str, dict[str, tuple[float, float]]]:
    """Best prediction of each group's offset, and the share of its variance that the rows leave.

    The share counts a group's rows alone: 1 / (1 + n tau^2 / s^2), s the typical remainder.
    """
    out: dict[str, dict[str, tuple[float, float]]] = {}
    named = {level: np.array(evidence.named[level], dtype=object) for level in LEVELS}
    for level in LEVELS:
        here = named[level][found.rows]
        out[level] = {}
        for name in sorted({one for one in here if one}):
            mask = here == name
            inverse = 1 / (1 + mask.sum() ** 0.5 * tau[level] ** 2 / REMAINDER**2)
            out[level][name] = (float(tau[level] ** 2 * found.alpha[mask].sum()), float(inverse))
    return out


REMAINDER = 0.12
"""sd of log seconds that other levels leave in a group, for the share of variance that remains"""
