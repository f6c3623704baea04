"""Every row predicted by a model that never saw its group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence, Fit, Nested
from traincast.cost import step
from traincast.cost.shape import Array

REFITS = 8
"""iterations of a fold at most: constants start at the fit of all rows, weights and variances anew"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Log seconds of each row as predicted without its group; NaN where it never was left out."""

    mu: Array
    sigma: Array


def predicted(evidence: Evidence, found: Fit, levels: Nested, noise: Array, rows: Array) -> tuple[Array, Array]:
    """(mean, sigma) of log seconds of `rows` by `found`, every known level used; never below the floor."""
    shared = levels.covariance(rows, found.rows, found.variance)
    own = sum((found.variance[level][code[rows]] for level, code in levels.codes.items()), np.zeros(len(rows)))
    floor = np.log(step.floor_seconds(evidence.c))[rows]
    mu = fitting.mean(evidence.c, found.theta)[rows] + shared @ found.alpha
    solved = sl.cho_solve(found.factor, shared.T, check_finite=False)
    variance = own - np.einsum("ij,ji->i", shared, solved) + noise[rows] ** 2
    return np.maximum(mu, floor), np.sqrt(variance)


def left_out(evidence: Evidence, key: list[str], keep: Array, levels: Nested, noise: Array) -> tuple[LeftOut, Fit]:
    """Rows predicted group by group of `key`, everything refitted; and the fit of all rows."""
    whole = fitting.fit(evidence, keep, levels, noise, fitting.prior_columns()[0])
    start = fitting.mean_and_jacobian(evidence.c, whole.theta)
    mu, sigma = np.full(len(evidence.y), np.nan), np.full(len(evidence.y), np.nan)
    names = np.array(key, dtype=object)
    for name in sorted(set(names[keep])):
        out, rest = keep[names[keep] == name], keep[names[keep] != name]
        found = fitting.fit(evidence, rest, levels, noise, whole.theta, iterations=REFITS, start=start)
        mu[out], sigma[out] = predicted(evidence, found, levels, noise, out)
    return LeftOut(mu, sigma), whole
