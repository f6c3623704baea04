"""The phases of a run as a person reads them, each with its evidence."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from traincast import units
from traincast.answers import Period, Phase
from traincast.estimate import Estimate
from traincast.phases.evidence import because
from traincast.phases.first import holds_start, may_be_startup
from traincast.phases.parts import Anatomy
from traincast.phases.told import Told, told
from traincast.runlog import RunLog, Series
from traincast.stats.pauses import Pause
from traincast.stats.robust import quantile

STALL = 20
"""plain steps; a pause without a period that takes longer is a stall"""
SHOWN = 5
"""pauses without a period that are listed each for itself"""
COMPILED = 3.0
"""a single first interval this many times slower than steady is called compile where the log says so"""


def phases(log: RunLog, found: Anatomy) -> list[Phase]:
    """The phases of the run in order of their first step."""
    alone = holds_start(found.series, log.counts_from) and found.series.basis != "total"
    begun = alone and may_be_startup(found.series)
    steady = _beginning(found) if begun else _steady(found)
    listed = [*_starts(log, found), *steady, *_pauses(found), *_changes(found), *_events(log, found)]
    return sorted(listed, key=lambda one: -1 if one.first_step is None else one.first_step)


def _span(series: Series, low: int, high: int) -> tuple[int, int, float]:
    """First step, last step and seconds of the intervals `low` to `high`, the end left out."""
    first = series.last[low] - series.steps[low] + 1
    return first, series.last[high - 1], math.fsum(series.seconds[low:high])


def _runs(flags: list[bool], series: Series) -> Iterator[tuple[int, int]]:
    """Stretches of true `flags` within one start."""
    low: int | None = None
    for i, flag in enumerate([*flags, False]):
        ends = low is not None and (not flag or series.start[i] != series.start[low])
        if ends and low is not None:
            yield low, i
            low = None
        if flag and low is None:
            low = i


def _starts(log: RunLog, found: Anatomy) -> Iterator[Phase]:
    """Start-up before the first step, warm-up after each start, and resumes."""
    begun = next((event for event in log.events if event.kind == "start" and event.clock is not None), None)
    first = log.points[0] if log.points else None
    if begun and begun.clock is not None and first and first.clock is not None and first.clock > begun.clock:
        yield Phase(
            kind="start-up", first_step=None, last_step=first.step, seconds=first.clock - begun.clock,
            **because("from the first stamp of the log to its first step"),
        )  # fmt: skip
    series = found.series
    for low, high in _runs(found.warm, series):
        first_step, last_step, seconds = _span(series, low, high)
        excess = seconds - found.base * sum(series.steps[low:high])
        slowest = max(found.rates[low:high]) / found.base
        alone = high - low == 1 and slowest > COMPILED
        compiled = alone and (log.facts.compile or _said(log, "compile"))
        if excess > 0:
            why = because(
                "{ratio} times the steady step at most; {time} above it in all",
                ratio=units.digits(slowest), time=units.duration(excess),
            )  # fmt: skip
        else:
            share = units.percent(1 - seconds / (seconds - excess))
            why = because("{share} faster than what follows: no steady step yet", share=share)
        yield Phase(
            kind="compile" if compiled else "warm-up", first_step=first_step, last_step=last_step, seconds=seconds,
            **why,
        )  # fmt: skip
    for i in range(1, len(series.last)):
        if series.start[i] != series.start[i - 1]:
            yield Phase(
                kind="resume", first_step=series.last[i] - series.steps[i], last_step=None, seconds=None,
                **because("the counter went back or the header was repeated"),
            )  # fmt: skip


def _said(log: RunLog, kind: str) -> bool:
    """Whether the log tells of an event of `kind`."""
    return any(event.kind == kind for event in log.events)


def _beginning(found: Anatomy) -> Iterator[Phase]:
    """All that is timed yet, where start-up and steps cannot be told apart."""
    first, last, seconds = _span(found.series, 0, 1)
    why = because("all that is timed so far: start-up and steps cannot be told apart")
    yield Phase(kind="start-up", first_step=first, last_step=last, seconds=seconds, **why)


def _steady(found: Anatomy) -> Iterator[Phase]:
    """The steady part: one for each speed."""
    edges = [found.warmup, *(one.index for one in found.changes), len(found.rates)]
    for low, high in itertools.pairwise(edges):
        if high > low:
            first, last, seconds = _span(found.series, low, high)
            mean = units.duration(seconds / sum(found.series.steps[low:high]))
            why = because("{time} a step, pauses inside", time=mean)
            yield Phase(kind="steady", first_step=first, last_step=last, seconds=seconds, **why)


def _pauses(found: Anatomy) -> Iterator[Phase]:
    """Rhythms together, pauses without one each for itself."""
    for rhythm in found.rhythms:
        if rhythm.kind != "pause":  # told with the others of the whole run
            continue
        cycle = rhythm.cycle
        yield Phase(
            kind=rhythm.kind, first_step=cycle.pauses[0].step, last_step=cycle.last, count=len(cycle.pauses),
            seconds=math.fsum(one.seconds for one in cycle.pauses),
            **because(
                "every {steps} steps, {time} each", steps=str(round(cycle.every)), time=units.duration(cycle.seconds)
            ),
        )  # fmt: skip
    alone = [one for one in found.stray if one.seconds > 0.3 * found.base and one.index not in found.names]
    yield from _strays(alone, found)


def _strays(stray: list[Pause], found: Anatomy) -> Iterator[Phase]:
    """Pauses without a period: the longest each for itself, the others together."""
    early = found.series.last[0] + 0.05 * (found.series.last[-1] - found.series.last[0])
    by_length = sorted(stray, key=lambda one: -one.seconds)
    for one in by_length[:SHOWN]:
        yield _stray(one, found, early)
    rest = by_length[SHOWN:]
    if rest:
        steps = [one.step for one in rest]
        yield Phase(
            kind="pause", first_step=min(steps), last_step=max(steps), count=len(rest),
            seconds=math.fsum(one.seconds for one in rest),
            **because(
                "{shortest} to {longest} each; no period",
                shortest=units.duration(rest[-1].seconds), longest=units.duration(rest[0].seconds),
            ),
        )  # fmt: skip


def _stray(one: Pause, found: Anatomy, early: float) -> Phase:
    """A pause without a period."""
    ratio = one.seconds / found.base
    return Phase(
        kind="stall" if ratio > STALL else "recompile" if one.step <= early and ratio > 1 else "pause",
        first_step=one.step, last_step=one.step, seconds=one.seconds,
        **because("{ratio} plain steps above what its steps take; no period", ratio=units.digits(ratio)),
    )  # fmt: skip


def _changes(found: Anatomy) -> Iterator[Phase]:
    """Slower from here on."""
    for one in found.changes:
        if one.ratio > 1:
            first = found.series.last[one.index] - found.series.steps[one.index] + 1
            yield Phase(
                kind="slowdown", first_step=first, last_step=None, seconds=None,
                **because(
                    "{before} before, {after} after, z = {score}",
                    before=units.duration(one.before), after=units.duration(one.after), score=f"{one.score:.0f}",
                ),
            )  # fmt: skip


def _events(log: RunLog, found: Anatomy) -> Iterator[Phase]:
    """Evaluations and checkpoints that the log tells of, those of the whole run together."""
    for kind, one in told(log, found).items():
        yield Phase(
            kind="evaluation" if kind == "evaluation" else "checkpoint",
            first_step=one.steps[0], last_step=one.steps[-1], count=len(one.steps),
            seconds=math.fsum(one.seconds) if one.seconds else None,
            **_told(one),
        )  # fmt: skip


def _told(one: Told) -> dict[str, Any]:
    """How often something comes back and what it takes, as far as both are known."""
    steps = str(one.every)
    if not one.seconds:
        return because("every {steps} steps", steps=steps) if one.every else because("told by the log")
    time = units.duration(math.fsum(one.seconds) / len(one.seconds))
    if one.every:
        return because("every {steps} steps, {time} each", steps=steps, time=time)
    return because("told by the log, {time} each", time=time)


def periods(log: RunLog, found: Anatomy, level: float = 0.9) -> dict[str, Period | None]:
    """How often evaluation and checkpoint come back, and what one costs."""
    answer: dict[str, Period | None] = {"evaluation": None, "checkpoint": None}
    for rhythm in found.rhythms:
        if rhythm.kind == "pause":
            spent = [one.seconds for one in rhythm.cycle.pauses]
            answer["pause"] = Period(every=round(rhythm.cycle.every), seconds=_between(spent, level))
    for kind, every in (("evaluation", log.facts.eval_interval), ("checkpoint", log.facts.checkpoint_interval)):
        if every:
            answer[kind] = Period(every=every, seconds=None)
    for kind, one in told(log, found).items():
        if one.every:
            answer[kind] = Period(every=one.every, seconds=_between(one.seconds, level) if one.seconds else None)
    return answer


def _between(spent: Sequence[float], level: float) -> Estimate:
    """The mean of `spent` between its quantiles; no interval for fewer than three."""
    mean = math.fsum(spent) / len(spent)
    if len(spent) < 3:
        return Estimate(value=mean, level=level)
    low, high = (quantile(spent, 0.5 - level / 2), quantile(spent, 0.5 + level / 2))
    return Estimate(value=mean, low=min(low, mean), high=max(high, mean), level=level)
