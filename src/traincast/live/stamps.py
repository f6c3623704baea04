"""Clocks for logs that have none: each line is timed as it arrives."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.reading.columns import Columns
from traincast.reading.layer import LayerState


class Arrival:
    """When the block that is being read arrived, and the one before it; Unix seconds."""

    def __init__(self) -> None:
        self.before: float | None = None
        """`None` while it is not known since when lines are written: the first ones may be as old as the command, or
        all new after a long start"""
        self.at: float | None = None
        """`None` where nobody saw the block arrive"""

    def now(self, at: float | None) -> None:
        """The next block arrived `at`."""
        self.before = self.at if self.at is not None else self.before
        self.at = at


class StampedColumns(Columns):
    """Columns of a layer whose rows get their arrival where they print no clock."""

    def __init__(self, state: LayerState, arrival: Arrival) -> None:
        super().__init__(state.layer, state.pattern)
        self.arrival = arrival
        self.used = False
        """whether any row was timed so"""

    def clocks(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """The printed clock, else the arrival, spread evenly over the rows that came together."""
        own = super().clocks(columns)
        if own is not None or self.arrival.at is None:
            return own
        self.used = True
        count, at = len(columns[0]), self.arrival.at
        before, self.arrival.before = self.arrival.before, at
        if before is None or count == 1:
            return [None] * (count - 1) + [at]
        return [before + (at - before) * (i + 1) / count for i in range(count)]


def stamp(states: Sequence[LayerState], arrival: Arrival) -> list[StampedColumns]:
    """Give layers the columns that time what arrives."""
    columns = []
    for state in states:
        state.columns = StampedColumns(state, arrival)
        columns.append(state.columns)
    return columns
