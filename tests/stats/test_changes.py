"""The ladder of the change detector: noise and drift find nothing, a lasting change is found where it is."""

from __future__ import annotations

import random

import pytest

from traincast.stats.changes import change, changes


def noisy(shape: list[float], noise: float, seed: int) -> list[float]:
    """`shape` times log-normal noise."""
    draw = random.Random(seed)
    return [value * draw.lognormvariate(0, noise) for value in shape]


@pytest.mark.parametrize("rates", [[], [1.0], [1.0] * 23, [1.0] * 500])
def test_nothing_and_a_constant_have_no_change(rates: list[float]) -> None:
    """Too short, or nothing to see."""
    assert change(rates) is None


@pytest.mark.parametrize("noise", [0.001, 0.01, 0.1, 0.5])
def test_noise_finds_nothing(noise: float) -> None:
    """No change in 50 seeded series of any noise."""
    assert [change(noisy([1.0] * 200, noise, seed)) for seed in range(50)] == [None] * 50


def test_half_the_speed_from_step_60_on() -> None:
    """1 s then 2 s with 5 % noise: found within one place, sizes within 5 %."""
    found = change(noisy([1.0] * 60 + [2.0] * 40, 0.05, 1))

    assert found is not None
    assert abs(found.index - 60) <= 1
    assert found.ratio == pytest.approx(2, rel=0.05)


def test_slow_drift_is_not_a_step() -> None:
    """2 % over 400 rates stays below the 3 % that a change must have."""
    assert change(noisy([1 + 0.02 * i / 400 for i in range(400)], 0.005, 2)) is None


def test_two_changes_are_both_found() -> None:
    """1, 2, 1 s: an episode on a shared machine."""
    found = changes(noisy([1.0] * 100 + [2.0] * 100 + [1.0] * 100, 0.03, 3))

    assert [round(one.index, -1) for one in found] == [100, 200]
    assert [round(one.ratio, 1) for one in found] == [2.0, 0.5]
