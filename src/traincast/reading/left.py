"""The plan of a run by what its trainer says is left, where nothing else tells it.

Trainers multiply the steps to come by a mean: of the newest steps, or of all since the process began. What is left at
step n is (T - n) S / n with the seconds S of the n steps so far, so that two lines and the seconds between them give T.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from traincast.reading.structured.plans import roundest
from traincast.runlog import Point, RunLog

SURE = 0.01
"""of the steps that are left: plans within it are the same, and the roundest is meant"""
LESS_SURE = 0.02
"""the same where the trainer's own mean is a median or smoothed and not printed"""
SMOOTHED = 100
"""newest lines that a smoothed mean rests on (darknet: each counts a hundredth)"""
COARSE = 0.05
"""of the seconds between two lines, which the rounding of what is left may be worth"""
APART = 10.0
"""factor beyond which the plan by two lines and that by the newest pace cannot both be right"""
DIFFERENT, SAME = 0.01, 0.002
"""relative differences of two printed times, and of the plans by them"""
CLOSE = 0.25
"""steps between two plans that are the same"""
HALVINGS = 80


def plan(log: RunLog, remains: float, lefts: Sequence[tuple[int, float]], by: str = "remaining") -> int | None:
    """Steps of the whole run. `remains` is in seconds; `lefts` are (step, seconds left) of the first and the newest
    line; `by` is the mean that the trainer takes, as dialects name it."""
    done = log.points[-1].step + 1 - log.counts_from
    by_pace = steps_left(log, remains, done, SMOOTHED if by == "smoothed" else 1)
    if by_pace is None:
        return None
    told = by_lines(log, lefts, by_pace) if by == "remaining" and not mean_told(log) else None
    still, slack = told or by_pace, SURE if by == "remaining" else LESS_SURE
    return meant(done + still, slack * still, log.facts.steps_per_epoch)


def mean_told(log: RunLog) -> bool:
    """Whether the mean of all steps is told: by itself, or by a clock that began with the run."""
    return log.facts.mean_step_seconds is not None or log.clock_kind in ("elapsed", "training")


def meant(steps: float, slack: float, size: int | None) -> int:
    """The plan that a person meant by `steps` give or take `slack`: whole epochs, round numbers."""
    if size and (epochs := roundest((steps - slack) / size, (steps + slack) / size)):
        return epochs * size
    return roundest(steps - slack, steps + slack) or round(steps)


def steps_left(log: RunLog, remains: float, done: int, lines: int = 1) -> float | None:
    """Steps that take `remains` seconds at the pace of the newest `lines` lines."""
    recent = [point.step_seconds for point in log.points[-lines:] if point.step_seconds]
    newest = sum(recent) / len(recent) if recent else None
    mean = by_clock(log, done) if mean_told(log) else None
    pace = log.facts.mean_step_seconds or mean or newest or by_clock(log, done)
    return remains / pace if pace and pace > 0 else None


def by_clock(log: RunLog, done: int) -> float | None:
    """Seconds per step by the clock: since the run began where the clock did too, else since the first line."""
    first, last = log.points[0], log.points[-1]
    if last.clock is not None and log.clock_kind in ("elapsed", "training"):
        return last.clock / done
    if first.clock is None or last.clock is None or last.step <= first.step:
        return None
    return (last.clock - first.clock) / (last.step - first.step)


def by_lines(log: RunLog, lefts: Sequence[tuple[int, float]], by_pace: float) -> float | None:
    """Steps that are left by two lines; `None` where they do not tell."""
    if len(lefts) < 2 or lefts[-1][0] != log.points[-1].step or newest_alone(log, lefts):
        return None
    (first, before), (last, now) = lefts[0], lefts[-1]
    seconds = between(log, first, last)
    if seconds is None or not first + 1 - log.counts_from > 0:
        return None
    gap = min((b.step - a.step for a, b in itertools.pairwise(log.points) if b.step > a.step), default=1)
    for begun in (log.counts_from - 1, first - gap):  # the process began with the run, or right before the first line
        found = solve((first - begun, before), (last - begun, now), seconds)
        rough = 0.5**0.5 * (last - begun)
        if found and rough <= COARSE * seconds * found and by_pace / APART < found < by_pace * APART:
            return found
    return None


def newest_alone(log: RunLog, lefts: Sequence[tuple[int, float]]) -> bool:
    """Whether what is left goes by the newest printed time alone: two lines tell the same plan by times that differ."""
    (first, before), (last, now) = lefts[0], lefts[-1]
    early = next((one.step_seconds for one in log.points if one.step == first), None)
    late = log.points[-1].step_seconds
    if not early or not late or abs(early / late - 1) < DIFFERENT:
        return False
    return abs(first + before / early - last - now / late) < max(SAME * (last + now / late), CLOSE)


def solve(before: tuple[int, float], now: tuple[int, float], seconds: float) -> float | None:
    """Steps left now, by (steps done, seconds left) of two lines with `seconds` between them; by halving."""
    steps = now[0] - before[0]

    def surplus(left: float) -> float:
        return now[1] * now[0] / left - before[1] * before[0] / (left + steps) - seconds

    low, high = 1.0, 1e12
    if surplus(low) < 0 or surplus(high) > 0:
        return None
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    return high


def between(log: RunLog, first: int, last: int) -> float | None:
    """Seconds of the steps from `first` to `last`: as printed, else by the clock."""
    points = [point for point in log.points if first <= point.step <= last and point.start == log.points[-1].start]
    if len(points) < 2 or points[0].step != first:
        return None
    pairs = list(itertools.pairwise(points))
    if all(b.step_seconds is not None for _, b in pairs) and (log.span != "step" or dense(points)):
        return sum((b.step - a.step) * (b.step_seconds or 0.0) for a, b in pairs)
    begin, end = points[0].clock, points[-1].clock
    return None if begin is None or end is None or end <= begin else end - begin


def dense(points: Sequence[Point]) -> bool:
    """Whether every step has its line."""
    return len(points) == points[-1].step - points[0].step + 1
