"""One logged step of another workload, on the same device with the same software: what it is worth."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

from accuracy.facts import Run
from accuracy.folds import REFITS, LeftOut
from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence, Fit, Nested
from traincast.cost.shape import Array


def with_one_step(
    known: Evidence, measured: list[Run], keep: Array, levels: Nested, noise: Array, whole: Fit
) -> LeftOut:
    """Rows predicted without their source, but for one row of it on the same device with another workload.

    Gaussian conditioning on that row: the correction is shrunk by what rows of one source and device share.
    """
    start = fitting.mean_and_jacobian(known.c, whole.theta)
    mu, sigma = np.full(len(known.y), np.nan), np.full(len(known.y), np.nan)
    names = np.array(known.named["source"], dtype=object)
    for name in sorted(set(names[keep])):
        out, rest = keep[names[keep] == name], keep[names[keep] != name]
        pairs = [(i, j) for i in out if (j := companion(i, out, measured)) is not None]
        if not pairs:
            continue
        found = fitting.fit(known, rest, levels, noise, whole.theta, iterations=REFITS, start=start)
        mean, posterior = posterior_of(known, found, levels, out)
        place = {int(row): k for k, row in enumerate(out)}
        for i, j in pairs:
            a, b = place[int(i)], place[int(j)]
            gain = posterior[a, b] / (posterior[b, b] + noise[j] ** 2)
            mu[i] = mean[a] + gain * (known.y[j] - mean[b])
            sigma[i] = np.sqrt(posterior[a, a] - gain * posterior[a, b] + noise[i] ** 2)
    return LeftOut(mu, sigma)


def companion(i: int, out: Array, measured: list[Run]) -> int | None:
    """The next row of the same device and software with another workload; None where there is none."""
    run = measured[i]
    others = [
        int(j)
        for j in out
        if j != i
        and measured[j].machine.accelerator.name == run.machine.accelerator.name
        and measured[j].workload.framework == run.workload.framework
        and measured[j].workload != run.workload
    ]
    return next((j for j in others if j > i), others[0] if others else None)


def posterior_of(known: Evidence, found: Fit, levels: Nested, out: Array) -> tuple[Array, Array]:
    """(mean, covariance) of log seconds of rows `out` by a fit that never saw them, noise left out."""
    shared = levels.covariance(out, found.rows, found.variance)
    own = levels.covariance(out, out, found.variance)
    mean = fitting.mean(known.c, found.theta)[out] + shared @ found.alpha
    return mean, own - shared @ sl.cho_solve(found.factor, shared.T, check_finite=False)
