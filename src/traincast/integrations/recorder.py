"""`track` and `step`: time the steps of a training loop from inside it, for less than a microsecond a step.

No framework is imported and no device is synchronised unless asked. Rows are kept for about a second and then
appended to a file that `traincast read`, `forecast` and `watch` read.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from time import perf_counter, time
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from traincast.errors import UsageError
from traincast.integrations.journal import Fact, Journal

if TYPE_CHECKING:
    from traincast.integrations.progress import Line

T = TypeVar("T")

FLUSH = 1.0
"""s between two writes: what a kill -9 can lose"""
GRAIN = 0.005
"""s; of faster steps only some get a row of their own"""
JUMP = 1.0
"""s by which wall clock and monotonic clock may part before the wall clock is followed: a suspended machine"""
RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
Row = tuple[int, float, float | None]
"""steps done, monotonic clock, mean seconds inside `step()` since the row before"""


class Recorder:
    """Counts the steps of one run and keeps their times. Made by `track` and `step`."""

    def __init__(
        self,
        *,
        steps: int | None = None,
        log: str | os.PathLike[str] | None = None,
        first: int = 0,
        sync: Callable[[], object] | None = None,
        progress: bool | None = None,
        facts: dict[str, Fact] | None = None,
    ) -> None:
        self.steps = steps
        self.first = first
        self.count = first
        """steps done"""
        self.by_hand = False
        """whether `step()` counts, and not the loop of `track`"""
        self.due = 0.0
        self._sync = sync
        self._flush_due = 0.0
        self._rows: list[Row] = []
        self._written = first
        """steps done as far as the journal tells"""
        self._inside = 0.0
        self._inside_count = 0
        self._entered = 0.0
        self._ended = False
        known = checked(facts or {})
        leader = rank() == 0
        log = log or os.environ.get("TRAINCAST_LOG") or None
        self.journal = Journal(log) if leader and log else None
        self._began = perf_counter()
        self._offset = time() - self._began
        if self.journal:
            self.journal.head(first=first, steps=steps, began=time(), facts=known)
        self._progress = line_for(steps, first, progress) if leader else None
        if self.journal or self._progress:
            self.row(first, self._began)
        else:
            self.due = float("inf")

    def over(self, iterable: Iterable[T]) -> Iterator[T]:
        """`iterable`, one step an item."""
        clock = perf_counter
        count = self.count
        try:
            for item in iterable:
                yield item
                if self.by_hand:
                    continue
                count += 1
                now = clock()
                if now >= self.due:
                    self.row(count, now)
        except BaseException:
            self._pause(count)
            raise
        self._pause(count, over=True)

    def _pause(self, count: int, *, over: bool = False) -> None:
        """The loop is left: write what is held; `over` where it came to its end."""
        if not self.by_hand:
            self.count = count
        self.flush(at_end=True)
        if over and (self.steps is None or self.count >= self.steps):
            self.end()

    def take_over(self) -> None:
        """Count by `step()` from here on: what the loop counted so far were batches of the first step."""
        self.by_hand = True
        if self.count == self.first:
            return
        self.count, self._rows = self.first, []
        if self.journal and self._written > self.first:
            self.journal.head(first=self.first, steps=self.steps, began=time(), facts={})
            self._rows = [(self.first, self._began, None)]

    def enter(self) -> None:
        """A step begins."""
        self._entered = perf_counter()

    def leave(self) -> None:
        """A step is over."""
        self.count += 1
        now = perf_counter()
        self._inside += now - self._entered
        self._inside_count += 1
        if now >= self.due:
            self.row(self.count, now)

    def row(self, count: int, now: float) -> None:
        """Keep a row for `count` steps done at `now`; write all rows about once a second."""
        if self._sync is not None:
            self._sync()
            now = perf_counter()
        self.count = count
        seconds = self._inside / self._inside_count if self._inside_count else None
        self._inside, self._inside_count = 0.0, 0
        self._rows.append((count, now, seconds))
        self.due = now + GRAIN
        if now >= self._flush_due:
            self.flush()

    def flush(self, *, at_end: bool = False) -> None:
        """Write the rows that are held, the last step among them where the loop is left."""
        now = perf_counter()
        if at_end and (not self._rows or self._rows[-1][0] != self.count) and self.due != float("inf"):
            self._rows.append((self.count, now, None))
        self._flush_due = now + FLUSH
        offset = time() - now
        if abs(offset - self._offset) > JUMP:
            self._offset = offset
        rows, self._rows = self._rows, []
        if self.journal and rows:
            self.journal.write("".join(map(self._text, rows)))
            self._written = rows[-1][0]
        if self._progress:
            self._progress.show(rows, self._offset, last=at_end)

    def _text(self, row: Row) -> str:
        """One row as a line."""
        count, now, seconds = row
        text = f'{{"step":{count},"time":{now + self._offset:.6f},"elapsed":{now - self._began:.6f}'
        return text + ("}\n" if seconds is None else f',"step_seconds":{seconds:.9f}}}\n')

    def end(self) -> None:
        """The run is over."""
        if not self._ended:
            self._ended = True
            if self.journal:
                self.journal.end(self.count, time=perf_counter() + self._offset)

    def longer(self, steps: int) -> None:
        """The plan grows to `steps`: another epoch begins."""
        self.steps, self._ended = steps, False
        if self.journal:
            self.journal.plan(steps)


class Step:
    """The context of one step."""

    __slots__ = ("recorder",)

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> None:
        self.recorder.enter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.recorder.leave()


class Present:
    """The recorder of this process that `step` counts on, and those that may go on: by path of their file."""

    step: Step | None = None
    by_path: dict[str, Recorder] = {}  # noqa: RUF012 (one a process)


def track(
    iterable: Iterable[T],
    *,
    steps: int | None = None,
    log: str | os.PathLike[str] | None = None,
    first: int = 0,
    sync: Callable[[], object] | None = None,
    progress: bool | None = None,
    **facts: Fact,
) -> Iterator[T]:
    """The items of `iterable`, each one step, timed.

    `steps` is the plan of the whole run; without it, `first` + `len(iterable)` where that is known. `log` is a file
    that rows are appended to (also `TRAINCAST_LOG`); a second loop over the same file goes on counting. `first` is
    the number of steps done before, after a resume. `sync` is called before a time is taken
    (`torch.cuda.synchronize`). `progress` shows a line with the time that remains; by default on a terminal. `facts`
    are fields of `traincast.runlog.Facts` (`tokens_per_step=...`). Only rank 0 records. Raises UsageError.
    """
    planned = steps
    if steps is None and isinstance(iterable, Sized):
        planned = first + len(iterable)
    path = os.path.abspath(log) if log else ""  # noqa: PTH100 (pathlib is not imported for this)
    recorder = Present.by_path.get(path)
    if recorder is None:
        recorder = Recorder(steps=planned, log=log, first=first, sync=sync, progress=progress, facts=facts)
        if path:
            Present.by_path[path] = recorder
    elif steps is None and planned is not None and recorder.steps is not None:
        recorder.longer(max(recorder.steps, recorder.count + planned - first))
    Present.step = Step(recorder)
    return recorder.over(iterable)


def step(
    *,
    steps: int | None = None,
    log: str | os.PathLike[str] | None = None,
    first: int = 0,
    sync: Callable[[], object] | None = None,
    progress: bool | None = None,
    **facts: Fact,
) -> Step:
    """A context that is one optimizer step: `with traincast.step(): ...`.

    Inside a loop of `track` it counts in place of the loop (several batches a step); by itself the first call sets
    up the recorder, with the options of `track`. What lies between two steps (evaluations, checkpoints) is told
    apart from the steps. Raises UsageError.
    """
    present = Present.step
    if present is None:
        recorder = Recorder(steps=steps, log=log, first=first, sync=sync, progress=progress, facts=facts)
        atexit.register(recorder.flush, at_end=True)
        present = Present.step = Step(recorder)
    if not present.recorder.by_hand:
        present.recorder.take_over()
    return present


def checked(facts: dict[str, Fact]) -> dict[str, Fact]:
    """`facts` if all are fields of `Facts`; raises UsageError."""
    if facts:
        from traincast.runlog import Facts  # only who gives facts pays for it

        wrong = sorted(set(facts) - set(Facts.__struct_fields__))
        if wrong:
            raise UsageError("track knows no {wrong!r}", hint="give fields of traincast.runlog.Facts", wrong=wrong[0])
    return facts


def rank() -> int:
    """Number of this process among those of the run; 0 where it is alone."""
    text = next((os.environ[name] for name in RANKS if os.environ.get(name)), "0")
    return int(text) if text.isdigit() else 0


def line_for(steps: int | None, first: int, progress: bool | None) -> Line | None:
    """The progress line, where one is wanted."""
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        return None
    from traincast.integrations.progress import Line as Shown  # forecasts are imported only where they are shown

    return Shown(steps, first)
