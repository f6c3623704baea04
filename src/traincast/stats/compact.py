"""A series of any length as one of bounded length: neighbours are summed, pauses stay alone."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.runlog import Series
from traincast.stats.pauses import ceiling

MOST = 256
"""intervals that are kept; the backtest is as good with 64 as with 4000"""
NEWEST = 48
"""intervals at the end that are not summed, so that a change of speed shows as soon as it would in a short log"""


def _sum_pairs(series: Series, alone: Sequence[bool]) -> tuple[Series, list[bool]]:
    """Neighbouring intervals summed two by two, within one start; those marked `alone` are kept as they are."""
    last: list[int] = []
    steps: list[int] = []
    seconds: list[float] = []
    start: list[int] = []
    marks: list[bool] = []
    open_pair = False
    for i, mark in enumerate(alone):
        if open_pair and not mark and not marks[-1] and start[-1] == series.start[i]:
            last[-1] = series.last[i]
            steps[-1] += series.steps[i]
            seconds[-1] += series.seconds[i]
            open_pair = False
            continue
        last.append(series.last[i])
        steps.append(series.steps[i])
        seconds.append(series.seconds[i])
        start.append(series.start[i])
        marks.append(mark)
        open_pair = not mark
    return replaced(series, last, steps, seconds, start), marks


def replaced(series: Series, last: list[int], steps: list[int], seconds: list[float], start: list[int]) -> Series:
    """`series` with other columns."""
    return Series(
        last=last,
        steps=steps,
        seconds=seconds,
        start=start,
        pauses_inside=series.pauses_inside,
        basis=series.basis,
        resolution=series.resolution,
    )


def pause_marks(series: Series, share: float = 0.25) -> list[bool]:
    """Which intervals hold a pause; none where more than `share` of them would: then they are the rule."""
    rates = [s / n for s, n in zip(series.seconds, series.steps, strict=True)]
    limit = ceiling(rates)
    marks = [rate > limit for rate in rates]
    return marks if sum(marks) <= share * len(marks) else [False] * len(marks)


def compact(series: Series, most: int = MOST) -> Series:
    """`series` in at most `most` intervals; sums of steps and seconds stay, and the newest intervals as they are."""
    if len(series.last) <= most:
        return series
    marks = [*pause_marks(series)]
    marks[-NEWEST:] = [True] * NEWEST
    while len(series.last) > most:
        before = len(series.last)
        series, marks = _sum_pairs(series, marks)
        if len(series.last) > 0.8 * before:  # pauses fill the room: they are summed too
            if len(series.last) == before and not any(marks[:-NEWEST]):  # as many starts as intervals
                break
            marks = [False] * (len(marks) - NEWEST) + [True] * NEWEST
    return series
