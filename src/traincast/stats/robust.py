"""Centres and spreads that a few wild values cannot move."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

NORMAL_MAD = 1.4826
"""MAD to standard deviation for normal noise: 1 / Phi^-1(3/4)"""
ROUNDED = 50
"""newest lines that tell how many decimals are printed"""
MOST_ROUNDING = 0.1
"""error of a mean that rounding is charged with at most: a made-up 1 s is not meant to be .5 to 1.5 s"""


def median(values: Sequence[float]) -> float:
    """Middle value, in the unit of `values` (not empty); the mean of the two middle ones where they are even."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def mad(values: Sequence[float], centre: float | None = None) -> float:
    """Median absolute deviation about `centre` (the median), scaled to the standard deviation of normal noise."""
    middle = median(values) if centre is None else centre
    return NORMAL_MAD * median([abs(value - middle) for value in values])


def quantile(values: Sequence[float], probability: float) -> float:
    """The value below which `probability` of `values` (not empty) lie, linear between neighbours."""
    ordered = sorted(values)
    place = probability * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def relative_spread(values: Sequence[float]) -> float:
    """Standard deviation over mean (sample, n - 1); 0 for fewer than two values."""
    n = len(values)
    if n < 2:
        return 0.0
    mean = math.fsum(values) / n
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1)) / mean if mean else 0.0


def lag_correlation(values: Sequence[float]) -> float:
    """Correlation of neighbours (lag 1), between -1 and 1; 0 for fewer than four values or no variation."""
    n = len(values)
    if n < 4:
        return 0.0
    mean = math.fsum(values) / n
    spread = math.fsum((value - mean) ** 2 for value in values)
    if spread <= 0:
        return 0.0
    return math.fsum((a - mean) * (b - mean) for a, b in itertools.pairwise(values)) / spread


def effective_count(n: int, correlation: float) -> float:
    """How many independent values `n` correlated ones are worth, for a statement about their mean.

    n (1 - r) / (1 + r) for an autoregressive series of order one (Geyer 1992, doi:10.1214/ss/1177011137).
    It does not cover a systematic change still to come.
    """
    r = min(max(correlation, -0.99), 0.99)
    return max(1.0, n * (1 - r) / (1 + r))


def quantisation_spread(resolution: float) -> float:
    """Standard deviation (s) of a difference of two clock readings rounded to `resolution` (s): q / sqrt(6).

    Differences telescope: use end points for a sum, not a sum of these variances.
    """
    return resolution / math.sqrt(6)


def hidden_by_rounding(values: Sequence[float]) -> float:
    """Relative error (a ratio) of the mean of the newest `values`, rounded to the decimals that they show; 0 from 6 on.

    Values on one or two ticks hide where between them the mean lies: the error of one, a uniform one, does not average
    out. Otherwise it does.
    """
    newest = values[-ROUNDED:]
    for decimals in range(6):
        ticks = [value * 10**decimals for value in newest]
        if all(abs(tick - round(tick)) < 1e-4 for tick in ticks):
            one = len(ticks) / (math.sqrt(12) * max(math.fsum(ticks), 1.0))
            return min(MOST_ROUNDING, one if max(ticks) - min(ticks) < 1.5 else one / math.sqrt(len(ticks)))
    return 0.0
