"""What step lines say is left of the run, and the clock that this makes where the log has no other.

A trainer that reckons with the mean of all its steps prints R = T (N - k) / k after k of N steps, T seconds after its
begin. R and N tell T, pauses inside, as exactly as R is printed: to k / (N - k) ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from traincast.reading.values import SECONDS, time_span
from traincast.runlog import RunLog

MOST = 4096
"""lines that are kept; then every second one"""
TICKS = 20
"""ticks that an interval of the clock should have: its error is then below 3 %"""
SELDOM = 0.02
"""share of lines at which a clock by the mean of all steps may seem to go back"""
PLAUSIBLE = (0.3, 30.0)
"""seconds a step by this clock over printed ones, beyond which the plan cannot be the one that the trainer has"""


class Lefts:
    """(step, seconds left, seconds of a tick) of step lines, thinned where there are many."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, float, float]] = []
        self.newest: tuple[int, float] | None = None
        self.stride = 1
        self.passed = 0

    def see(self, texts: Sequence[str], steps: Sequence[int], unit: str = "text") -> None:
        """Lines in order; a counter that falls back begins anew. `unit` is of bare numbers."""
        factor = SECONDS.get(unit, 1.0)
        if self.newest and steps[0] <= self.newest[0]:
            self.kept, self.newest, self.stride, self.passed = [], None, 1, 0
        for i in range(-self.passed % self.stride, len(steps), self.stride):
            if seconds := time_span(texts[i]):
                self.kept.append((steps[i], seconds * factor, tick(texts[i]) * factor))
        self.passed += len(steps)
        while len(self.kept) > MOST:
            self.kept, self.stride = self.kept[::2], 2 * self.stride
        if seconds := time_span(texts[-1]):
            self.newest = steps[-1], seconds * factor

    def ends(self) -> list[tuple[int, float]]:
        """(step, seconds left) of the first and the newest line."""
        first = [self.kept[0][:2]] if self.kept else []
        return [*first, *([self.newest] if self.newest and self.newest not in first else [])]


def tick(text: str) -> float:
    """Seconds to which a duration is cut."""
    decimals = text.partition(".")[2]
    return 10.0 ** -sum(map(str.isdigit, decimals)) if decimals else 1.0


def set_times(log: RunLog, kept: Sequence[tuple[int, float, float]], *, by_mean: bool) -> None:
    """Give those points a clock at which it is exact enough; none where plan and lines do not fit together.

    Where it is not known that the trainer takes the mean of all steps (`by_mean`), the clock shows it by never going
    back; else what is left is the newest pace times the steps to come, so that each line tells a step time.
    """
    planned, points = log.facts.steps_planned, log.points
    if planned is None or any(point.clock is not None for point in points) or len({p.start for p in points}) != 1:
        return
    if any(note.code == "plan-derived" for note in log.findings):
        return
    first = points[0].step + 1 - log.counts_from
    gap = min((b.step - a.step for a, b in pairwise(points)), default=1)
    begun = 0 if first <= 2 * gap else first - gap  # an excerpt, or resumed: what came before is not told
    lines = [
        (step, seconds + each / 2, each, step + 1 - log.counts_from)
        for step, seconds, each in kept
        if begun < step + 1 - log.counts_from < planned
    ]
    if by_mean or rises(lines, planned, begun):
        clocks = exact(lines, planned, begun)
        if len(clocks) < 3 or not plausible(log, clocks):
            return
        for point in points:
            point.clock = clocks.get(point.step)
        log.clock_kind, log.thin_clock = "elapsed", True
    else:
        paces = {step: left / (planned - done) for step, left, each, done in lines if left > TICKS * each}
        for point in points:
            point.step_seconds = paces.get(point.step)
        log.span = "interval"


def rises(lines: Sequence[tuple[int, float, float, int]], planned: int, begun: int) -> bool:
    """Whether the clock that the mean of all steps would make never goes back, by more than its ticks and seldom."""
    clocks = [
        (left * share, each * share) for _, left, each, done in lines for share in [(done - begun) / (planned - done)]
    ]
    falls = sum(b[0] + b[1] < a[0] - a[1] for a, b in pairwise(clocks))
    return falls <= SELDOM * len(clocks)


def exact(lines: Sequence[tuple[int, float, float, int]], planned: int, begun: int) -> dict[int, float]:
    """Step -> seconds since the trainer's begin, where enough ticks have passed since the one before."""
    clocks: dict[int, float] = {}
    newest = -1.0
    for step, left, each, done in lines:
        share = (done - begun) / (planned - done)
        if not clocks or left * share - newest >= TICKS * each * share:
            clocks[step] = newest = left * share
    return clocks


def plausible(log: RunLog, clocks: dict[int, float]) -> bool:
    """Whether the clock tells step times like the printed ones, as far as any are."""
    printed = [point.step_seconds for point in log.points if point.step_seconds]
    steps, times = list(clocks), list(clocks.values())
    pace = (times[-1] - times[0]) / (steps[-1] - steps[0])
    return not printed or PLAUSIBLE[0] < pace / median(printed) < PLAUSIBLE[1]
