"""A finished run, cut at several moments, and what would have been forecast there."""

from __future__ import annotations

import math
from itertools import accumulate

import msgspec

from traincast.backtest.rivals import RIVALS
from traincast.forecast.answer import between, evidence
from traincast.phases import anatomy, event_marks
from traincast.runlog import RunLog, Series
from traincast.scorecard import Moment, Replay

SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75)
"""of the steps, at which the forecast is asked"""
LINES = 10
"""intervals, at which it is asked too"""
LEAST_SEEN = 3
"""intervals that must have been seen, and that must remain"""
LEAST = 20
"""intervals that a log must have"""
GAP = 0.25
"""share of the time that one interval may take: beyond it the log is an excerpt or stood still"""
STILL = 0.2
"""share of intervals without any time from which a clock is too coarse"""
GOOD = 0.05
"""relative error within which a forecast counts as right"""
LATE = 0.9
"""share of the steps up to which it must stay right"""


def unusable(log: RunLog, series: Series | None) -> str | None:
    """Why `log` cannot be replayed; None where it can."""
    if not log.points:
        return "no steps"
    if series is None or series.basis == "total":
        return "no clock and no step times"
    if len(series.last) < LEAST:
        return f"{len(series.last)} intervals, fewer than {LEAST}"
    whole = math.fsum(series.seconds)
    if whole <= 0:
        return "the clock stands still"
    still = sum(seconds <= 0 for seconds in series.seconds)
    if still > STILL * len(series.seconds):
        return f"the clock is too coarse: {still} of {len(series.seconds)} intervals take no time"
    longest = max(series.seconds)
    if longest > GAP * whole:
        return f"one interval takes {longest / whole:.0%} of the time: an excerpt, or the run stood still"
    return None


def head(series: Series, count: int) -> Series:
    """The first `count` intervals."""
    return msgspec.structs.replace(
        series,
        last=series.last[:count],
        steps=series.steps[:count],
        seconds=series.seconds[:count],
        start=series.start[:count],
    )


def ask(log: RunLog, series: Series, count: int, name: str, level: float = 0.9) -> Moment:
    """The forecast after `count` intervals, from nothing that comes later."""
    seen = head(series, count)
    step = seen.last[-1]
    marks = {kind: [k for k in steps if k <= step] for kind, steps in event_marks(log).items()}
    found = anatomy(seen, marks)
    assert found is not None
    left = sum(series.steps[count:])
    past = [event for event in log.events if event.step is None or event.step <= step]
    projection = evidence(found, msgspec.structs.replace(log, events=past), None, step, left)
    whole = between(projection.seconds, projection.sigma, projection.down, level)
    assert whole.low is not None
    assert whole.high is not None
    apart = told_pauses(log, series)
    share = math.fsum(seconds for at, seconds in apart if at <= step) / math.fsum(seen.seconds)
    return Moment(
        name=name,
        lines=count,
        truth=math.fsum(series.seconds[count:]) + math.fsum(seconds for at, seconds in apart if at > step),
        forecast=projection.seconds,
        low=whole.low,
        high=whole.high,
        rivals={rival: pace(seen) * left * (1 + share) for rival, pace in RIVALS.items()},
    )


def told_pauses(log: RunLog, series: Series) -> list[tuple[int, float]]:
    """(step, seconds) of evaluations and checkpoints that the log times by themselves, beside its steps."""
    told = [event for event in log.events if event.kind in ("evaluation", "checkpoint") and not series.pauses_inside]
    return [(one.step, one.seconds) for one in told if one.step is not None and one.seconds is not None]


def replay(log: RunLog, series: Series, *, family: str | None = None, level: float = 0.9) -> Replay:
    """The forecasts of `log` at the usual moments; `family` (its format) weighs it among others."""
    done = list(accumulate(series.steps))
    n = len(done)
    places = {f"{share:.0%}": next(i for i, k in enumerate(done) if k >= share * done[-1]) + 1 for share in SHARES}
    places[f"{LINES} lines"] = LINES
    moments = [
        ask(log, series, count, name, level)
        for name, count in places.items()
        if count >= LEAST_SEEN and n - count >= LEAST_SEEN and math.fsum(series.seconds[count:]) > 0
    ]
    return Replay(
        source=log.source,
        family=family or log.dialect,
        lines=n,
        moments=moments,
        good_from=good_from(log, series, done),
    )


def good_from(log: RunLog, series: Series, done: list[int], checks: int = 30) -> float | None:
    """Share of the steps from which the forecast stays right."""
    first: float | None = None
    ends = max(LEAST_SEEN + 1, next(i for i, k in enumerate(done) if k >= LATE * done[-1]))
    for count in sorted({LEAST_SEEN + (ends - LEAST_SEEN) * i // checks for i in range(checks + 1)}):
        if math.fsum(series.seconds[count:]) <= 0:
            break
        if ask(log, series, count, "").error > GOOD:
            first = None
        elif first is None:
            first = done[count - 1] / done[-1]
    return first
