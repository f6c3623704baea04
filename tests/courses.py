"""Made-up runs whose truth is known: a log and the series that a reader would make of it."""

from __future__ import annotations

import random
from collections.abc import Callable

from traincast.runlog import Event, Facts, Point, RunLog, Series

NOISE = 0.006
"""spread of the step times of a quiet nanoGPT run on one GPU (0.2 to 0.6 % in public logs)"""
BEGIN = 1.7e9


def course(
    times: list[float],
    *,
    total: int | None = None,
    evaluations: tuple[int, ...] = (),
    facts: Facts | None = None,
    restarts: tuple[int, ...] = (),
) -> tuple[RunLog, Series]:
    """A run with a line per step, counted from 0, whose step k takes `times[k]` seconds on a dated clock.

    `restarts` are the steps before which the run was started again; the time between is not in the series.
    """
    clock, start = BEGIN, 0
    points: list[Point] = []
    series = Series(last=[], steps=[], seconds=[], start=[], pauses_inside=True)
    for k, seconds in enumerate(times):
        start += k in restarts
        clock += seconds + (600.0 if k in restarts else 0.0)
        points.append(Point(step=k, clock=clock, step_seconds=seconds, loss=10.0 - k * 1e-3, start=start))
        series.last.append(k)
        series.steps.append(1)
        series.seconds.append(seconds)
        series.start.append(start)
    known = facts or Facts()
    known.steps_planned = total
    log = RunLog(
        source="run.log",
        dialect="nanogpt",
        confidence=0.99,
        span="step",
        clock_kind="wall",
        counts_from=0,
        points=points,
        events=[Event(kind="evaluation"), *(Event(kind="evaluation", step=k) for k in evaluations if k < len(times))]
        if evaluations
        else [],
        facts=known,
    )
    return log, series


def seed_like(n: int = 6000, seed: int = 0, noise: float = NOISE) -> list[float]:
    """27 s for the first iteration, then 3.85 s steps with 15 s of evaluation every 500."""
    draw = random.Random(seed)
    times = [3.85 * draw.lognormvariate(0, noise) for _ in range(n)]
    times[0] = 27.0
    for k in range(500, n, 500):
        times[k] += 15.0 * draw.lognormvariate(0, 0.02)
    return times


def changed(n: int, speed: Callable[[int], float], seed: int = 0, noise: float = 0.03) -> list[float]:
    """Step k takes `speed(k)` seconds, with noise."""
    draw = random.Random(seed)
    return [speed(k) * draw.lognormvariate(0, noise) for k in range(n)]
