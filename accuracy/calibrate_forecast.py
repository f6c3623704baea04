"""Fits the half-width of the forecast's interval and writes `calibration.toml`: python -m accuracy.calibrate_forecast.

Quantile regression (Koenker & Bassett 1978) of ln |error| at the level that makes the intervals cover 90 % when each
family is left out of the fit in turn. Moments of one log are not independent; a log weighs the same at every moment
and a family as the square root of its logs.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from accuracy.forecast_cases import ROOT, Case, cases, runs
from traincast.forecast.spread import Coefficients, cheap_noise, log_half_width

Array = NDArray[np.float64]
TARGET = ROOT / "src" / "traincast" / "forecast" / "calibration.toml"
NAMES = ("constant", "lines", "noise", "left", "seconds", "steps", "measured", "off_clock")
SPLIT = 25
"""lines that part the two rows"""
EDGES = (12, 60)
QUANTILES = (0.925, 0.895)
"""of |error| for few and for many lines"""
FLOOR = 0.012
"""half-width that adds in squares; without it the quietest third of the runs was covered by 80 %, the middle by 93 %"""
NARROWED = (0.95, 0.64)
"""factors on the half-widths of the two rows: with the floor and each family left out these cover nearly nine tenths"""
BEGAN_QUANTILE = 0.85
"""of the few runs that began with a cheap evaluation: above it lie three whose work per step grows by a hidden plan"""
SHOWN = ("1%", "5%", "10%", "25%", "50%", "75%", "10 lines")


def design(rows: list[Case]) -> Array:
    """Columns of the regression."""
    e = np.log([row.signs.noise for row in rows])
    measured = np.array([row.signs.measured for row in rows], dtype=float)
    lines = np.log([row.signs.lines for row in rows])
    left = np.log([row.signs.left for row in rows])
    seconds = np.log([row.signs.seconds for row in rows])
    steps = np.log([row.signs.steps for row in rows])
    off_clock = np.array([row.signs.off_clock for row in rows], dtype=float)
    return np.stack([np.ones_like(e), lines, e, left, seconds, steps, measured, off_clock], axis=1)


def weights(rows: list[Case]) -> Array:
    """Weight of each case."""
    count = Counter((row.family, row.moment) for row in rows)
    return np.array([1 / math.sqrt(count[row.family, row.moment]) for row in rows])


def quantile_regression(x: Array, y: Array, w: Array, tau: float) -> Array:
    """Coefficients that minimise the weighted pinball loss, as a linear program."""
    m, k = x.shape
    cost = np.concatenate([np.zeros(2 * k), w * tau, w * (1 - tau)])
    equal = np.hstack([x, -x, np.eye(m), -np.eye(m)])
    solution = linprog(cost, A_eq=equal, b_eq=y, bounds=[(0, None)] * (2 * k + 2 * m), method="highs").x
    return np.asarray(solution[:k] - solution[k : 2 * k])


class Fit(msgspec.Struct, frozen=True):
    """What the calibration file holds."""

    few: Coefficients
    many: Coefficients
    began: float

    def log_half_widths(self, rows: list[Case]) -> Array:
        """ln of the half-width of each case."""
        return np.array([log_half_width(self.few, self.many, self.began, EDGES, FLOOR, row.signs) for row in rows])


def fit(rows: list[Case]) -> Fit:
    """Coefficients for few and for many lines, and for runs that began with a cheap evaluation."""
    y = np.log(np.maximum([abs(row.error) for row in rows], 3e-4))
    w = weights(rows)
    cheap = np.array([row.signs.cheap for row in rows])
    ratios = y - np.log([cheap_noise(row.signs) for row in rows])
    began = quantile_regression(np.ones((int(cheap.sum()), 1)), ratios[cheap], w[cheap], BEGAN_QUANTILE)[0]
    lines = np.array([row.signs.lines for row in rows])
    x = design(rows)
    halves = []
    parts = (~cheap & (lines <= SPLIT), ~cheap & (lines >= SPLIT))
    for part, tau, factor in zip(parts, QUANTILES, NARROWED, strict=True):
        values = quantile_regression(x[part], y[part], w[part], tau)
        values[0] += math.log(factor)
        halves.append(Coefficients(**dict(zip(NAMES, map(float, values), strict=True))))
    return Fit(halves[0], halves[1], float(began))


def left_out(rows: list[Case]) -> Array:
    """ln of the half-width of each case by a fit without its family."""
    answer = np.zeros(len(rows))
    for family in sorted({row.family for row in rows}):
        mine = np.array([row.family == family for row in rows])
        rest = [row for row in rows if row.family != family]
        answer[mine] = fit(rest).log_half_widths([row for row in rows if row.family == family])
    return answer


def row_text(name: str, row: Coefficients) -> str:
    """One line of the file."""
    return f"{name} = {{{', '.join(f'{key} = {getattr(row, key):.4f}' for key in NAMES)}}}"


def main(target: Path = TARGET) -> None:
    """Fits, scores and writes."""
    usable, _ = runs(own=False)
    rows = [case for run in usable for case in cases(run)]
    found = fit(rows)
    log_half = left_out(rows)
    held = np.array([row.holds(half) for row, half in zip(rows, log_half, strict=True)])
    coverage = {}
    for moment in SHOWN:
        mine = np.array([row.moment == moment for row in rows])
        coverage[moment] = round(float(held[mine].mean()), 3)
        sys.stdout.write(
            f"{moment:9} {int(mine.sum()):4} logs  coverage {coverage[moment]:.3f}  half-width "
            f"mean {np.exp(log_half[mine]).mean():.4f} median {np.median(np.exp(log_half[mine])):.4f}\n"
        )
    shown = ", ".join(f'"{moment}" = {value}' for moment, value in coverage.items())
    target.write_text(
        "# Half-widths of the 90 % interval of the remaining time, by `python -m accuracy.calibrate_forecast`.\n"
        f'date = "{date.today().isoformat()}"\n'
        f'source = "{len(rows)} forecasts; coverage with each family left out of the fit in turn"\n'
        f"logs = {len(usable)}\nfamilies = {len({run.family for run in usable})}\nedges = [{EDGES[0]}, {EDGES[1]}]\n"
        f"floor = {FLOOR}\nbegan = {found.began:.4f}\n{row_text('few', found.few)}\n{row_text('many', found.many)}\n"
        f"coverage = {{{shown}}}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
