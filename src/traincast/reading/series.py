"""A run log to its canonical series: intervals between logged steps, whatever the log's own unit.

Where a log has a clock and a printed step time, the clock decides, and a disagreement is said. Without a clock the
printed times are used: means of an interval cover it; times of the last step alone are completed by typical steps
(METHODS: interval semantics).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median, median_low
from typing import Literal

from traincast import units
from traincast.findings import Finding, finding
from traincast.phrases import phrase
from traincast.runlog import Point, RunLog, Series

NEAR = 20
"""steps before and up to an interval that tell what a typical step takes"""
AGREE = 0.02
"""relative difference within which clock and printed times agree"""
COARSE = 10
"""intervals shorter than this many clock ticks are taken together"""
SLOW_START = 1.5
"""times what follows, from which the mean that the first line prints holds a start-up"""
SLOWEST = 1e9
"""seconds; a step beyond it is of a damaged rate"""
TICKS = 50
"""clock ticks that an interval should have: its error is then below 1 %"""

Semantics = Literal["interval", "step", "unknown"]


def series(log: RunLog) -> Series | None:
    """Intervals of `log`; `None` where it tells no times. Findings about the choice are added to `log.findings`
    once."""
    found, said = decide(log)
    for one in said:
        if not any(one.code == other.code for other in log.findings):
            log.findings.append(one)
    return found


def pace(log: RunLog) -> Series | None:
    """The series that tells how long a step alone takes: printed times where the log has them, else `series`.

    Unlike the clock they leave out what happens between steps (evaluation, checkpoints, logging).
    """
    printed = sum(point.step_seconds is not None for point in log.points)
    if log.span in ("step", "interval") and printed >= max(1, 0.5 * len(log.points)):
        return by_print(log)[0]
    return series(log)


def decide(log: RunLog) -> tuple[Series | None, list[Finding]]:
    """The series and what there is to say about it."""
    points = log.points
    clocked = sum(point.clock is not None for point in points)
    printed = sum(point.step_seconds is not None for point in points)
    if clocked >= 2 and (log.thin_clock or clocked >= 0.5 * len(points)):
        return by_clock(log, printed)
    if printed and log.span in ("since-start", "since-epoch"):
        return by_running_mean(log), []
    if printed:
        return by_print(log)
    by_rate_ = by_rate(log)
    return (by_rate_, []) if by_rate_ is not None else (by_total(log), [])


def by_clock(log: RunLog, printed: int) -> tuple[Series | None, list[Finding]]:
    """Differences of the clock, never negative, never across a start."""
    said: list[Finding] = []
    last: list[int] = []
    steps: list[int] = []
    seconds: list[float] = []
    start: list[int] = []
    falls = 0
    before: Point | None = None
    for point in log.points:
        if point.clock is None:
            continue
        if before is not None and before.clock is not None and before.start == point.start and point.step > before.step:
            if point.clock >= before.clock:
                last.append(point.step)
                steps.append(point.step - before.step)
                seconds.append(point.clock - before.clock)
                start.append(point.start)
            else:
                falls += 1
        before = point
    if falls:
        said.append(finding("clock-went-back", number=str(falls)))
    found = Series(
        last=last, steps=steps, seconds=seconds, start=start, resolution=log.clock_resolution,
        pauses_inside=log.clock_kind != "training", basis="training-clock" if log.clock_kind == "training" else "clock",
    )  # fmt: skip
    if not seconds or sum(seconds) <= 0:
        return by_print(log) if printed else (by_total(log), said)
    if log.clock_kind in ("elapsed", "training") or log.span == "interval":
        lead_in(log, found)
    if printed >= 2:
        said += compare(log, found)
        if too_coarse(found) and log.span in ("step", "interval"):
            return by_print(log)
    if too_coarse(found):
        said.append(finding("clock-coarse", resolution=units.duration(found.resolution or 1.0)))
        first = log.points[0]
        from_zero = log.clock_kind in ("elapsed", "training") and first.clock == 0
        found = together(found, from_zero=from_zero, whole_run=from_zero and log.finished)
    return found, said


def lead_in(log: RunLog, found: Series) -> None:
    """Add the interval before the first line where the clock starts with the run, or where the line prints its mean: it
    holds the start-up. A mean no longer than what follows holds none, and may leave out what the clock holds."""
    first = log.points[0]
    done = first.step + 1 - log.counts_from
    took = first.clock
    if log.clock_kind not in ("elapsed", "training"):
        usual = median(d / n for n, d in zip(found.steps, found.seconds, strict=True))
        slow = first.step_seconds is not None and first.step_seconds > SLOW_START * usual
        took = (first.step_seconds or 0.0) * done if slow else None
    if took is not None and took > 0 and 0 < done <= 2 * (found.steps[0] if found.steps else done):
        found.last.insert(0, first.step)
        found.steps.insert(0, done)
        found.seconds.insert(0, took)
        found.start.insert(0, first.start)


def too_coarse(found: Series) -> bool:
    """Whether typical intervals are too short for the clock's ticks."""
    tick = found.resolution
    return bool(tick and len(found.seconds) > 2 and median(found.seconds) < COARSE * tick)


