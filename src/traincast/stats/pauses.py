"""Pauses: intervals that cost more than their steps, and the periods at which they come back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import msgspec

from traincast.stats.robust import mad, median

DEARER = 1.25
"""factor from which a first pause of its kind is a warm-up: of 27 public logs 7 have one of 1.26 to 6.7, 20 of 1.06"""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """One interval with more time than its steps need."""

    index: int
    """place of the interval"""
    step: int
    """last step of the interval"""
    seconds: float
    """excess over the steps of the interval"""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses that come back after the same number of steps."""

    every: float
    """steps"""
    last: int
    """step of the last one"""
    pauses: tuple[Pause, ...]

    @property
    def seconds(self) -> float:
        """Mean excess of one pause."""
        return math.fsum(pause.seconds for pause in self.pauses) / len(self.pauses)

    @property
    def settled(self) -> float:
        """Mean excess of one pause to come."""
        return settled([pause.seconds for pause in self.pauses])

    def to_come(self, step: int, until: int) -> int:
        """How many fall after `step` and up to `until`, both counters."""
        return max(0, math.floor((until - self.last) / self.every + 1e-9)) - max(
            0, math.floor((step - self.last) / self.every + 1e-9)
        )


def settled(seconds: Sequence[float]) -> float:
    """Mean of `seconds`, in order; a first one dearer than all others by a quarter is a warm-up and left out."""
    first, *rest = seconds
    if rest and first > DEARER * max(rest):
        return math.fsum(rest) / len(rest)
    return math.fsum(seconds) / len(seconds)


def ceiling(rates: Sequence[float]) -> float:
    """Largest rate (s/step) that is still regular: median + max(6 MAD, 30 % of the median)."""
    middle = median(rates)
    return middle + max(6 * mad(rates, middle), 0.3 * middle)


def cycle(pauses: Sequence[Pause], tolerance: float = 0.1, least: int = 3) -> Cycle | None:
    """The period of `pauses`: at least `least`, and 80 % of the gaps within 10 % of the median gap."""
    if len(pauses) < least:
        return None
    gaps = [b.step - a.step for a, b in itertools.pairwise(pauses)]
    every = median(gaps)
    near = [gap for gap in gaps if abs(gap - every) <= max(tolerance * every, 1e-9)]
    if every <= 0 or len(near) < 0.8 * len(gaps):
        return None
    return Cycle(every=sum(near) / len(near), last=pauses[-1].step, pauses=tuple(pauses))


def size_classes(pauses: Sequence[Pause], ratio: float = 1.8) -> list[list[Pause]]:
    """`pauses` by size, largest first: a class ends where the next one is `ratio` times smaller."""
    classes: list[list[Pause]] = []
    for pause in sorted(pauses, key=lambda one: -one.seconds):
        if classes and classes[-1][-1].seconds <= ratio * pause.seconds:
            classes[-1].append(pause)
        else:
            classes.append([pause])
    return [sorted(one, key=lambda pause: pause.index) for one in classes]


def cycles(pauses: Sequence[Pause], least: int = 3) -> tuple[list[Cycle], list[Pause]]:
    """Periodic pauses, and those that are not.

    All together first; else each class of size, largest first, a larger class counted into a smaller one where
    that makes its period whole (every second evaluation also saves).
    """
    whole = cycle(pauses, least=least)
    if whole is not None:
        return [whole], []
    found: list[Cycle] = []
    rest: list[Pause] = []
    for one in size_classes(pauses):
        period = cycle(one, least=least)
        if period is None:
            rest += one
        else:
            found.append(period)
    return found, sorted(rest, key=lambda pause: pause.index)
