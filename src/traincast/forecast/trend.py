"""Steps that get longer or shorter while they are watched: how far the steps to come differ from those seen.

The seconds per step of blocks of regular lines are fitted by a line in the steps. A slope counts as far as it stands
out of the noise of the blocks, 1 - (NOISE / t)^2 (James & Stein 1961), half of it is believed, and it is drawn on no
further than half of what was seen.
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
BELIEVED = 0.5
"""share of the slope (public logs: .3 to 1 forecast alike)"""
REACH = 0.5
"""spans of what was seen, that the slope is believed to hold on for (public logs: .1 to 1 forecast alike)"""
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
    ahead = step - centre + min(remaining / 2, REACH * span)
    return max(-MOST, min(MOST, BELIEVED * (1 - (NOISE / t) ** 2) * slope * ahead))


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
