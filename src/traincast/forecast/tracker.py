"""The forecast of a run that is being watched: a step costs a microsecond or two, a forecast under a millisecond.

However long the run is, what is kept is bounded: the newest intervals as they are, older ones summed.
"""

from __future__ import annotations

from traincast.answers import ForecastAnswer
from traincast.findings import finding
from traincast.forecast.answer import forecast
from traincast.phases.strands import Strands
from traincast.runlog import Event, Point, RunLog, Series
from traincast.stats.compact import MOST, compact, replaced
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
        self._strands = Strands()
        self._newest: dict[int, Point] = {}
        self._start: dict[int, int] = {}
        self._starts = 0
        self._main: int | None = None
        self.seen = 0
        """points that were added"""
        points, self.log.points = self.log.points, []
        for point in points:
            self.add(point)

    def add(self, point: Point) -> None:
        """One more logged step. Times come from its clock, else from its `step_seconds`.

        A counter that falls is a new start; where the lines of several runs are mixed, the longest is followed.
        """
        self.seen += 1
        number = self._strands.place(point.step)
        if self._strands.mixed:
            if self._main is None:
                self._settle()
            if number != self._main:
                return
        before = self._newest.get(number)
        self._newest[number] = point
        if before is None or (point.start != before.start and not self._strands.returns):
            self._begin(number)
        elif point.step > before.step:
            self._interval(number, before, point)
        self.log.points[1:] = [point]

    def _begin(self, number: int) -> None:
        """A new start of run `number`."""
        self._start[number] = self._starts
        self._starts += 1

    def _settle(self) -> None:
        """Several runs are mixed: what was seen of all but the longest is dropped, and a finding says so."""
        count = {head.number: head.count for head in self._strands.heads}
        self._main = max(count, key=lambda number: count[number])
        held = self._intervals
        keep = [i for i, start in enumerate(held.start) if start == self._start[self._main]]
        self._intervals = replaced(
            held,
            [held.last[i] for i in keep],
            [held.steps[i] for i in keep],
            [held.seconds[i] for i in keep],
            [held.start[i] for i in keep],
        )
        self.log.points[1:] = [self._newest[self._main]]
        at = str(self._newest[self._main].step)
        self.log.findings.append(finding("interleaved", count=str(len(count)), step=at))

    def _interval(self, number: int, before: Point, point: Point) -> None:
        """The time between two points of one start."""
        steps = point.step - before.step
        if point.clock is not None and before.clock is not None:
            seconds = point.clock - before.clock
        elif point.step_seconds is not None:
            seconds = point.step_seconds * steps
        else:
            return
        if seconds < 0:
            self._begin(number)
            return
        intervals = self._intervals
        intervals.last.append(point.step)
        intervals.steps.append(steps)
        intervals.seconds.append(seconds)
        intervals.start.append(self._start[number])
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
