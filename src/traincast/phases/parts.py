"""Which interval is what: warm-up, regular, pause, before or after a change of speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from traincast.phases.marks import marked
from traincast.phases.speeds import lasting_changes
from traincast.runlog import Series
from traincast.stats import pauses, robust, warmup
from traincast.stats.changes import Change
from traincast.stats.compact import compact
from traincast.stats.pauses import Cycle, Pause

Kind = Literal["evaluation", "checkpoint", "pause"]
KINDS: tuple[Kind, ...] = ("evaluation", "checkpoint", "pause")
LINES_TO_JUDGE = 50
"""intervals below which a long warm-up is more often a pause that comes back"""
SLOW, FEWEST_AFTER = 1.5, 4
"""times the others from which two first intervals are compilations, and how many others it takes"""
OVERDUE = 1.5
"""periods without a pause after which a rhythm that nothing names has ended"""


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses of one kind that come back."""

    kind: Kind
    cycle: Cycle


class Anatomy(msgspec.Struct, frozen=True, kw_only=True):
    """What each interval of a series is. Places are indices into `series`."""

    series: Series
    """compacted"""
    rates: list[float]
    """s/step of each interval"""
    warm: list[bool]
    """intervals that are start-up or warm-up, of every start"""
    warmup: int
    """leading intervals of the first start that are warm-up"""
    verdict: str
    """how sure `warmup` is"""
    changes: list[Change]
    regime: int
    """first interval of the present speed"""
    pauses: list[Pause]
    """since `regime`, warm-up left out"""
    rhythms: list[Rhythm]
    stray: list[Pause]
    """pauses without a period"""
    earlier: list[Rhythm]
    """pauses that came back before `regime` and were not missed since; seconds as they would be at the present speed"""
    names: dict[int, str]
    """interval -> kind of the pause that the log prints inside it"""
    base: float
    """s/step of the regular intervals of the present speed, weighted mean"""
    regular: list[int]
    """the intervals that `base` rests on"""

    @property
    def spread(self) -> float:
        """Standard deviation over mean of the regular rates."""
        return robust.relative_spread([self.rates[i] for i in self.regular])


def anatomy(series: Series, marks: Mapping[str, Sequence[int]] | None = None) -> Anatomy | None:
    """The parts of `series`; `marks` are the steps after which each kind of pause was printed. None if it is empty."""
    series = compact(series)
    rates = [max(s / n, 1e-12) for s, n in zip(series.seconds, series.steps, strict=True)]
    if not rates:
        return None
    names = marked(series, marks or {})
    warm, first, verdict = _warm(series, rates, names)
    cool = [i for i, is_warm in enumerate(warm) if not is_warm] or [len(rates) - 1]
    found = lasting_changes([rates[i] for i in cool])
    found = [Change(index=cool[one.index], before=one.before, after=one.after, score=one.score) for one in found]
    regime = found[-1].index if found else 0
    present = [i for i in cool if i >= regime]
    held, base, regular = _pauses(series, rates, present, names)
    rhythms, stray = _rhythms(held, names, series.last[-1])
    earlier = _earlier(series, rates, [i for i in cool if i < regime], found, names)
    earlier = [one for one in earlier if not _is_over(one, series, regime, held, names)]
    return Anatomy(
        series=series, rates=rates, warm=warm, warmup=first, verdict=verdict, changes=found, regime=regime,
        pauses=held, rhythms=rhythms, stray=stray, earlier=earlier, names=names, base=base, regular=regular,
    )  # fmt: skip


def is_midway(series: Series) -> bool:
    """Whether the series begins far into a run, so that its first interval need not be a start."""
    return series.last[0] > 10 * series.steps[0]


