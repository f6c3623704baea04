"""Evaluations and checkpoints that the log prints, over the whole run: at which steps, how often, at what cost."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

import msgspec

from traincast.phases.marks import event_marks
from traincast.phases.parts import Anatomy
from traincast.reading.titles import roundness
from traincast.runlog import RunLog
from traincast.stats.robust import median

LINES = 200
"""newest lines that tell how many steps apart lines are"""
NEAR = 8
"""intervals on either side that tell what the steps of one took"""
ALIKE = 0.1
"""relative distance from the usual gap up to which a gap is one period"""
USUAL = 0.8
"""share of the gaps that a period must explain"""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All printed pauses of one kind."""

    steps: tuple[int, ...]
    """of each, in order; none that was printed before the first step of a start"""
    every: int | None
    """steps, as declared or as they came"""
    seconds: tuple[float, ...] = ()
    """of those whose cost shows, each beyond its steps"""


def told(log: RunLog, found: Anatomy) -> dict[str, Told]:
    """Kind -> what the log prints of it; kinds of which nothing is printed after the first step are left out."""
    intervals = {"evaluation": log.facts.eval_interval, "checkpoint": log.facts.checkpoint_interval}
    gap = _line_gap(log)
    answer: dict[str, Told] = {}
    for kind, marks in event_marks(log).items():
        every = intervals.get(kind)
        steps = [_place(step, found, every, gap) for step in marks]
        if every is None and sum(map(roundness, marks)) > sum(map(roundness, steps)):
            steps = marks  # what belongs to a step may be printed after its line, as trainers with bars do
        answer[kind] = Told(
            steps=tuple(sorted(steps)),
            every=every or usual(sorted(set(marks))),
            seconds=tuple(costs(log, found, kind)),
        )
    return answer


def _line_gap(log: RunLog) -> int:
    """Steps from a line to the next, usually."""
    gaps = [float(b.step - a.step) for a, b in pairwise(log.points[-LINES:]) if b.step > a.step]
    return round(median(gaps)) if gaps else 1


def _place(step: int, found: Anatomy, every: int | None, gap: int) -> int:
    """The step of a pause printed after `step`: a multiple of the declared interval, else that of the next line."""
    end = step + gap
    if every and end // every * every >= step:
        return end // every * every
    return end if step < found.series.last[-1] else step


def usual(steps: list[int]) -> int | None:
    """The gap between `steps`, which rise, that most gaps are near to; None for fewer than two gaps or uneven ones."""
    gaps = [float(b - a) for a, b in pairwise(steps)]
    if len(gaps) < 2:
        return None
    middle = median(gaps)
    near = [gap for gap in gaps if abs(gap - middle) <= ALIKE * middle]
    return round(math.fsum(near) / len(near)) if len(near) >= USUAL * len(gaps) else None


def costs(log: RunLog, found: Anatomy, kind: str) -> list[float]:
    """Seconds of each pause of `kind`, as the log says or beyond what the steps around it take.

    Empty where the times leave the pauses out, so that none is longer for it by more than the noise.
    """
    spent = [event.seconds for event in log.events if event.kind == kind and event.seconds is not None]
    if spent:
        return spent
    series, rates = found.series, found.rates
    plain = [i for i in range(len(rates)) if i not in found.names and not found.warm[i]]
    excess: list[float] = []
    for i, name in sorted(found.names.items()):
        if name == kind and not found.warm[i] and plain:
            place = bisect_left(plain, i)
            level = median([rates[k] for k in plain[max(0, place - NEAR) : place + NEAR]])
            excess.append(series.seconds[i] - level * series.steps[i])
    if not excess or median(excess) <= 3 * found.spread * found.base:
        return []
    return [max(0.0, one) for one in excess]
