"""The forecast of a run that is being watched: a step costs a microsecond or two, a forecast under a millisecond.

However long the run is, what is kept is bounded: the newest intervals as they are, older ones summed.
"""

from __future__ import annotations

from traincast.answers import ForecastAnswer
from traincast.forecast.answer import forecast
from traincast.runlog import Event, Point, RunLog, Series
from traincast.stats.compact import MOST, compact
from traincast.workload import Workload

EVENTS = 1000
"""events that are kept; the newest tell the period"""


class Tracker:
    """What has been seen of one run, in bounded room.

    `log` is a `RunLog` without points that says what is known beforehand (source, unit, counts_from, clock_kind,
    facts); its facts may be filled in while the run goes on.
    """

    def __init__(
        self,
        log: RunLog | None = None,
        *,
        steps: int | None = None,
        workload: Workload | None = None,
        prior: tuple[float, float] | None = None,
        level: float = 0.9,
    ) -> None:
        self.log = log or RunLog(source="-")
        self.steps = steps
        self.workload = workload
        self.prior = prior
        self.level = level
        self._intervals = Series(last=[], steps=[], seconds=[], start=[], pauses_inside=True)
        self._start = 0
        self.seen = len(self.log.points)
        """points that were added"""
        points, self.log.points = self.log.points, []
        for point in points:
            self.add(point)

    def add(self, point: Point) -> None:
        """One more logged step. Times come from its clock, else from its `step_seconds`."""
        self.seen += 1
        points = self.log.points
        if not points:
            points.append(point)
            return
        before = points[-1]
        if point.step <= before.step or point.start != before.start:
            if point.step == before.step and point.start == before.start:
                return
            self._start += 1
        else:
            self._interval(before, point)
        points[1:] = [point]

    def _interval(self, before: Point, point: Point) -> None:
        """The time between two points of one start."""
        steps = point.step - before.step
        if point.clock is not None and before.clock is not None:
            seconds = point.clock - before.clock
        elif point.step_seconds is not None:
            seconds = point.step_seconds * steps
        else:
            return
        if seconds < 0:
            self._start += 1
            return
        intervals = self._intervals
        intervals.last.append(point.step)
        intervals.steps.append(steps)
        intervals.seconds.append(seconds)
        intervals.start.append(self._start)
        if len(intervals.last) > 2 * MOST:
            self._intervals = compact(intervals)

    def event(self, event: Event) -> None:
        """Something else that the run said; the newest are kept."""
        events = self.log.events
        events.append(event)
        if len(events) > 2 * EVENTS:
            del events[:EVENTS]

    @property
    def series(self) -> Series | None:
        """The intervals that are kept; None before the first."""
        return self._intervals if self._intervals.last else None

    def forecast(self, *, now: float | None = None, deadline: str | None = None) -> ForecastAnswer:
        """The forecast from what was seen so far; raises PlanUnknownError where no total is known.

        `now` (Unix seconds) counts the remaining time from there, not from the last line.
        """
        return forecast(
            self.log,
            self.series,
            steps=self.steps,
            workload=self.workload,
            prior=self.prior,
            level=self.level,
            deadline=deadline,
            now=now,
        )
