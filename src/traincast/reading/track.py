"""One counter of a log as it is read: columns of what each step line says, thinned where there are too many.

Rules: a step is counted once whatever ranks repeat it; a counter that falls back is a resume, or the next run where
the plan differs or the one before was complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise, repeat
from operator import le

from traincast.reading.columns import Columns
from traincast.reading.rows import NAMES, Rows, Texts

LIMIT = 1 << 15
"""points held before neighbours are merged"""
LARGEST = 1e15
"""seconds; a sum beyond it is of damaged lines"""
NEAR = 2
"""steps from the end of a bar to its next line where its total was raised at its end"""
RECENT = 4
"""logged steps within which a repeated step is another rank's line and not a resume"""


class Track:
    """Points of one counter of one run."""

    def __init__(self, *, counts_from: int = 1, falls: str = "start", bars: bool = False) -> None:
        self.counts_from = counts_from
        self.falls = falls
        """what a clock that falls back means: a new start, or nothing"""
        self.bars = bars
        """whether the last update of a step is the one that counts: a bar is drawn again when it is closed"""
        self.told: dict[str, str] = {}
        """facts that its own lines carry, the last word of each"""
        self.owner: Columns | None = None
        """what converted its rows, where each bar has its own epochs"""
        self.first_line = 0
        """number of the line that the block with its first point begins with"""
        self.total: int | None = None
        self.steps: list[int] = []
        self.starts: list[int] = []
        self.columns: dict[str, list[float | None]] = {name: [] for name in NAMES}
        self.start = 0
        self.seen = 0
        self.stride = 1
        self.waiting = self.timed = 0
        self.total_seconds = 0.0
        self.latest: tuple[int, list[float | None]] | None = None
        """rows that wait to be merged into the next point: their number, those with a time, its sum, and the last of
        them"""
        self.last: int | None = None
        self.last_clock: float | None = None
        self.recent: deque[int] = deque(maxlen=RECENT)
        self.restarted = False
        """whether the log said that it starts again since the last point"""
        self.first: int | None = None
        """lowest counter of its first start"""
        self.batches: int | None = None
        """batches of an epoch, as its lines tell"""
        self.under_way = False
        """whether its rows are of an epoch that is not over, each with the mean of what is done of it"""
        self.replanned = False
        """whether a bar showed another total before"""
        self.replaced = False
        """whether headers told of another model, batch or plan since the last point"""
        self.facts: dict[str, str] | None = None
        """what the log had told when the next run began"""

    def complete(self) -> bool:
        """Whether the counter reached its plan."""
        return self.total is not None and self.last is not None and self.last + 1 - self.counts_from >= self.total

    def accepts(self, step: int, total: int | None, clock: float | None) -> bool:
        """Whether a line of `step` of `total` belongs to this run and does not open the next one."""
        if self.last is None:
            return True
        if total != self.total:
            return step > self.last and self.total is None
        if step <= self.last and self.replaced and self.first is not None and step <= self.first:
            return False
        if step > self.last or not self.complete():
            return True
        if self.restarted or step not in self.recent:
            return False
        back = None if clock is None or self.last_clock is None else self.last_clock - clock
        return self.falls != "start" or back is None or back <= 2 + 0.05 * (self.last_clock or 0.0)

    def goes_on(self, step: int, total: int | None, clock: float | None) -> bool:
        """Whether a bar that shows `step` of another `total` is this one under a new plan: a new bar begins at 0."""
        if self.last is None or clock is None or self.last_clock is None or total is None or total == self.total:
            return False
        near = not self.complete() or (step - self.last <= NEAR and step < total)
        return step > 1 and self.last <= step <= total and near and self.last_clock <= clock

    def extend(self, rows: Rows) -> int:
        """Take rows as far as they belong to this run; returns how many were taken."""
        steps = rows.steps
        if self.plain(rows):
            self.take(rows)
            return len(steps)
        known = rows.totals is not None
        for i, step in enumerate(steps):
            total = rows.totals[i] if rows.totals is not None else self.total
            clock = rows.clocks[i] if rows.clocks is not None else None
            if not self.accepts(step, total, clock):
                return i
            if known:
                self.total = total
            self.one(step, tuple(None if column is None else column[i] for column in self._of(rows)))
        return len(steps)

    def plain(self, rows: Rows) -> bool:
        """Whether every row moves forward under the same plan."""
        steps = rows.steps
        if (self.last is not None and steps[0] <= self.last) or any(map(le, steps[1:], steps)):
            return False
        totals = rows.totals
        if totals is not None and (
            totals.count(totals[0]) != len(totals) or (self.last is not None and totals[0] != self.total)
        ):
            return False
        return self.falls != "start" or rows.clocks is None or self._forward(rows.clocks)

    def _forward(self, clocks: Sequence[float | None]) -> bool:
        """Whether the clock never falls back."""
        if None in clocks:
            return False
        first, last = clocks[0], self.last_clock
        assert first is not None
        return (last is None or first >= last) and not any(b < a for a, b in pairwise(clocks))  # type: ignore[operator]

    def take(self, rows: Rows) -> None:
        """Append rows that all move forward."""
        steps, n = rows.steps, len(rows.steps)
        self.first = steps[0] if self.first is None else self.first
        if rows.totals is not None:
            self.total = rows.totals[0]
        columns = self._of(rows)
        if self.stride == 1:
            self.steps.extend(steps)
            self.starts.extend(repeat(self.start, n))
            for name, column in zip(NAMES, columns, strict=True):
                self.columns[name].extend(repeat(None, n) if column is None else column)
            while len(self.steps) > LIMIT:
                self.halve()
        else:
            self.take_thinned(steps, columns)
        self.last, self.seen, self.restarted = steps[-1], self.seen + n, False
        self.recent.extend(steps[-RECENT:])
        if rows.clocks is not None and rows.clocks[-1] is not None:
            self.last_clock = rows.clocks[-1]

    def take_thinned(self, steps: Sequence[int], columns: Sequence[Texts]) -> None:
        """Append one point for every `stride` rows: last counter, last clock, mean step time."""
        at, n = 0, len(steps)
        while at < n:
            end = min(n, at + self.stride - self.waiting)
            known = [value for value in columns[1][at:end] if value is not None] if columns[1] is not None else []
            self.total_seconds += sum(known)
            self.timed += len(known)
            self.waiting += end - at
            self.latest = (steps[end - 1], [None if column is None else column[end - 1] for column in columns])
            if self.waiting >= self.stride:
                self.flush()
            at = end

    def take_even(self, first: int, gap: int, times: Sequence[float], factor: float) -> None:
        """Append rows of evenly spaced steps that tell a time alone; `factor` makes it seconds."""
        at, n = 0, len(times)
        while at < n:
            end = min(n, at + self.stride - self.waiting)
            self.total_seconds += sum(times[at:end]) * factor
            self.timed += end - at
            self.waiting += end - at
            self.latest = (first + gap * (end - 1), [None] * len(NAMES))
            if self.waiting >= self.stride:
                self.flush()
            at = end
        self.last, self.seen, self.restarted = first + gap * (n - 1), self.seen + n, False
        self.recent.extend(range(self.last - gap * (min(n, RECENT) - 1), self.last + 1, gap))

    def flush(self) -> None:
        """Make a point of the rows that wait."""
        if not self.waiting or self.latest is None:
            return
        step, values = self.latest
        values[1] = self.total_seconds / self.timed if self.timed and self.total_seconds < LARGEST else None
        self.total_seconds, self.timed, self.waiting, self.latest = 0.0, 0, 0, None
        self.point(step, values)

    def point(self, step: int, values: Sequence[float | None]) -> None:
        """Append one point."""
        self.steps.append(step)
        self.starts.append(self.start)
        for column, value in zip(self.columns.values(), values, strict=False):
            column.append(value)
        if len(self.steps) > LIMIT:
            self.halve()

    def halve(self) -> None:
        """Merge neighbouring points two by two, never across a start."""
        self.stride *= 2
        even = len(self.steps) // 2 * 2
        seconds = self.columns["seconds"]
        self.columns["seconds"] = [mean(pair) for pair in zip(seconds[:even:2], seconds[1::2], strict=True)] + seconds[
            even:
        ]
        self.steps = self.steps[1::2] + self.steps[even:]
        self.starts = self.starts[1::2] + self.starts[even:]
        for name in NAMES:
            if name != "seconds":
                self.columns[name] = self.columns[name][1::2] + self.columns[name][even:]

    def one(self, step: int, values: tuple[float | None, ...]) -> None:
        """Append one row that may repeat a step or fall back."""
        clock = values[0]
        self.first = step if self.first is None else self.first
        if self.last is not None and step <= self.last:
            if not self.restarted and step in self.recent:
                self.amend(step, values)
                return
            self.restart()
        elif self.falls == "start" and clock is not None and self.last_clock is not None and clock < self.last_clock:
            self.restart()
        self.last, self.restarted = step, False
        self.recent.append(step)
        self.seen += 1
        if clock is not None:
            self.last_clock = clock
        if self.stride == 1:
            self.point(step, values)
        else:
            self.take_thinned([step], [None if value is None else [value] for value in values])

    def amend(self, step: int, values: tuple[float | None, ...]) -> None:
        """Complete the last point by what a second line of the same step adds."""
        if self.steps and self.steps[-1] == step:
            for name, value in zip(NAMES, values, strict=True):
                if self.columns[name][-1] is None or (name == "clocks" and self.bars and value is not None):
                    self.columns[name][-1] = value

    def restart(self) -> None:
        """Begin the next start of the same run."""
        self.flush()
        self.start += 1
        self.recent.clear()

    def attach(self, name: str, value: float) -> None:
        """Set `name` of the last point, where it has none."""
        if self.steps and self.columns[name][-1] is None:
            self.columns[name][-1] = value

    def put(self, name: str, value: float) -> None:
        """Set `name` of the last point, whatever it was."""
        if self.stride == 1 and self.steps:
            self.columns[name][-1] = value

    def lengthen(self, seconds: float) -> None:
        """Add to the time of the last point, where it has one."""
        times = self.columns["seconds"]
        if self.stride == 1 and times and times[-1] is not None and 0 <= seconds < LARGEST:
            times[-1] += seconds

    def _of(self, rows: Rows) -> tuple[Texts, ...]:
        return rows.clocks, rows.seconds, rows.losses, rows.rates, rows.mfus


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of the known values, `None` where there is none."""
    known = [value for value in values if value is not None] if None in values else values
    return sum(known) / len(known) if known else None  # type: ignore[arg-type]
