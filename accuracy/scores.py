"""Figures of merit for predictions of rows that were left out."""

from __future__ import annotations

import numpy as np

from accuracy.folds import LeftOut
from traincast.calibrate.fit import Evidence
from traincast.cost import step
from traincast.cost.shape import Array

LEVEL = 0.9


def regime(known: Evidence, keep: Array) -> dict[str, Array]:
    """Group -> rows: the groups that accuracy is told for."""
    c = known.c
    kind, group = np.array(c.kind)[keep], np.array(known.group)[keep]
    single = c.P[keep] == 1
    compiled = single & (c.compiled[keep] > 0.95) & (kind == "decoder") & np.array(told_compiled(known))[keep]
    board = np.array(c.board)[keep]
    desk = np.isin(board, ("geforce", "laptop", "workstation", "apple"))
    groups = {
        "one device": single,
        "compiled decoders": compiled,
        "encoders and Transformer-XL": single & np.isin(kind, ("encoder", "recurrent")),
        "one device, consumer and workstation": single & desk,
        "one device, data centre": single & ~desk,
        "several devices, dense": ~single & (group != "moe"),
        "several devices, MoE": ~single & (group == "moe"),
    }
    return {name: keep[mask] for name, mask in groups.items() if mask.any()}


def told_compiled(known: Evidence) -> list[bool]:
    """Rows in a mode that compiles."""
    return ["compiled" in name for name in known.named["stack"]]


def cell_weights(known: Evidence, rows: Array) -> Array:
    """1 / sqrt(rows of the same source and device), so that one large table does not decide alone."""
    names = np.array(known.named["source-device"], dtype=object)[rows]
    _, code, count = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    return np.asarray(count[code] ** -0.5)


def weighted_quantile(values: Array, weights: Array, q: float) -> float:
    """The value below which a share `q` of the weight lies."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, q)), len(values) - 1)])


def quantile_of_others(known: Evidence, out: LeftOut, key: list[str], keep: Array) -> Array:
    """Half-width (log) of each row's interval: its sigma times what the rows of other folds needed.

    Cross-conformal (Barber et al. 2021) within a regime; a regime of few folds borrows nothing from others.
    """
    half = np.full(len(known.y), np.nan)
    scaled = np.abs(out.mu - known.y) / out.sigma
    groups, folds = np.array(known.group), np.array(key, dtype=object)
    weights = np.ones(len(known.y))
    weights[keep] = cell_weights(known, keep)
    for name in sorted(set(known.group)):
        rows = keep[groups[keep] == name]
        for fold in sorted(set(folds[rows])):
            others = rows[folds[rows] != fold]
            here = rows[folds[rows] == fold]
            chosen = others if len(others) >= 10 else rows
            half[here] = out.sigma[here] * weighted_quantile(scaled[chosen], weights[chosen], LEVEL)
    return half


def summary(y: Array, out: LeftOut, half: Array, rows: Array) -> dict[str, float]:
    """Median and 90th percentile of the relative error in per cent, bias, coverage, half-width, interval score.

    The interval score is in log units (Gneiting & Raftery 2007).
    """
    error = (out.mu - y)[rows]
    h = half[rows]
    miss = np.maximum(np.abs(error) - h, 0.0)
    relative = 100 * np.abs(np.expm1(error))
    return {
        "n": float(len(rows)),
        "median": float(np.median(relative)),
        "p90": float(np.quantile(relative, 0.9)),
        "bias": float(np.median(error)),
        "coverage": 100 * float(np.mean(np.abs(error) <= h)),
        "width": float(np.exp(np.median(h))),
        "interval_score": float(np.mean(2 * h + 2 / (1 - LEVEL) * miss)),
    }


def below_floor(known: Evidence, mu: Array, rows: Array) -> float:
    """Share of predictions, per cent, that are faster than the listed peak and bandwidth allow."""
    floor = np.log(step.floor_seconds(known.c))
    return 100 * float(np.mean(mu[rows] < floor[rows] - 1e-9))
