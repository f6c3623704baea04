"""The clock that what is left of each epoch makes, where it is told in whole minutes.

A trainer that reckons with the mean of an epoch's steps says R = T (N - k) / k after k of N, T seconds after the epoch
began. In the first half R tells T to less than the ticks it is cut to; turned round as it stands it would also count
every change of that mean, a slow first step many times over.
"""

from __future__ import annotations

from collections.abc import Sequence

from traincast.reading.dialect import Layer
from traincast.reading.values import number

MANY = 20
"""ticks that must be left at the first line for R to be the better clock"""
FEW = 8
"""ticks below which R tells too little: half of one is then an error of 6 %"""
HALF = 0.5
"""of an epoch: from there on the mean hardly moves, and what is left falls like a clock"""

SHARE = 1 / 6
"""of a tick, the usual k / (N - k) / 2 before the middle of an epoch"""


class Countdown:
    """Clock of a counter that begins anew in each epoch."""

    def __init__(self, layer: Layer) -> None:
        self.zero = 1 - layer.counts_from
        self.by_mean: bool | None = None
        self.epoch = ""
        self.done = 0.0
        """seconds of the epochs before"""
        self.whole = 0.0
        """seconds of the epoch that goes on, all its steps"""
        self.newest = 0.0
        self.turned: tuple[float, float] | None = None
        """seconds since the epoch began, and seconds left, at the last line of its first half"""

    def clocks(self, left: Sequence[float | None], tick: float, places: Sequence[Sequence[str]]) -> list[float | None]:
        """Seconds of each line; `places` are epoch, batch and batches. Negative where what is left is itself the
        clock, `None` where a line tells too little."""
        epochs, batch, sizes = places
        if self.by_mean is None:
            first = next((value for value in left if value is not None), 0.0)
            self.by_mean = tick > 1 and first >= MANY * tick and bool(batch[0] and sizes[0])
        if not self.by_mean:
            return [None if value is None else 0.0 - value for value in left]
        rows = zip(left, epochs, batch, sizes, strict=True)
        return [self.one(value, epoch, at, size, tick) for value, epoch, at, size in rows]

    def resolution(self, tick: float) -> float:
        """Seconds to which the clock is good, in the first half of an epoch."""
        return tick * SHARE if self.by_mean else tick

    def one(self, left: float | None, epoch: str, batch: str, batches: str, tick: float) -> float | None:
        """Seconds since the first epoch began."""
        if epoch != self.epoch:
            self.done, self.whole, self.epoch, self.turned = self.done + self.whole, 0.0, epoch, None
        at, size = number(batch), number(batches)
        if left is None or at is None or size is None or not 0 < at + self.zero <= size:
            return None
        done = at + self.zero
        if self.turned is None or done <= HALF * size:
            if left < FEW * tick or done == size:
                return None
            seconds = (left + tick / 2) * done / (size - done)
            self.turned = seconds, left
            self.whole = seconds * size / done
        else:
            seconds = self.turned[0] + self.turned[1] - left
            self.whole = max(self.whole, seconds)
        self.newest = max(self.newest, self.done + seconds)
        return self.newest
