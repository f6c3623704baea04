"""Whatever a log says, the forecast is a finite time between its bounds."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from traincast.forecast import forecast
from traincast.phases import anatomy, phases
from traincast.runlog import Event, Facts, Point, RunLog, Series
from traincast.summary import summary

SECONDS = st.one_of(st.just(0.0), st.floats(1e-9, 1e9), st.floats(0.9, 1.1))


@st.composite
def runs(draw: st.DrawFn) -> tuple[RunLog, Series]:
    """A log with wild gaps, times, starts, clocks that stand still, and events anywhere."""
    gaps = draw(st.lists(st.tuples(st.integers(1, 10**9), SECONDS, st.booleans()), min_size=1, max_size=60))
    series = Series(last=[], steps=[], seconds=[], start=[], pauses_inside=draw(st.booleans()))
    points, step, clock, start = [Point(step=0, clock=0.0)], 0, 0.0, 0
    for gap, seconds, again in gaps:
        start += again and draw(st.integers(0, 9)) == 0
        step += gap
        clock += seconds
        points.append(Point(step=step, clock=clock, start=start))
        series.last.append(step)
        series.steps.append(gap)
        series.seconds.append(seconds)
        series.start.append(start)
    steps = st.one_of(st.none(), st.integers(-5, 2 * step))
    kinds = st.sampled_from(["evaluation", "checkpoint", "compile", "resume"])
    events = [Event(kind=kind, step=at) for kind, at in draw(st.lists(st.tuples(kinds, steps), max_size=5))]
    interval = draw(st.one_of(st.none(), st.integers(1, 10**6)))
    facts = Facts(steps_planned=step + draw(st.integers(0, 10**12)), eval_interval=interval, compile=False)
    return RunLog(points=points, events=events, facts=facts, clock_kind="elapsed", counts_from=0), series


@settings(deadline=None, derandomize=True, max_examples=150)
@given(runs())
def test_the_forecast_is_finite_and_inside_its_interval(run: tuple[RunLog, Series]) -> None:
    """No NaN, no infinity, nothing negative, low <= value <= high."""
    left = forecast(*run, deadline="1h")
    assert left.remaining is not None
    assert left.remaining.low is not None
    assert left.remaining.high is not None
    assert 0 <= left.remaining.low <= left.remaining.value <= left.remaining.high < math.inf
    assert left.probability_by_deadline is not None
    assert 0 <= left.probability_by_deadline <= 1


@settings(deadline=None, derandomize=True, max_examples=150)
@given(runs())
def test_any_run_can_be_summed_up(run: tuple[RunLog, Series]) -> None:
    """The steady step lies in its interval, and every phase has its evidence."""
    answer = summary(*run)
    found = anatomy(run[1])
    assert found is not None
    assert answer.step_time is not None
    assert answer.step_time.contains(answer.step_time.value)
    assert all(phase.evidence for phase in phases(run[0], found))
