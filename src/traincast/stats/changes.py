"""Where the speed changed for good: two-sample scan over log seconds per step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

import msgspec

from traincast.stats.robust import NORMAL_MAD, median

CORRELATED = 2.0
"""factor on the spread for rates that are not independent"""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A lasting change of speed."""

    index: int
    """place of the first rate of the new speed"""
    before: float
    """s/step, median"""
    after: float
    """s/step, median"""
    score: float
    """z of the difference"""

    @property
    def ratio(self) -> float:
        """New seconds per step over old."""
        return self.after / self.before


def noise(values: Sequence[float]) -> float:
    """Robust spread of neighbouring differences over sqrt 2: blind to steps and slow drift."""
    gaps = [abs(b - a) for a, b in pairwise(values)]
    return NORMAL_MAD * median(gaps) / math.sqrt(2) if gaps else 0.0


def best_split(values: Sequence[float], spread: float, least: int) -> tuple[int, float]:
    """Index and z of the split of `values` in two that differ most; z uses `spread` of one value."""
    n = len(values)
    sums = [0.0, *accumulate(values)]
    best, place = 0.0, 0
    for i in range(least, n - least + 1):
        gap = (sums[n] - sums[i]) / (n - i) - sums[i] / i
        z = abs(gap) / (spread * math.sqrt(1 / i + 1 / (n - i)))
        if z > best:
            best, place = z, i
    return place, best


def change(
    rates: Sequence[float], *, least: int = 12, threshold: float = 8.0, share: float = 0.15, floor: float = 0.03
) -> Change | None:
    """The clearest lasting change in `rates` (s/step, positive, pauses taken out), or None.

    Accepted where z > `threshold`, both sides have `least` rates, the new one has `share` of all, and the medians
    differ by more than `floor` and four spreads.
    """
    n = len(rates)
    if n < 2 * least:
        return None
    logs = [math.log(rate) for rate in rates]
    spread = max(noise(logs), 1e-4)
    place, score = best_split(logs, CORRELATED * spread, least)
    if score <= threshold or n - place < share * n:
        return None
    before, after = median(logs[:place]), median(logs[place:])
    within = max(noise(logs[:place]), noise(logs[place:]))
    if abs(after - before) <= max(floor, 4 * within):
        return None
    return Change(index=place, before=math.exp(before), after=math.exp(after), score=score)


def changes(rates: Sequence[float], *, most: int = 6, **rule: float) -> list[Change]:
    """All lasting changes in order: the clearest, then within both sides (binary segmentation), at most `most`."""
    found: list[Change] = []

    def search(low: int, high: int) -> None:
        if len(found) >= most:
            return
        one = change(rates[low:high], **rule)  # type: ignore[arg-type]
        if one is not None:
            place = low + one.index
            found.append(Change(index=place, before=one.before, after=one.after, score=one.score))
            search(low, place)
            search(place, high)

    search(0, len(rates))
    found.sort(key=lambda one: one.index)
    edges = [0, *(one.index for one in found), len(rates)]
    levels = [median(rates[a:b]) for a, b in pairwise(edges)]
    return [
        Change(index=one.index, before=before, after=after, score=one.score)
        for one, before, after in zip(found, levels, levels[1:], strict=False)
    ]