def _warm(series: Series, rates: list[float], names: Mapping[int, str]) -> tuple[list[bool], int, str]:
    """Which intervals are warm-up, how many lead the first start, and how sure that is.

    An interval that the log explains otherwise (`names`) is none: the first of an excerpt, the second of a start.
    """
    warm = [False] * len(rates)
    first, verdict = 0, "too short"
    edges = [0, *(i for i in range(1, len(rates)) if series.start[i] != series.start[i - 1]), len(rates)]
    for low, high in pairwise(edges):
        size, sure = warmup.warmup_length(rates[low:high])
        if high - low < LINES_TO_JUDGE:
            most = 2 if low + 1 not in names and compiles_twice(rates[low:high]) else 1
            size = min(size, max(most, (high - low) // 5))
        if size == 0 and is_odd(rates[low:high]):
            size = 1
        if size == 1 and low == 0 and 0 in names and is_midway(series):
            size = 0
        warm[low : low + size] = [True] * size
        if low == 0:
            first, verdict = size, sure
    return warm, first, verdict


def compiles_twice(rates: Sequence[float]) -> bool:
    """Whether the first two of `rates` and no other are far slower than the rest: compiled code is compiled anew once
    its inputs have settled."""
    rest = rates[2:]
    limit = SLOW * robust.median(rest) if rest else 0.0
    return len(rest) >= FEWEST_AFTER and min(rates[:2]) > limit > max(rest)


def is_odd(rates: Sequence[float]) -> bool:
    """Whether the first of `rates` is unlike the 20 after it, slower or faster.

    A first line is faster than steady where the timer starts after the first launch, or a counter starts late.
    """
    rest = [math.log(rate) for rate in rates[1:21]]
    if len(rest) < 2:
        return False
    middle = robust.median(rest)
    return abs(math.log(rates[0]) - middle) > max(0.03, 3 * robust.mad(rest, middle))


def _pauses(
    series: Series, rates: list[float], present: list[int], named: Mapping[int, str]
) -> tuple[list[Pause], float, list[int]]:
    """Pauses among the `present` intervals, seconds per step of the others, and which those are."""
    limit = pauses.ceiling([rates[i] for i in present])
    regular = [i for i in present if rates[i] <= limit and i not in named]
    if len(regular) < max(3, 0.2 * len(present)):  # pauses are the rule: they belong to the step
        regular = [i for i in present if rates[i] <= limit]
    if not math.fsum(series.seconds[i] for i in regular):  # the clock is too coarse for most of them
        regular = present
    base = math.fsum(max(series.seconds[i], 1e-12) for i in regular) / sum(series.steps[i] for i in regular)
    inside = set(regular)
    held = [
        Pause(index=i, step=series.last[i], seconds=series.seconds[i] - base * series.steps[i])
        for i in present
        if i not in inside
    ]
    return held, base, regular


def _earlier(
    series: Series, rates: list[float], cool: list[int], found: list[Change], names: Mapping[int, str]
) -> list[Rhythm]:
    """Rhythms of the speeds before the last change, each pause against the steps of its own speed.

    Whether an evaluation slows down with the steps is not known: half of the change (of its logarithm) is assumed.
    """
    if not found:
        return []
    held: list[Pause] = []
    edges = [0, *(one.index for one in found)]
    for low, high in pairwise(edges):
        mine = [i for i in cool if low <= i < high]
        if mine:
            held += _pauses(series, rates, mine, names)[0]
    scale = math.sqrt(found[-1].ratio)
    held = [Pause(index=one.index, step=one.step, seconds=one.seconds * scale) for one in held]
    return _rhythms(held, names, series.last[found[-1].index - 1])[0]


def _is_over(one: Rhythm, series: Series, regime: int, held: Sequence[Pause], names: Mapping[int, str]) -> bool:
    """Whether a rhythm from before `regime` counts no longer: its kind came since, or it was due and did not come."""
    if any(names.get(pause.index, "pause") == one.kind for pause in held):
        return True
    since = series.last[regime] - series.steps[regime]
    return one.kind == "pause" and one.cycle.to_come(since, series.last[-1]) > 0


def _rhythms(held: list[Pause], names: Mapping[int, str], newest: int) -> tuple[list[Rhythm], list[Pause]]:
    """Pauses that come back, each with a name, and those that do not. A printed name makes two enough.

    Without a name they must have come up to counter `newest`: a burst of slow lines is over when one stays away.
    """
    rhythms: list[Rhythm] = []
    stray: list[Pause] = []
    for kind in KINDS:
        found, rest = pauses.cycles(
            [one for one in held if names.get(one.index, "pause") == kind], least=3 if kind == "pause" else 2
        )
        for cycle in found:
            if kind == "pause" and newest - cycle.last > OVERDUE * cycle.every:
                stray += cycle.pauses
            else:
                rhythms.append(Rhythm(kind=kind, cycle=cycle))
        stray += rest
    return rhythms, sorted(stray, key=lambda one: one.index)
