"""Pauses and their periods."""

from __future__ import annotations

import random

import pytest

from traincast.stats.pauses import Cycle, Pause, ceiling, cycles


def run(pauses: dict[int, float], n: int = 1000, noise: float = 0.01, seed: int = 0) -> list[float]:
    """Seconds of steps 1 to `n`, 1 s each, plus the pauses."""
    draw = random.Random(seed)
    return [draw.lognormvariate(0, noise) + pauses.get(step, 0.0) for step in range(1, n + 1)]


def found_in(seconds: list[float]) -> tuple[list[Pause], float]:
    """Steps above the ceiling of their rates, and the mean of the others."""
    limit = ceiling(seconds)
    regular = [took for took in seconds if took <= limit]
    base = sum(regular) / len(regular)
    above = [(i, took) for i, took in enumerate(seconds) if took > limit]
    return [Pause(index=i, step=i + 1, seconds=took - base) for i, took in above], base


def analysed(seconds: list[float]) -> tuple[list[Cycle], int]:
    """Cycles, and how many pauses are in none."""
    found, rest = cycles(found_in(seconds)[0])
    return found, len(rest)


@pytest.mark.parametrize("noise", [0.001, 0.01, 0.05])
def test_steady_steps_have_no_pause(noise: float) -> None:
    """Nothing beyond 30 % of the median."""
    assert analysed(run({}, noise=noise)) == ([], 0)


def test_an_evaluation_every_100_steps_is_a_cycle() -> None:
    """15 s at 100, 200, ... 1000."""
    found, rest = analysed(run(dict.fromkeys(range(100, 1001, 100), 15.0)))

    assert rest == 0
    assert [round(one.every) for one in found] == [100]
    assert found[0].seconds == pytest.approx(15, rel=0.01)


def test_two_periods_of_different_size_are_told_apart() -> None:
    """Evaluations of 15 s every 100, checkpoints of 60 s every 130 steps."""
    pauses = dict.fromkeys(range(100, 1001, 100), 15.0) | dict.fromkeys(range(130, 1001, 130), 60.0)
    found, _ = analysed(run(pauses))

    assert sorted(round(one.every) for one in found) == [100, 130]


def test_random_stalls_have_no_period() -> None:
    """Seven stalls at uneven places."""
    found, rest = analysed(run(dict.fromkeys((17, 90, 333, 350, 612, 700, 985), 40.0)))

    assert found == []
    assert rest == 7


def test_pauses_still_to_come_are_counted_exactly() -> None:
    """Every 500 from 2000 on: between step 2200 and 6000 lie 2500, 3000, ..., 6000."""
    assert Cycle(every=500, last=2000, pauses=()).to_come(2200, 6000) == 8
    assert Cycle(every=500, last=2000, pauses=()).to_come(2000, 2499) == 0


def test_the_base_is_a_mean_without_the_pauses() -> None:
    """1 s steps with 15 s every 100: 1.00 s."""
    seconds = run(dict.fromkeys(range(100, 1001, 100), 15.0))

    assert found_in(seconds)[1] == pytest.approx(1.0, rel=0.002)
