"""Several runs whose lines are mixed in one log: which line belongs to which."""

from __future__ import annotations

import msgspec

from traincast.findings import finding
from traincast.runlog import Point, RunLog

REACH = 10
"""usual gaps between two lines of a run that one gap may have"""
RETURNS = 3
"""times that the lines must go back to an earlier run before they are taken for mixed: a resume never does"""
MOST = 8
"""runs that are followed at once"""


class Strand(msgspec.Struct, kw_only=True):
    """The newest counter of one run."""

    number: int
    step: int
    gap: int = 1
    count: int = 1


class Strands:
    """Gives each counter, in order of the lines, the number of the run that it continues."""

    def __init__(self) -> None:
        self.heads: list[Strand] = []
        self.returns = 0
        self._current: Strand | None = None
        self._next = 0

    @property
    def mixed(self) -> bool:
        """Whether the lines of several runs are interleaved."""
        return self.returns >= RETURNS

    def place(self, step: int) -> int:
        """The number of the run to which the line of `step` belongs."""
        current = self._current
        if current is not None and 0 <= step - current.step <= current.gap:
            return self._advance(current, step)
        near = [head for head in self.heads if 0 < step - head.step <= REACH * head.gap]
        if near:
            return self._advance(min(near, key=lambda head: (step - head.step, head is not current)), step)
        if current is not None and step > current.step:
            return self._advance(current, step)
        self._current = Strand(number=self._next, step=step)
        self.heads = [*self.heads[-MOST + 1 :], self._current]
        self._next += 1
        return self._current.number

    def _advance(self, head: Strand, step: int) -> int:
        """`step` continues `head`."""
        if head is not self._current:
            self.returns += 1
            self._current = head
        if step > head.step:
            head.gap = step - head.step
            head.count += 1
        head.step = step
        return head.number


def untangle(log: RunLog) -> list[RunLog]:
    """`log` alone, or one log for each of the runs that are mixed in it, the longest first.

    Each says which step of the longest the others set in at.
    """
    strands = Strands()
    numbers = [strands.place(point.step) for point in log.points]
    if not strands.mixed:
        return [log]
    runs: dict[int, list[Point]] = {}
    for number, point in zip(numbers, log.points, strict=True):
        runs.setdefault(number, []).append(point)
    longest = max(runs, key=lambda number: len(runs[number]))
    others = [number for number in runs if number != longest and len(runs[number]) > 1]
    note = finding("interleaved", count=str(1 + len(others)), step=str(joined(numbers, log.points, longest, others)))
    return [
        msgspec.structs.replace(
            log,
            points=[msgspec.structs.replace(point, start=0) for point in runs[number]],
            findings=[*log.findings, note],
        )
        for number in sorted([longest, *others], key=lambda number: -len(runs[number]))
    ]


def joined(numbers: list[int], points: list[Point], longest: int, others: list[int]) -> int:
    """Counter of the longest run when the first line of another came."""
    step = points[0].step
    for number, point in zip(numbers, points, strict=True):
        if number == longest:
            step = point.step
        elif number in others:
            return step
    return step
