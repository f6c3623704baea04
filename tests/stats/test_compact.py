"""A long series made short: what is summed, what stays alone, and that nothing is lost."""

from __future__ import annotations

import math

import pytest

from traincast.runlog import Series
from traincast.stats.compact import MOST, NEWEST, compact, pause_marks


def intervals(seconds: list[float], *, steps: int = 10, start: list[int] | None = None) -> Series:
    """A series of equal numbers of steps."""
    return Series(
        last=[steps * (i + 1) for i in range(len(seconds))], steps=[steps] * len(seconds), seconds=list(seconds),
        start=start or [0] * len(seconds), pauses_inside=True, basis="clock", resolution=0.5,
    )  # fmt: skip


def same_in_all(one: Series, other: Series) -> None:
    """Sums, last step and what is told of the clock are those of the long series."""
    assert math.isclose(sum(one.seconds), sum(other.seconds))
    assert sum(one.steps) == sum(other.steps)
    assert one.last[-1] == other.last[-1]
    assert (one.pauses_inside, one.basis, one.resolution) == (other.pauses_inside, other.basis, other.resolution)


def test_a_short_series_stays_as_it_is() -> None:
    """256 intervals are no more than 256."""
    series = intervals([1.0] * MOST)

    assert compact(series) is series
    assert compact(series, most=MOST - 1) is not series


def test_neighbours_are_summed_and_the_newest_are_not() -> None:
    """300 intervals: 252 become 126 pairs, the last 48 stay: 174."""
    series = intervals([float(i) for i in range(1, 301)])
    short = compact(series)

    assert len(short.last) == 126 + NEWEST
    assert (short.seconds[0], short.steps[0], short.last[0]) == (1.0 + 2.0, 20, 20)
    assert short.seconds[125] == 251.0 + 252.0
    assert short.seconds[-NEWEST:] == series.seconds[-NEWEST:]
    assert short.steps[-NEWEST:] == [10] * NEWEST
    same_in_all(short, series)


def test_a_pause_stays_alone() -> None:
    """50 s among steps of 1 s is not mixed with its neighbours; the pair beside it closes before it."""
    series = intervals([1.0] * 301)
    series.seconds[101] = 50.0
    short = compact(series)
    place = short.seconds.index(50.0)

    assert short.steps[place] == 10
    assert short.last[place] == 1020
    assert short.seconds[place - 1 : place + 2] == [1.0, 50.0, 2.0]
    same_in_all(short, series)


def test_no_interval_spans_two_starts() -> None:
    """A resume after 151 intervals: the odd one out stays alone."""
    series = intervals([1.0] * 302, start=[0] * 151 + [1] * 151)
    short = compact(series)

    assert sum(seconds for seconds, start in zip(short.seconds, short.start, strict=True) if start == 0) == 151
    assert sorted(set(short.start)) == [0, 1]
    same_in_all(short, series)


def test_pauses_that_fill_the_room_are_summed_too() -> None:
    """Every fourth of 2000 intervals is a pause: alone they would be 500."""
    series = intervals([9.0 if i % 4 == 3 else 1.0 for i in range(2000)])
    short = compact(series)

    assert len(short.last) <= MOST
    assert short.seconds[-NEWEST:] == series.seconds[-NEWEST:]
    same_in_all(short, series)


def test_as_many_starts_as_intervals_end_the_search() -> None:
    """Nothing can be summed: the series comes back as long as it was."""
    series = intervals([1.0] * 400, start=list(range(400)))

    assert len(compact(series).last) == 400


@pytest.mark.parametrize(("pauses", "marked"), [(25, 25), (26, 0)])
def test_pauses_that_are_the_rule_are_not_marked(pauses: int, marked: int) -> None:
    """Up to a quarter of 100 intervals are pauses; more are how the run is."""
    assert sum(pause_marks(intervals([50.0] * pauses + [1.0] * (100 - pauses)))) == marked


def test_a_rate_counts_and_not_the_seconds() -> None:
    """40 s for 40 steps among 1 s for one step is no pause; 40 s for one step is."""
    series = intervals([1.0] * 20, steps=1)
    series.seconds[5], series.steps[5] = 40.0, 40
    series.seconds[9] = 40.0

    assert [i for i, mark in enumerate(pause_marks(series)) if mark] == [9]
