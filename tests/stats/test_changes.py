"""The ladder of the change detector: noise and drift find nothing, a lasting change is found where it is."""

from __future__ import annotations

import math
import random

import pytest

from traincast.stats.changes import best_split, change, changes, noise


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


def test_noise_is_that_of_neighbouring_differences() -> None:
    """0, 1, 3: gaps of 1 and 2, median 1.5, x 1.4826 / sqrt 2 = 1.5725; one value has none."""
    assert noise([0, 1, 3]) == pytest.approx(1.4826 * 1.5 / math.sqrt(2))
    assert noise([3, 1, 0]) == noise([0, 1, 3])
    assert noise([5.0]) == 0


@pytest.mark.parametrize(
    ("values", "least", "place", "score"),
    [
        ([0, 0, 1, 1], 1, 2, 1.0),  # means 0 and 1, sqrt(1/2 + 1/2) = 1
        ([0, 0, 0, 1], 1, 3, math.sqrt(3 / 4)),  # 1 / sqrt(1/3 + 1/1); the last possible split
        ([1, 0, 0, 0], 1, 1, math.sqrt(3 / 4)),  # the first possible split
        ([1, 0, 0, 0], 2, 2, 0.5),  # both sides need two: means 1/2 and 0
        ([2, 2, 2, 2], 1, 0, 0.0),  # nothing differs
    ],
)
def test_best_split_by_hand(values: list[float], least: int, place: int, score: float) -> None:
    """z = difference of the means over spread x sqrt(1/i + 1/(n-i)); half the z with twice the spread."""
    assert best_split(values, 1.0, least) == (place, pytest.approx(score))
    assert best_split(values, 2.0, least) == (place, pytest.approx(score / 2))


def test_a_change_by_hand() -> None:
    """12 x 1 s, 12 x 2 s: no noise, so the least spread of 1e-4, doubled: ln 2 / (2e-4 sqrt(1/12 + 1/12)) = 8489."""
    found = change([1.0] * 12 + [2.0] * 12)

    assert found is not None
    assert (found.index, found.before) == (12, pytest.approx(1.0))
    assert found.after == pytest.approx(2.0)
    assert found.score == pytest.approx(math.log(2) / (2e-4 * math.sqrt(1 / 6)))
    assert change([1.0] * 12 + [2.0] * 12, threshold=found.score) is None
    assert change([1.0] * 12 + [2.0] * 11) is None


@pytest.mark.parametrize(
    ("rates", "place"),
    [
        ([1.0] * 86 + [2.0] * 14, None),  # 14 % of all: less than the share of 15 %
        ([1.0] * 85 + [2.0] * 15, 85),
        ([1.0] * 50 + [1.03] * 50, None),  # ln 1.03 = .0296, below the floor of .03
        ([1.0] * 50 + [1.031] * 50, 50),  # ln 1.031 = .0305
        ([1.031] * 50 + [1.0] * 50, 50),
    ],
)
def test_share_and_floor_of_a_change(rates: list[float], place: int | None) -> None:
    """Just inside and just outside both limits."""
    found = change(rates)

    assert (None if found is None else found.index) == place


@pytest.mark.parametrize(("step", "place"), [(0.40, None), (0.45, 100)])
def test_a_change_must_exceed_four_spreads(step: float, place: int | None) -> None:
    """Logs that alternate by .1 have a noise of .1048: four of them are .419."""
    logs = [0.1 * (i % 2) for i in range(100)]
    found = change([math.exp(value) for value in [*logs, *(value + step for value in logs)]])

    assert (None if found is None else found.index) == place


def test_levels_are_medians_between_the_changes() -> None:
    """40 x 1 s, 40 x 4 s, 40 x 2 s: two changes; the clearest alone has the later two parts as one, median 3 s."""
    rates = [1.0] * 40 + [4.0] * 40 + [2.0] * 40
    first, second = changes(rates)
    (alone,) = changes(rates, most=1)

    assert (first.index, first.before, first.after) == (40, 1.0, 4.0)
    assert (second.index, second.before, second.after) == (80, 4.0, 2.0)
    assert (alone.index, alone.before, alone.after, alone.score) == (40, 1.0, 3.0, first.score)
    assert [one.index for one in changes(rates, share=0.6)] == [40]


def test_at_most_as_many_changes_as_asked_for() -> None:
    """Eight changes by a factor of three: six are told where nothing else is said."""
    rates = [value for i in range(9) for value in [3.0 ** (i % 2)] * 30]

    assert len(changes(rates, share=0.0)) == 6
    assert len(changes(rates, most=8, share=0.0)) == 8
