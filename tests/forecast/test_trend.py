"""Steps that get longer while they are watched."""

from __future__ import annotations

import math

import pytest

from courses import changed, course
from traincast.forecast import forecast
from traincast.forecast.trend import trend
from traincast.phases import anatomy


def factor(times: list[float], seen: int) -> float:
    """ln of the mean of the rest over the mean of the first `seen`, as the slope leads one to expect."""
    _, series = course(times[:seen])
    found = anatomy(series)
    assert found is not None
    return trend(found, seen - 1, len(times) - seen)


@pytest.mark.parametrize("noise", [0.001, 0.01, 0.1])
def test_steady_steps_have_no_trend(noise: float) -> None:
    """Below half a standard error of the mean, of five runs."""
    found = [abs(factor(changed(400, lambda _: 1.0, seed=seed, noise=noise), 200)) for seed in range(5)]

    assert max(found) < noise


@pytest.mark.parametrize("rise", [0.08, -0.08])
def test_half_of_a_clear_trend_is_believed(rise: float) -> None:
    """A rise that ended half-way: the line through it is half as steep, and half of that is drawn on, less noise."""
    found = factor(changed(400, lambda k: math.exp(rise * min(k, 100) / 400), noise=0.001), 200)
    at_most = 0.5 * rise / 400 * 0.5 * 190

    assert 0.5 < found / at_most < 1


def test_a_trend_that_both_halves_show_is_believed() -> None:
    """8 % over 400 steps throughout: the middle of the next 200 lies 200 steps behind the first's."""
    found = factor(changed(400, lambda k: math.exp(0.08 * k / 400), noise=0.0005), 200)

    assert found == pytest.approx(0.08 * 200 / 400, rel=0.1)


def test_a_trend_is_not_drawn_on_for_ever() -> None:
    """Of 100,000 steps to come only twice as many as were seen are thought to go on."""
    rising = changed(200, lambda k: 1 + k / 1000, noise=0.001)

    assert factor([*rising, *([1.2] * 100_000)], 200) == pytest.approx(factor([*rising, *([1.2] * 400)], 200), rel=0.05)


def test_few_lines_have_no_trend() -> None:
    """19 lines make four blocks."""
    assert factor(changed(100, lambda k: 1 + k / 100, noise=0.001), 19) == 0


def test_growing_responses_are_forecast_better_than_by_their_mean() -> None:
    """Steps of a reinforced policy that answers at greater length: 10 to 16 s over 600 steps, known at 200."""
    times = changed(600, lambda k: 10 + k / 100, noise=0.05)
    log, series = course(times[:200], total=600)
    remaining = forecast(log, series).remaining
    truth = math.fsum(times[200:])
    mean = math.fsum(times[:200]) / 200 * 400
    assert remaining is not None

    assert abs(remaining.value / truth - 1) < 0.8 * abs(mean / truth - 1)
