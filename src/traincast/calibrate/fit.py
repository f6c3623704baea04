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
TAIL = 3.0
"""degrees of freedom of the offsets of a level"""
NUDGE = 0.02
"""step of the numeric derivative, log"""
LARGEST_STEP = 0.4
"""of a constant in one iteration, log"""


@dataclass(slots=True)
class Evidence:
    """Measured runs: columns, log of the measured seconds, level of each row, regimes of noise and of intervals."""

    c: Cases
    y: Array
    """log seconds"""
    named: dict[str, list[str]]
    noise_group: list[str]
    group: list[str]

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
    """log of each constant"""
    weights: Array
    """weight of each row: one, less where it stands out"""
    alpha: Array
    """inverse covariance times residual, rows that were fitted"""
    factor: tuple[Array, bool]
    """Cholesky factor of the covariance of log seconds"""
    rows: Array
    """places of the rows that were fitted"""
    variance: dict[str, Array]
    """level -> variance of each group"""


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


@dataclass(slots=True)
class Nested:
    """Levels of all rows, and the sd of their groups in log seconds."""

    codes: dict[str, Array]
    """level -> number of each row's group"""
    tau: dict[str, float]
    """level -> sd of log seconds"""

    def shared(self, rows: Array, others: Array) -> dict[str, Array]:
        """Level -> which of `rows` are in the group of which of `others`, as 0 and 1."""
        return {
            level: (code[rows][:, None] == code[others][None, :]).astype(np.float32)
            for level, code in self.codes.items()
        }

    def variances(self) -> dict[str, Array]:
        """Variance of log seconds of every group of a level, the same before any offset is known."""
        return {level: np.full(int(code.max()) + 1, self.tau[level] ** 2) for level, code in self.codes.items()}

    def covariance(
        self, rows: Array, others: Array, variance: dict[str, Array], shared: dict[str, Array] | None = None
    ) -> Array:
        """Covariance of `rows` with `others` by the groups they share; `shared` where it is known."""
        shared = self.shared(rows, others) if shared is None else shared
        total = np.zeros((len(rows), len(others)))
        for level, code in self.codes.items():
            total += variance[level][code[rows]][:, None] * shared[level]
        return total

    def heavier(self, rows: Array, alpha: Array, variance: dict[str, Array]) -> dict[str, Array]:
        """Variances of a t-prior: a group that lies far out is given room, so that it does not drag its kin.

        (nu tau^2 + b^2) / (nu + 1) with the group's offset b (expectation step for Student's t).
        """
        out = {}
        for level, code in self.codes.items():
            b = variance[level] * np.bincount(code[rows], weights=alpha, minlength=len(variance[level]))
            out[level] = (TAIL * self.tau[level] ** 2 + b**2) / (TAIL + 1)
            empty = np.bincount(code[rows], minlength=len(b)) == 0
            out[level][empty] = self.tau[level] ** 2
        return out


def nested(evidence: Evidence, tau: dict[str, float]) -> Nested:
    """The levels of `evidence` with standard deviations `tau`."""
    return Nested(evidence.codes(), tau)


def noise_sd(evidence: Evidence, noise: dict[str, float]) -> Array:
    """Noise of each row by its regime."""
    return np.array([noise[name] for name in evidence.noise_group])


def fit(
    evidence: Evidence,
    rows: Array,
    levels: Nested,
    noise: Array,
    theta: Array,
    *,
    iterations: int = 12,
    start: tuple[Array, Array] | None = None,
) -> Fit:
    """Constants, variances and weights on `rows`, which start equal.

    `start` is the mean and Jacobian at `theta` where they are known: the mean is then taken as linear until the end.
    """
    median, sd = prior_columns()
    variance, spread, w = levels.variances(), noise[rows], np.ones(len(rows))
    origin, shared = theta, levels.shared(rows, rows)
    for i in range(iterations):
        known = levels.covariance(rows, rows, variance, shared)
        at, slope = mean_and_jacobian(evidence.c, theta) if start is None else start
        J, r = slope[rows], evidence.y[rows] - at[rows]
        if start is not None:
            r = r - J @ (theta - origin)
        factor = sl.cho_factor(known + np.diag(spread**2 / w), lower=True, check_finite=False)
        solved = sl.cho_solve(factor, J, check_finite=False)
        hessian = J.T @ solved + np.diag(1 / sd**2)
        move = np.linalg.solve(hessian, solved.T @ r + (median - theta) / sd**2)
        move = np.clip(move, -LARGEST_STEP, LARGEST_STEP)
        theta = theta + move
        left = r - J @ move
        alpha = sl.cho_solve(factor, left, check_finite=False)
        w = (FREEDOM + 1) / (FREEDOM + ((left - known @ alpha) / spread) ** 2)
        variance = levels.heavier(rows, alpha, variance)
        if np.abs(move).max() < 0.01 and i > 2:
            break
    known = levels.covariance(rows, rows, variance, shared)
    factor = sl.cho_factor(known + np.diag(spread**2 / w), lower=True, check_finite=False)
    r = evidence.y[rows] - mean(evidence.c, theta)[rows]
    full = np.ones(len(evidence.y))
    full[rows] = w
    return Fit(theta, full, sl.cho_solve(factor, r, check_finite=False), factor, rows, variance)


def remaining_share(rows: int, tau: float) -> float:
    """Share of a level's variance that `rows` of a group leave; rows of one source are not independent."""
    return float(1 / (1 + rows**0.5 * tau**2 / REMAINDER**2))


def offsets(evidence: Evidence, found: Fit, tau: dict[str, float]) -> dict[str, dict[str, tuple[float, float]]]:
    """Best prediction of each group's offset, and the share of its variance that the rows leave.

    The share is that of `remaining_share`.
    """
    out: dict[str, dict[str, tuple[float, float]]] = {}
    codes = evidence.codes()
    named = {level: np.array(evidence.named[level], dtype=object) for level in LEVELS}
    for level in LEVELS:
        here = named[level][found.rows]
        out[level] = {}
        for name in sorted({one for one in here if one}):
            mask = here == name
            inverse = remaining_share(int(mask.sum()), tau[level])
            variance = found.variance[level][codes[level][found.rows][mask][0]]
            out[level][name] = (float(variance * found.alpha[mask].sum()), float(inverse))
    return out


REMAINDER = 0.12
"""sd of log seconds that other levels leave in a group, for the share of variance that remains"""
