"""Answers that were not given: the step time is taken over what they may be, and each widens the interval.

One answer at a time: variance p (1 - p) (log t1 - log t0)^2 with the probability p that is usual in the stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import itemgetter

import numpy as np

from traincast.calibrate.model import Model
from traincast.cost import step
from traincast.cost.cases import Cases
from traincast.cost.shape import Array, Codes, Shape
from traincast.workload import Workload

ASKED = {
    "attention": ("flash",),
    "compile": ("compiled",),
    "recompute": ("recompute", "score_recompute"),
    "optimizer": ("fused",),
}
"""answer -> columns that hold its probability"""
WIDTH = 1.645
"""half-width of a 90 % interval over the sd of an answer that is not given"""
WIDER_ARITHMETIC = 0.12
"""probability that a run whose precision is not told computes in 32 bits (19 of 164 told single-device sources)"""


def subset(c: Cases, rows: Codes) -> Cases:
    """Cases `rows` (whole numbers) of `c`."""

    places = rows.tolist()
    several = itemgetter(*places) if len(places) > 1 else None

    def taken(value: object) -> object:
        if isinstance(value, Shape):
            return Shape(**{f.name: getattr(value, f.name)[rows] for f in fields(Shape)})
        if isinstance(value, tuple):
            return several(value) if several else tuple(value[i] for i in places)
        return value[rows]  # type: ignore[index]

    return Cases(**{f.name: taken(getattr(c, f.name)) for f in fields(Cases)})  # type: ignore[arg-type]


def variances(
    c: Cases, workloads: Sequence[Workload], fitted: Model, *, usual: Array | None = None
) -> dict[str, Array]:
    """Answer -> variance of log seconds that not giving it adds to each case; `usual` are seconds where known."""
    found: dict[str, Array] = {}
    usual = step.seconds(c, fitted.parameters) if usual is None else usual
    for key, columns in ASKED.items():
        rows = np.flatnonzero([getattr(w, key) is None for w in workloads])
        added = np.zeros(len(c))
        if len(rows):
            p = np.clip(getattr(c, columns[0])[rows], 0.02, 0.98)
            rarer = np.where(p > 0.5, 0.0, 1.0)
            told = replace(subset(c, rows), **dict.fromkeys(columns, rarer))  # type: ignore[arg-type]
            # the usual time lies between both answers, at p of the way
            apart = np.log(step.seconds(told, fitted.parameters) / usual[rows]) / np.maximum(p, 1 - p)
            added[rows] = p * (1 - p) * apart**2
        found[key] = added
    found["precision"] = precision_variance(workloads)
    found["framework"] = framework_variance(c, fitted)
    return found


def precision_variance(workloads: Sequence[Workload]) -> Array:
    """Variance of log seconds where the precision is not told: 32 bits run at a rate and traffic of their own."""
    unknown = np.array([w.precision is None for w in workloads])
    slower = np.log(4.0)  # rate and traffic of 32 bits against 16, typical of boards with matrix units
    return np.where(unknown, WIDER_ARITHMETIC * (1 - WIDER_ARITHMETIC) * slower**2, 0.0)


def framework_variance(c: Cases, fitted: Model) -> Array:
    """The part of the model's variance that naming the framework would remove (it is in the model's already)."""
    spread = sum(fitted.tau.get(level, 0.0) ** 2 for level in ("stack", "framework", "stack-board", "stack-device"))
    return np.where([not name for name in c.framework], spread, 0.0)
