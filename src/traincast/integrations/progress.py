"""The line that `track` shows on a terminal: how far, how fast, and when it ends, with an interval."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import TextIO

from traincast import units
from traincast.answers import ForecastAnswer
from traincast.forecast import Tracker
from traincast.runlog import Facts, Point, RunLog

EVERY = 2.0
"""s between two updates"""


class Line:
    """Redraws one line on `stream` (stderr)."""

    def __init__(self, steps: int | None, first: int = 0, *, stream: TextIO | None = None) -> None:
        self.steps = steps
        self.stream = stream or sys.stderr
        self._due = perf_counter()
        log = RunLog(source="this run", clock_kind="wall", counts_from=1, facts=Facts(steps_planned=steps))
        self._tracker = Tracker(log, steps=steps)
        self._count = first

    def show(self, rows: Sequence[tuple[int, float, float | None]], offset: float, *, last: bool = False) -> None:
        """Take in `rows` (steps done, clock, ...), `offset` seconds from the clock to Unix time, and redraw."""
        for count, clock, _ in rows:
            self._tracker.add(Point(step=count, clock=clock + offset))
            self._count = count
        now = perf_counter()
        if now < self._due and not last:
            return
        self._due = now + EVERY
        width = shutil.get_terminal_size().columns
        self.stream.write(f"\r{self.text()[: width - 1]:<{width - 1}}" + ("\n" if last else ""))
        self.stream.flush()

    def text(self) -> str:
        """`800 of 6000 steps, 3.85 s each, 5 h 33 min to go (5 h 21 min to 5 h 44 min), until 18:02`."""
        if self.steps is None:
            return f"{self._count} steps"
        answer = self._tracker.forecast()
        begin = f"{self._count} of {self.steps} steps"
        if answer.remaining is None or answer.step_time is None:
            return begin
        return begin + remaining_text(answer)


def remaining_text(answer: ForecastAnswer) -> str:
    """What comes after the counter."""
    left, pace = answer.remaining, answer.step_time
    if left is None or pace is None:
        return ""
    text = f", {units.duration(pace.value)} each, {units.duration(left.value)} to go"
    if left.low is not None and left.high is not None:
        text += f" ({units.duration(left.low)} to {units.duration(left.high)})"
    if answer.finish_at:
        text += f", until {datetime.fromisoformat(answer.finish_at).astimezone():%H:%M}"
    return text
