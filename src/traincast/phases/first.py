"""The first interval of a run while it is all there is: start-up, compilation and steps cannot be told apart."""

from __future__ import annotations

import math

from traincast.runlog import Series

STARTUP = 100.0
"""seconds; a start-up takes at most as long (public logs: first lines of 1 to 94 s took up to 340 steps, those of 100
to 2500 s two at most)"""
STEPS = 300
"""steps that a start-up takes at most"""
UNTIMED = 0.25
"""seconds that a first step may go on after its timer: launched, not waited for"""
ALONE = 0.45
"""log error at 90 % of a pace that rests on one interval without a start-up"""
MAINLY = 0.9
"""share of a first interval from which on it counts as steps: it is a line of long after the start, or a long one"""
UNSEEN = 0.07
"""assumed spread of lines while there are fewer than three: two intervals then hold 97 % of public logs, three 94 %"""


def holds_start(series: Series, counts_from: int) -> bool:
    """Whether `series` is one interval alone, and begins with the first step of the run."""
    return len(series.last) == 1 and series.last[0] - series.steps[0] < counts_from


def may_be_startup(series: Series) -> bool:
    """Whether a start-up may be so large a part of a first interval that what follows differs from it."""
    return stepped(series) < MAINLY


def stepped(series: Series) -> float:
    """Share of a first interval that is steps at least."""
    seconds, steps = max(series.seconds[0], 1e-9), series.steps[0]
    return max(1 - STARTUP / seconds, steps / (steps + STEPS))


def reach(series: Series) -> tuple[float, float]:
    """Half-widths (log, down and up) of the 90 % interval of later steps about the pace of a first interval.

    Down as far as a start-up may fill it, by its seconds and its steps; up as far as its timer may have missed.
    """
    seconds = max(series.seconds[0], 1e-9)
    return math.hypot(math.log(stepped(series)), ALONE), math.hypot(math.log1p(UNTIMED / seconds), ALONE)
