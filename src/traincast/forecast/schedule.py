"""A declared schedule of the work of a step: batch size, sequence length, curriculum.

`0:1,1000:2,3000:4` says that steps do twice the work from counter 1000 on and four times from 3000 on. A step of work w
takes a + b w seconds; a and b are fitted where two stages were seen, and a = 0 is assumed before.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import msgspec

from traincast.errors import UsageError
from traincast.phrases import phrase
from traincast.runlog import Series
from traincast.stats.robust import median

HINT = phrase("write COUNTER:WORK,COUNTER:WORK,..., for example 0:1,1000:2")
LEAST = 3
"""intervals of a stage before it is used in a fit"""
UNSEEN = 0.15
"""assumed scale of log(true / assumed) of the time of a stage, for each factor e of work that was not seen"""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Work of a step from each counter on."""

    starts: tuple[int, ...]
    work: tuple[float, ...]
    """of a step, relative: any unit, the same for all stages"""

    def at(self, step: int) -> float:
        """Work of the step with counter `step`; that of the first stage before it."""
        place = sum(start <= step for start in self.starts)
        return self.work[max(0, place - 1)]

    def stages(self, low: int, high: int) -> list[tuple[int, float]]:
        """(steps, work of each) of the counters from `low` up to, but not including, `high`."""
        edges = sorted({low, high, *(start for start in self.starts if low < start < high)})
        return [(b - a, self.at(a)) for a, b in itertools.pairwise(edges)]


def parse_schedule(text: str) -> Schedule:
    """The schedule that `text` writes; raises UsageError."""
    try:
        pairs = sorted((int(start), float(work)) for start, work in (part.split(":") for part in text.split(",")))
    except ValueError as error:
        raise UsageError("{text!r} is not a schedule", hint=HINT, text=text) from error
    if any(not 0 < work < 1e12 or start < 0 for start, work in pairs) or len(dict(pairs)) != len(pairs):
        raise UsageError("{text!r} has work that is not positive or a counter twice", hint=HINT, text=text)
    return Schedule(starts=tuple(start for start, _ in pairs), work=tuple(work for _, work in pairs))


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of a step as a function of its work."""

    fixed: float
    """seconds a step"""
    per_work: float
    """seconds for each unit of work"""
    seen: tuple[float, ...]
    """works of which the log shows enough"""
    reference: float
    """work of the newest step"""

    def relative(self, work: float) -> float:
        """Time of a step of `work` over that of the newest."""
        return (self.fixed + self.per_work * work) / (self.fixed + self.per_work * self.reference)

    def unsure(self, work: float) -> float:
        """Scale of the log error that comes from a work never seen."""
        return UNSEEN * min((abs(math.log(work / one)) for one in self.seen), default=0.0)


def fitted(series: Series, schedule: Schedule) -> Pace:
    """The pace that the stages of `series` show: a line through the medians of the stages, by least squares."""
    by_work: dict[float, list[float]] = {}
    for last, steps, seconds in zip(series.last, series.steps, series.seconds, strict=True):
        stages = schedule.stages(last - steps + 1, last + 1)
        if len(stages) == 1:
            by_work.setdefault(stages[0][1], []).append(seconds / steps)
    points = [(work, median(rates)) for work, rates in by_work.items() if len(rates) >= LEAST]
    reference = schedule.at(series.last[-1])
    seen = tuple(work for work, _ in points) or (reference,)
    fixed, slope = 0.0, 1.0
    if len(points) > 1:
        fixed, slope = line(points)
    return Pace(fixed=fixed, per_work=slope, seen=seen, reference=reference)


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Offset and slope, neither negative, of the line through `points`."""
    n = len(points)
    x, y = math.fsum(p[0] for p in points) / n, math.fsum(p[1] for p in points) / n
    slope = math.fsum((a - x) * (b - y) for a, b in points) / math.fsum((a - x) ** 2 for a, _ in points)
    if slope <= 0:
        return y, 0.0
    return (y - slope * x, slope) if y > slope * x else (0.0, y / x)


def levelled(series: Series, schedule: Schedule, pace: Pace) -> Series:
    """`series` as it would be if every step did the work of the newest."""
    seconds = []
    for last, steps, took in zip(series.last, series.steps, series.seconds, strict=True):
        parts = schedule.stages(last - steps + 1, last + 1)
        seconds.append(took * steps / math.fsum(count * pace.relative(work) for count, work in parts))
    return msgspec.structs.replace(series, seconds=seconds)


def to_come(schedule: Schedule, pace: Pace, step: int, remaining: int) -> tuple[float, float]:
    """Work of the `remaining` steps after counter `step`, in steps like the newest, and the log error it may have."""
    parts = schedule.stages(step + 1, step + 1 + remaining)
    whole = math.fsum(count * pace.relative(work) for count, work in parts)
    error = math.fsum(count * pace.relative(work) * pace.unsure(work) for count, work in parts)
    return whole, error / whole if whole else 0.0