def together(found: Series, *, from_zero: bool, whole_run: bool = False) -> Series:
    """Neighbouring intervals joined until each has enough ticks.

    A clock that stands still over several lines is exact where it moves on, so intervals are cut there. `from_zero`:
    the clock began with the first interval; else what lies before its first move is of unknown length, as is what comes
    after the last one, unless it is the end of the `whole_run`.
    """
    tick = found.resolution or 1.0
    still = sum(d == 0 for d in found.seconds) > 0.3 * len(found.seconds)
    least = min(TICKS * tick, max((1 if still else COARSE / 2) * tick, sum(found.seconds) / 10))
    joined = Series(
        last=[], steps=[], seconds=[], start=[], pauses_inside=found.pauses_inside, basis=found.basis, resolution=tick
    )
    n, d, known = 0, 0.0, from_zero or not still
    for i, (last, steps, seconds, start) in enumerate(
        zip(found.last, found.steps, found.seconds, found.start, strict=True)
    ):
        if i and found.start[i - 1] != start:
            n, d, known = 0, 0.0, not still
        n, d = n + steps, d + seconds
        if seconds and not known:
            n, d, known = 0, 0.0, True
        elif seconds and d >= least:
            joined.last.append(last)
            joined.steps.append(n)
            joined.seconds.append(d)
            joined.start.append(start)
            n, d = 0, 0.0
    if n and joined.start and joined.start[-1] == found.start[-1] and (whole_run or not still):
        joined.last[-1], joined.steps[-1], joined.seconds[-1] = (
            found.last[-1],
            joined.steps[-1] + n,
            joined.seconds[-1] + d,
        )
    return joined if joined.seconds else whole(found)


def whole(found: Series) -> Series:
    """All intervals of the last start as one."""
    keep = [i for i, start in enumerate(found.start) if start == found.start[-1]]
    return Series(
        last=[found.last[-1]], steps=[sum(found.steps[i] for i in keep)], seconds=[sum(found.seconds[i] for i in keep)],
        start=[found.start[-1]], pauses_inside=found.pauses_inside, basis=found.basis, resolution=found.resolution,
    )  # fmt: skip


def compare(log: RunLog, found: Series) -> list[Finding]:
    """What to say where the printed times and the clock tell different things."""
    by_step = {(point.start, point.step): point.step_seconds for point in log.points}
    pairs = [
        (n, d, dt)
        for last, n, d, s in zip(found.last, found.steps, found.seconds, found.start, strict=True)
        if (dt := by_step.get((s, last))) is not None and d > 0
    ]
    if len(pairs) < 5 or log.thin_clock or log.span not in ("step", "interval", "window"):
        return []
    meant = semantics(pairs)
    clock = median(d / n for n, d, _ in pairs)
    printed = median(dt for _, _, dt in pairs)
    agrees = abs(printed - clock) <= AGREE * clock + 2 * (found.resolution or 0.0)
    if agrees or (meant == "unknown" and log.span == "window"):
        return []
    both = phrase("the print for the step alone, the clock for all else")
    used = phrase("the clock") if log.span == "window" else both
    return [finding("time-disagrees", printed=units.duration(printed), clock=units.duration(clock), used=used)]


def semantics(pairs: Sequence[tuple[int, float, float]]) -> Semantics:
    """Whether printed times are means of the interval or the last step's, by the smaller residual against the clock.

    `pairs` are (steps, seconds by the clock, printed seconds per step).
    """
    if len(pairs) < 5:
        return "unknown"
    if all(n == 1 for n, _, _ in pairs):
        return "interval"
    typical = median(dt for _, _, dt in pairs)
    as_mean = sum(abs(d - n * dt) for n, d, dt in pairs)
    as_last = sum(abs(d - (n - 1) * typical - dt) for n, d, dt in pairs)
    if as_mean == as_last:
        return "unknown"
    return "interval" if as_mean < as_last else "step"


