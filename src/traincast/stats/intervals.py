"""Student's t with four degrees of freedom, and the spread of a forecast.

Forecast errors have heavier tails than a normal: log(true / forecast) follows t_4 in the backtest.
"""

from __future__ import annotations

import math


def t4_cdf(t: float) -> float:
    """P(T <= t) for Student's t with 4 degrees of freedom, closed form."""
    if abs(t) > 1e6:
        return 1.0 if t > 0 else 0.0
    x = 1 + t * t / 4
    return min(1.0, max(0.0, 0.5 + 0.375 * (t / math.sqrt(x)) * (1 - t * t / (12 * x))))


def t4_quantile(probability: float) -> float:
    """The t at which `t4_cdf` is `probability` (0 to 1, ends excluded), closed form (Shaw 2006)."""
    alpha = 4 * probability * (1 - probability)
    if alpha <= 0:
        return math.copysign(1e6, probability - 0.5)
    root = math.sqrt(alpha)
    inside = max(0.0, math.cos(math.acos(min(1.0, root)) / 3) / root - 1)
    return math.copysign(2 * math.sqrt(inside), probability - 0.5)


def half_width(sigma: float, level: float) -> float:
    """Half-width (log) of the central interval with probability `level` of t_4 scaled by `sigma`."""
    return sigma * t4_quantile(0.5 + level / 2)


def forecast_sigma(
    lines: int, spread: float, remaining_fraction: float, *, a: float = 1.15e-5, b: float = 0.134, c: float = 3.7e-3
) -> float:
    """Scale of log(true / forecast) of the remaining time.

    `lines` after warm-up, `spread` of their rates (sd over mean), `remaining_fraction` = R / (R + steps seen).
    sigma^2 = a u + (b s^2 + c)(1 + 10/n)/n. The defaults were fitted on 56 logs of 18 families; a forecast uses
    those of its calibration file.
    """
    n = max(1, lines)
    return math.sqrt(a * remaining_fraction + (b * spread * spread + c) * (1 + 10 / n) / n)


def probability_within(deadline: float, expected: float, sigma: float) -> float:
    """P(time <= `deadline`), both in seconds, when log(time / `expected`) is t_4 scaled by `sigma`."""
    if deadline <= 0:
        return 0.0
    if expected <= 0:
        return 1.0
    return t4_cdf(math.log(deadline / expected) / max(sigma, 1e-9))
