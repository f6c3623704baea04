"""One logged step of another workload, on the same device with the same software: what it is worth."""

from __future__ import annotations

import numpy as np

from accuracy.facts import Run
from accuracy.folds import LeftOut
from traincast.calibrate.fit import Evidence
from traincast.cost.shape import Array
from traincast.machine import Seen
from traincast.predict.seen import corrected


def with_one_step(known: Evidence, measured: list[Run], keep: Array, out: LeftOut) -> LeftOut:
    """Rows predicted without their source (`out`), and corrected by one row of it as `predict --seen` corrects."""
    mu, sigma = np.full(len(known.y), np.nan), np.full(len(known.y), np.nan)
    names = np.array(known.named["source"], dtype=object)
    for i in keep:
        j = companion(i, keep[names[keep] == names[i]], measured)
        if j is not None:
            seen = Seen(workload=measured[j].workload, log_error=float(known.y[j] - out.mu[j]))
            prior = (float(out.mu[i]), float(out.sigma[i]))
            mu[i], sigma[i] = corrected(prior, measured[i].workload, [seen])
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
