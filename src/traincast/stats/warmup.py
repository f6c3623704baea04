"""Where warm-up ends: the data say, not a fixed count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from traincast.stats.robust import NORMAL_MAD, median

Verdict = Literal["ok", "weak", "too short", "no steady state"]
FEW = 6
"""rates below which only the first is judged"""
SHORT = 12
"""rates below which a slope is noise"""


def baseline(rates: Sequence[float]) -> tuple[list[float], float]:
    """log seconds per step that the second half leads one to expect at every place, and its robust spread.

    The line of the second half is drawn back over the first, so that slow drift is not taken for warm-up.
    """
    n = len(rates)
    half = n // 2
    tail = [math.log(rate) for rate in rates[half:]]
    third = max(1, len(tail) // 3)
    slope = (median(tail[-third:]) - median(tail[:third])) / max(1, len(tail) - third) if n >= SHORT else 0.0
    level = median([value - slope * i for i, value in enumerate(tail)])
    expected = [level + slope * (i - half) for i in range(n)]
    spread = NORMAL_MAD * median([abs(value - expected[half + i]) for i, value in enumerate(tail)])
    return expected, max(spread, 0.005)


def warmup_length(rates: Sequence[float], *, tolerance: float = 0.05, cap: float = 0.5) -> tuple[int, Verdict]:
    """How many leading `rates` (s/step, positive, in order) are warm-up, and how sure that is.

    The cut falls at the first rate within `tolerance` or four spreads of the line of the second half after which
    at least 80 % of 5 to 20 rates are too. At most `cap` of the rates are cut. A slow part that reaches into the
    second half cannot be told from a steady one: more data is needed.
    """
    n = len(rates)
    if n < 2:
        return 0, "too short"
    if n < FEW:
        return (1 if rates[0] > 1.5 * median(rates[1:]) else 0), "weak"
    expected, spread = baseline(rates)
    allowance = max(4 * spread, math.log1p(tolerance))
    steady = [math.log(rate) <= line + allowance for rate, line in zip(rates, expected, strict=True)]
    for cut in range(int(cap * n) + 1):
        window = steady[cut : cut + max(5, min(20, n - cut))]
        if steady[cut] and sum(window) >= 0.8 * len(window):
            return cut, "ok"
    return 0, "no steady state"
