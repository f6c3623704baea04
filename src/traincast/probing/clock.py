"""How long one call takes, measured until that is sure enough or time is up."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence

import msgspec

from traincast.estimate import Estimate
from traincast.stats.robust import effective_count, lag_correlation, median, relative_spread
from traincast.stats.warmup import warmup_length

Action = Callable[[int], None]
"""makes a number of calls and returns when the device has done them"""
Clock = Callable[[], float]

LEAST_BLOCKS = 5
BLOCK_SECONDS = 0.05
"""a block is at least that long, and at least a hundred ticks of the clock"""
DRIFT = 0.02
"""difference between the last third of the blocks and the first that says that the machine has not settled"""
Z95 = 1.6449
MEDIAN_SPREAD = math.sqrt(math.pi / 2)
"""standard error of the median of normal values over that of their mean"""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of one call, and how they were found."""

    seconds: Estimate
    calls: int
    """in all steady blocks together"""
    blocks: int
    """steady ones"""
    warmup_blocks: int = 0
    settled: bool = False
    """the interval is as narrow as asked and the blocks do not drift"""


def t95(degrees: float) -> float:
    """One-sided 95 % quantile of Student's t; Cornish-Fisher series, within 0.5 % from four degrees of freedom on."""
    z, v = Z95, max(1.0, degrees)
    terms = (
        (z**3 + z) / (4 * v),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3),
    )
    return z + math.fsum(terms)


def steps_needed(spread: float, tolerance: float) -> int:
    """Independent values of relative standard deviation `spread` whose mean is known within `tolerance` (90 %).

    Chow & Robbins (1965), doi:10.1214/aoms/1177700156, with the normal quantile.
    """
    return max(1, math.ceil((Z95 * spread / tolerance) ** 2))


def half_width(values: Sequence[float]) -> float:
    """Relative half-width of the 90 % interval of the median of correlated `values`; infinite for fewer than three."""
    if len(values) < 3:
        return math.inf
    independent = min(float(len(values)), effective_count(len(values), max(0.0, lag_correlation(values))))
    return MEDIAN_SPREAD * t95(independent - 1) * relative_spread(values) / math.sqrt(independent)


def drifts(values: Sequence[float]) -> bool:
    """Whether the last third differs from the first by more than `DRIFT`."""
    third = max(1, len(values) * 3 // 10)
    return abs(median(values[-third:]) / median(values[:third]) - 1) > DRIFT


def tick(clock: Clock, readings: int = 200) -> float:
    """Smallest step (s) that `clock` was seen to make; 0 where it never moved."""
    times = [clock() for _ in range(readings)]
    return min((b - a for a, b in itertools.pairwise(times) if b > a), default=0.0)


def measure(
    action: Action, *, budget: float, tolerance: float = 0.01, level: float = 0.9, clock: Clock = time.perf_counter
) -> Figure:
    """Seconds of one call of `action`, in at most about `budget` seconds (one call is always made).

    Blocks of calls are timed until their median is known within `tolerance` and has stopped moving; leading slow blocks
    are warm-up (`stats.warmup`). The value is the median of the steady blocks, their spread gives the interval.
    """
    begin = clock()
    end = begin + budget
    action(1)
    once = clock() - begin
    length = min(max(BLOCK_SECONDS, 100 * tick(clock)), budget / 10)
    calls = 1
    blocks: list[float] = []
    while clock() + 1.2 * once * calls <= end:
        start = clock()
        action(calls)
        block = clock() - start
        once = max(block / calls, 1e-12)
        if block < length / 2 and len(blocks) < 3:  # too short to time: grow, and start again
            calls, blocks = max(2 * calls, min(64 * calls, math.ceil(length / once))), []
            continue
        blocks.append(once)
        if len(blocks) >= LEAST_BLOCKS and sure(steady_part(blocks)[1], tolerance):
            break
    return figure(blocks, once, calls, tolerance, level)


def steady_part(blocks: Sequence[float]) -> tuple[int, list[float]]:
    """Number of leading warm-up blocks, and the blocks after them."""
    cut = warmup_length(blocks)[0]
    return cut, list(blocks[cut:])


def sure(steady: Sequence[float], tolerance: float) -> bool:
    """Whether enough blocks agree."""
    return len(steady) >= LEAST_BLOCKS and half_width(steady) <= tolerance and not drifts(steady)


def figure(blocks: Sequence[float], once: float, calls: int, tolerance: float, level: float) -> Figure:
    """What the blocks say; of a single call that was all there was time for, a value without an interval."""
    if not blocks:
        return Figure(seconds=Estimate(value=once, level=level), calls=1, blocks=0)
    cut, steady = steady_part(blocks)
    value, width = median(steady), half_width(steady)
    known = math.isfinite(width)
    seconds = Estimate(
        value=value,
        low=value * max(0.0, 1 - width) if known else None,
        high=value * (1 + width) if known else None,
        level=level,
    )
    settled = sure(steady, tolerance)
    return Figure(seconds=seconds, calls=calls * len(steady), blocks=len(steady), warmup_blocks=cut, settled=settled)
