"""The live form of the forecast: the same answer in bounded room and time."""

from __future__ import annotations

import math
import time

import pytest

from courses import changed, course, seed_like
from traincast.forecast import Tracker, forecast
from traincast.runlog import Event, Facts, Point, RunLog


def header(log: RunLog) -> RunLog:
    """What of `log` is known before its first step."""
    return RunLog(
        source=log.source, dialect=log.dialect, counts_from=log.counts_from, clock_kind=log.clock_kind, facts=log.facts
    )


def followed(times: list[float], seen: int) -> Tracker:
    """A tracker that saw the first `seen` steps."""
    log, _ = course(times[:seen], total=len(times))
    tracker = Tracker(header(log))
    for point in log.points:
        tracker.add(point)
    return tracker


@pytest.mark.parametrize("seen", [2, 12, 100, 250])
def test_a_followed_run_is_forecast_like_a_read_one(seen: int) -> None:
    """As long as nothing is summed the answers are the same to the last digit."""
    log, _ = course(seed_like()[:seen], total=6000)
    tracker = Tracker(header(log))
    for point in log.points:
        tracker.add(point)

    assert tracker.forecast().remaining == forecast(log, tracker.series).remaining


def test_a_long_run_keeps_little_and_loses_no_second() -> None:
    """20,000 steps: at most two times 256 intervals, whose sum is that of all."""
    times = changed(20_000, lambda _: 1.0)
    tracker = followed(times, 20_000)

    assert tracker.series is not None
    assert len(tracker.series.last) <= 512
    assert math.fsum(tracker.series.seconds) == pytest.approx(math.fsum(times[1:]))


def test_a_change_of_speed_is_seen_late_in_a_long_run() -> None:
    """After 15,000 quiet steps the speed halves: 20 steps later the forecast has it."""
    times = changed(20_000, lambda k: 1.0 if k < 15_000 else 2.0)
    answer = followed(times, 15_020).forecast()

    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(math.fsum(times[15_020:]), rel=0.05)
    assert [one.values["step"] for one in answer.findings if one.code == "slowdown"] == ["15000"]


def test_a_step_back_is_a_new_start() -> None:
    """The counter falls from 300 to 200: a resume, and no negative time."""
    tracker = Tracker(RunLog(source="-", clock_kind="wall", facts=Facts(steps_planned=1000)))
    for k in [*range(300), *range(200, 320)]:
        tracker.add(Point(step=k, clock=1e9 + tracker.seen))
    answer = tracker.forecast()

    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(680, rel=0.02)
    assert "resumed" in [one.code for one in answer.findings]


def test_of_two_mixed_runs_the_longer_is_followed() -> None:
    """A second run sets in at step 600 of the first: 20 steps later the first is forecast as before."""
    tracker = Tracker(RunLog(source="-", counts_from=0, clock_kind="wall", facts=Facts(steps_planned=1000)))
    lines = [(float(k), k) for k in range(620)] + [(600.5 + 2 * k, k) for k in range(10)]
    for clock, k in sorted(lines):
        tracker.add(Point(step=k, clock=1e9 + clock))
    answer = tracker.forecast()

    assert answer.steps_done == 620
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(380, rel=0.01)
    assert [600 <= int(one.values["step"]) <= 610 for one in answer.findings if one.code == "interleaved"] == [True]


def test_events_are_bounded_and_the_newest_stay() -> None:
    """5000 evaluations leave at most 2000."""
    tracker = Tracker()
    for k in range(5000):
        tracker.event(Event(kind="evaluation", step=k))

    assert len(tracker.log.events) <= 2000
    assert tracker.log.events[-1].step == 4999


def test_a_forecast_after_many_steps_stays_cheap() -> None:
    """The work does not grow with the steps seen: after 40,000 at most five times that after 1000."""

    def cost(steps: int) -> float:
        tracker = followed([1.0] * steps, steps - 10)
        best = math.inf
        for _ in range(5):
            began = time.perf_counter()
            tracker.forecast()
            best = min(best, time.perf_counter() - began)
        return best

    assert cost(40_000) < 5 * cost(1000)
