"""Clocks for logs that have none or a coarse one: each line is timed as it arrives."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial

from traincast.reading.columns import Columns
from traincast.reading.dialect import Layer
from traincast.reading.layer import LayerState

GRAIN = 0.05
"""s within which lines are read together"""
COARSE = 0.5
"""s; a printed clock of such ticks, or longer ones, is refined"""
MOSTLY = 0.9
"""share of rows whose arrival must agree with what they print"""


class Arrival:
    """When the block that is being read arrived, and the one before it; Unix seconds."""

    def __init__(self) -> None:
        self.before: float | None = None
        """`None` while it is not known since when lines are written: the first ones may be as old as the command, or
        all new after a long start"""
        self.at: float | None = None
        """`None` where nobody saw the block arrive"""
        self.used = False
        """whether any row was timed by it alone"""

    def now(self, at: float | None) -> None:
        """The next block arrived `at`."""
        self.before = self.at if self.at is not None else self.before
        self.at = at


class StampedColumns(Columns):
    """Columns of a layer whose rows get their arrival where they print no clock."""

    def __init__(self, layer: Layer, pattern: re.Pattern[str], *, arrival: Arrival) -> None:
        super().__init__(layer, pattern)
        self.arrival = arrival

    def clocks(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """The printed clock, else the arrival."""
        own = super().clocks(columns)
        if own is not None or self.arrival.at is None:
            return own
        self.arrival.used = True
        found = self.arrivals(len(columns[0]))
        self.arrival.before = self.arrival.at
        return found

    def arrivals(self, count: int) -> list[float | None]:
        """Arrival of the newest `count` rows, Unix seconds, spread evenly over those that came together."""
        assert self.arrival.at is not None
        at, before = self.arrival.at, self.arrival.before
        if before is None or count == 1:
            return [None] * (count - 1) + [at]
        return [before + (at - before) * (i + 1) / count for i in range(count)]


class FinerColumns(StampedColumns):
    """Columns of a layer whose rows print a coarse clock: where between two ticks a row stands, its arrival tells.

    A row that prints `v` was written between v and one tick later. Arrivals less the least that any was later than its
    print are such moments, known to the grain of reading; where one is not, the print decides. The clock of a bar that
    begins anew with each epoch does not hold what happens between them: there arrivals count alone.
    """

    def __init__(self, layer: Layer, pattern: re.Pattern[str], *, arrival: Arrival) -> None:
        super().__init__(layer, pattern, arrival=arrival)
        self.printed_tick: float | None = None
        self.late = math.inf
        self.count = self.agreed = 0

    def clocks(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """The printed clock, with what arrival adds to it."""
        printed = Columns.clocks(self, columns)
        if printed is None or self.arrival.at is None:
            return printed
        if self.printed_tick is None:
            self.printed_tick = (self.clock.resolution if self.clock.kind else self.resolution) or 0.0
        if self.printed_tick < COARSE:
            return printed
        elapsed = self.texts("elapsed", columns)
        most = math.inf if elapsed is not None and elapsed[1].resets == "epoch" else self.printed_tick
        arrivals = self.arrivals(len(printed))
        finer = [self.between(value, arrived, most) for value, arrived in zip(printed, arrivals, strict=True)]
        self.resolution = self.clock.resolution = GRAIN if self.agreed >= MOSTLY * self.count else self.printed_tick
        return finer

    def between(self, value: float | None, arrived: float | None, most: float) -> float | None:
        """The moment of a row, seconds on the printed clock, at most `most` after what it prints."""
        if value is None or arrived is None:
            return value
        self.late = min(self.late, arrived - value)
        self.count += 1
        self.agreed += arrived - self.late < value + most + GRAIN
        return min(arrived - self.late, value + most)


def stamp(states: Sequence[LayerState], arrival: Arrival, kind: type[StampedColumns] = StampedColumns) -> None:
    """Give layers the columns that time what arrives."""
    for state in states:
        state.make = partial(kind, arrival=arrival)
        state.columns = state.make(state.layer, state.pattern)
