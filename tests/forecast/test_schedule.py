"""Declared schedules of the work of a step."""

from __future__ import annotations

import math

import pytest

from courses import changed, course
from traincast.errors import UsageError
from traincast.forecast import forecast
from traincast.forecast.schedule import fitted, levelled, line, parse_schedule, to_come
from traincast.runlog import Series

TEXT = "0:1,400:2,800:4"


def staged(seconds_of: dict[float, float], n: int = 1200, noise: float = 0.01) -> list[float]:
    """Steps of the three stages of `TEXT`, with noise."""
    schedule = parse_schedule(TEXT)
    return changed(n, lambda k: seconds_of[schedule.at(k)], noise=noise)


def error(times: list[float], seen: int, schedule: str | None = TEXT) -> float:
    """Forecast over truth of the remaining time, minus 1."""
    log, series = course(times[:seen], total=len(times))
    remaining = forecast(log, series, schedule=schedule).remaining
    assert remaining is not None
    return remaining.value / math.fsum(times[seen:]) - 1


def test_stages_are_cut_where_they_begin() -> None:
    """Counters 390 to 809: ten of work 1, 400 of work 2, ten of work 4."""
    assert parse_schedule(TEXT).stages(390, 810) == [(10, 1.0), (400, 2.0), (10, 4.0)]


@pytest.mark.parametrize("text", ["", "fast", "0:1,0:2", "0:0", "0:-1", "-5:1", "0:1;5:2", "0:nan"])
def test_what_is_no_schedule_is_told(text: str) -> None:
    """One line, and how to write one."""
    with pytest.raises(UsageError) as raised:
        parse_schedule(text)

    assert "0:1,1000:2" in raised.value.hint


def test_work_in_proportion_is_forecast_before_it_is_seen() -> None:
    """1, 2, 4 s: a quarter into the first stage within 5 %, where without the schedule it is off by a half."""
    times = staged({1: 1.0, 2: 2.0, 4: 4.0})

    assert abs(error(times, 100)) < 0.05
    assert error(times, 100, None) < -0.5


def test_a_fixed_share_is_learnt_from_two_stages() -> None:
    """1, 1.7, 3.1 s = .3 + .7 w: too much before the second stage, within 2 % after ten steps of it."""
    times = staged({1: 1.0, 2: 1.7, 4: 3.1})

    assert error(times, 300) > 0.1
    assert abs(error(times, 410)) < 0.02


def test_a_work_never_seen_widens_the_interval() -> None:
    """Before the second stage the interval holds the truth although .3 s of a step are fixed."""
    times = staged({1: 1.0, 2: 1.7, 4: 3.1})
    log, series = course(times[:300], total=len(times))
    plain = forecast(log, series).remaining
    told = forecast(log, series, schedule=TEXT).remaining
    assert plain is not None
    assert told is not None
    assert plain.relative_width is not None
    assert told.relative_width is not None

    assert told.relative_width > plain.relative_width
    assert told.contains(math.fsum(times[300:]))


def test_a_levelled_series_has_no_stages() -> None:
    """100 steps of 1 s and 100 of 2 s are 200 of 2 s."""
    schedule = parse_schedule("0:1,100:2")
    series = Series(
        last=list(range(200)), steps=[1] * 200, seconds=[1.0] * 100 + [2.0] * 100, start=[0] * 200, pauses_inside=True
    )

    assert levelled(series, schedule, fitted(series, schedule)).seconds == pytest.approx([2.0] * 200)


def test_an_interval_across_a_boundary_is_levelled_by_its_parts() -> None:
    """Five steps of 1 s and five of 2 s in one interval of 15 s are ten of 2 s: 20 s."""
    schedule = parse_schedule("0:1,105:2")
    series = Series(
        last=[*range(9, 200, 10)], steps=[10] * 20, seconds=[10.0] * 10 + [15.0] + [20.0] * 9, start=[0] * 20,
        pauses_inside=True,
    )  # fmt: skip

    assert levelled(series, schedule, fitted(series, schedule)).seconds == pytest.approx([20.0] * 20)


def test_work_to_come_is_counted_in_newest_steps() -> None:
    """After counter 99 in work 1: 300 steps of it, 400 of 2, 400 of 4 are 300 + 800 + 1600."""
    schedule = parse_schedule(TEXT)
    series = Series(last=list(range(100)), steps=[1] * 100, seconds=[1.0] * 100, start=[0] * 100, pauses_inside=True)

    assert to_come(schedule, fitted(series, schedule), 99, 1100)[0] == pytest.approx(2700)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1.0, 1.0), (2.0, 1.7), (4.0, 3.1)], (0.3, 0.7)),
        ([(1.0, 1.0), (2.0, 2.2)], (0.0, 1.6 / 1.5)),
        ([(1.0, 2.0), (2.0, 1.0)], (1.5, 0.0)),
    ],
    ids=["affine", "steeper than proportional", "falling"],
)
def test_the_line_has_neither_negative_offset_nor_slope(
    points: list[tuple[float, float]], expected: tuple[float, float]
) -> None:
    """Worked by hand: means (1.5, 1.6), (1.5, 1.5)."""
    assert line(points) == pytest.approx(expected)