def by_print(log: RunLog) -> tuple[Series | None, list[Finding]]:
    """Printed step times, completed by typical steps where a line tells of its own step alone."""
    points = [point for point in log.points if point.step_seconds is not None]
    alone = log.span in ("step", "window") or log.span == "none"
    found = Series(
        last=[],
        steps=[],
        seconds=[],
        start=[],
        pauses_inside=log.span == "interval",
        basis="printed-step" if alone else "printed-interval",
    )
    recent: list[float] = []
    before: Point | None = None
    gaps = False
    for point in points:
        dt = point.step_seconds
        assert dt is not None
        same = before is not None and before.start == point.start and point.step > before.step
        n = point.step - before.step if same and before is not None else first_interval(log, points, point, before)
        recent = [*recent[-NEAR + 1 :], dt]
        whole = log.span in ("interval", "window") or log.merged
        found.last.append(point.step)
        found.steps.append(n)
        found.seconds.append(dt * n if whole else dt + (n - 1) * median_low(recent))
        found.start.append(point.start)
        gaps = gaps or (n > 1 and log.span == "step")
        before = point
    if not any(found.seconds):  # times rounded to nothing
        return None, []
    return found, [finding("last-step-times")] if gaps and not log.merged else []


def first_interval(log: RunLog, points: Sequence[Point], point: Point, before: Point | None) -> int:
    """Steps that the first line of a start speaks for: each epoch has its own line."""
    done = point.step + 1 - log.counts_from
    if log.span == "step" or len(points) < 2:
        return 1 if log.span == "step" or log.unit == "epoch" else max(1, done)
    usual = (
        min(b.step - a.step for a, b in itertools.pairwise(points) if b.step > a.step)
        if before is None and points[1].step > points[0].step
        else 1
    )
    return max(1, min(done, usual))


def by_running_mean(log: RunLog) -> Series | None:
    """Differences of (mean since the start) x (steps since the start), of the run or of each epoch."""
    found = Series(
        last=[], steps=[], seconds=[], start=[], pauses_inside=log.span == "since-start", basis="printed-interval"
    )
    size = log.facts.steps_per_epoch if log.span == "since-epoch" else None
    before: tuple[int, int, float] | None = None
    for point in log.points:
        if point.step_seconds is None:
            continue
        # a meter that starts at the first batch of index 0 leaves it out, so index and number of measured steps agree
        done = point.step % size if size else point.step + 1 - log.counts_from
        epoch = (point.start, point.step // size if size else 0)
        total = point.step_seconds * done
        if before is not None and before[0] == hash(epoch) and done > before[1] and total > before[2]:
            found.last.append(point.step)
            found.steps.append(done - before[1])
            found.seconds.append(total - before[2])
            found.start.append(point.start)
        before = (hash(epoch), done, total)
    return found if found.seconds else None


def by_rate(log: RunLog) -> Series | None:
    """Step times from a printed rate and the size of a step."""
    size = {"tokens": log.facts.tokens_per_step, "samples": log.facts.samples_per_step}.get(log.rate_unit or "")
    if not size:
        return None
    found = Series(last=[], steps=[], seconds=[], start=[], pauses_inside=log.span != "step", basis="printed-interval")
    before: Point | None = None
    points = [point for point in log.points if point.rate and size / point.rate < SLOWEST]
    for point in points:
        same = before is not None and before.start == point.start and point.step > before.step
        n = point.step - before.step if same and before is not None else first_interval(log, points, point, before)
        found.last.append(point.step)
        found.steps.append(n)
        found.seconds.append(n * size / (point.rate or 1.0))
        found.start.append(point.start)
        before = point
    return found if found.seconds else None


def by_total(log: RunLog) -> Series | None:
    """One interval from a closing line: the whole run."""
    total, mean = log.facts.total_seconds, log.facts.mean_step_seconds
    steps = log.points[-1].step + 1 - log.counts_from if log.points else log.facts.steps_planned
    if not steps or steps < 1 or not (total or mean):
        return None
    seconds = mean * steps if mean else total
    assert seconds is not None
    alone = total is None and len(log.points) == 1 and log.points[0].clock is not None
    return Series(
        resolution=log.clock_resolution if alone else None,
        last=[steps + log.counts_from - 1],
        steps=[steps],
        seconds=[seconds],
        start=[0],
        pauses_inside=True,
        basis="total",
    )
