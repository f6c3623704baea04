"""Steps that get longer or shorter while they are watched: how far the steps to come differ from those seen.

The seconds per step of blocks of regular lines are fitted by a line in the steps. A slope counts as far as it stands
out of the noise of the blocks, 1 - (NOISE / t)^2 (James & Stein 1961). Half of it is believed, and it is drawn on for
half as long as it was watched; all of it and as long as it was watched, as far as both halves have the same slope.
"""

from __future__ import annotations

import math

from traincast.phases import Anatomy

BLOCKS = 10
"""at most, each of at least `EACH` lines"""
EACH = 4
LEAST = 5
"""blocks below which there is no slope to speak of"""
NOISE = 3.0
"""slope over its standard error below which it is noise"""
HALF_NOISE = 2.0
"""the same of the slope of one half of the blocks"""
ALIKE = (0.3, 0.7)
"""smaller over larger slope of the halves, from which on they begin to agree and agree"""
MOST = 0.5
"""log factor at most"""


def trend(found: Anatomy, step: int, remaining: int) -> float:
    """ln of the mean step among the next `remaining` after counter `step` over the mean of the regular ones seen."""
    places, levels = blocks(found)
    if len(places) < LEAST:
        return 0.0
    centre, span = math.fsum(places) / len(places), places[-1] - places[0]
    slope, t = fitted(places, levels)
    if abs(t) <= NOISE:
        return 0.0
    trust = 0.5 + 0.5 * agreement(places, levels)
    ahead = step - centre + min(remaining / 2, trust * span)
    return max(-MOST, min(MOST, trust * (1 - (NOISE / t) ** 2) * slope * ahead))


def agreement(places: list[float], levels: list[float]) -> float:
    """How far both halves of the blocks have one slope, 0 to 1; 0 for fewer than 8 blocks."""
    half = len(places) // 2
    if half < 4:
        return 0.0
    halves = [fitted(places[: half + 1], levels[: half + 1]), fitted(places[half:], levels[half:])]
    (a, t), (b, u) = halves
    if a * b <= 0 or min(abs(t), abs(u)) <= HALF_NOISE:
        return 0.0
    ratio = min(abs(a), abs(b)) / max(abs(a), abs(b))
    low, high = ALIKE
    return (1 - (HALF_NOISE / min(abs(t), abs(u))) ** 2) * min(1.0, max(0.0, (ratio - low) / (high - low)))


def blocks(found: Anatomy) -> tuple[list[float], list[float]]:
    """Mean counter and ln(s/step) of blocks of the regular intervals, as many lines in each."""
    regular, series = found.regular, found.series
    count = min(BLOCKS, len(regular) // EACH)
    places: list[float] = []
    levels: list[float] = []
    for k in range(count):
        part = regular[len(regular) * k // count : len(regular) * (k + 1) // count]
        seconds = math.fsum(max(series.seconds[i], 1e-12) for i in part)
        places.append(math.fsum(series.last[i] for i in part) / len(part))
        levels.append(math.log(seconds / sum(series.steps[i] for i in part)))
    return places, levels


def fitted(places: list[float], levels: list[float]) -> tuple[float, float]:
    """Slope of the least-squares line through the blocks, and the slope over its standard error."""
    n = len(places)
    x, y = math.fsum(places) / n, math.fsum(levels) / n
    width = math.fsum((place - x) ** 2 for place in places)
    if width <= 0:
        return 0.0, 0.0
    slope = math.fsum((place - x) * (level - y) for place, level in zip(places, levels, strict=True)) / width
    rest = math.fsum((level - y - slope * (place - x)) ** 2 for place, level in zip(places, levels, strict=True))
    error = math.sqrt(rest / (n - 2) / width)
    return slope, slope / error if error > 0 else math.copysign(math.inf, slope) if slope else 0.0
