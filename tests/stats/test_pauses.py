"""Pauses and their periods."""

from __future__ import annotations

import random

import pytest

from traincast.stats.pauses import Cycle, Pause, ceiling, cycle, cycles, settled, size_classes


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


def pause(index: int, step: int, seconds: float = 1.0) -> Pause:
    """One pause."""
    return Pause(index=index, step=step, seconds=seconds)


def at(*steps: int) -> list[Pause]:
    """Pauses of a second at `steps`."""
    return [pause(i, step) for i, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("step", "until", "count"),
    [(1050, 1300, 3), (1100, 1300, 2), (1099, 1299, 2), (500, 1200, 2), (500, 900, 0), (1300, 1300, 0)],
)
def test_pauses_to_come_by_hand(step: int, until: int, count: int) -> None:
    """Every 100 after one at 1000: 1100, 1200, ...; those before the last one were."""
    assert Cycle(every=100, last=1000, pauses=()).to_come(step, until) == count


def test_a_period_that_is_no_whole_number_is_not_lost_by_rounding() -> None:
    """33 is 15 times 2.2, though 33 / 2.2 is 14.999999999999998."""
    assert Cycle(every=2.2, last=0, pauses=()).to_come(0, 33) == 15
    assert Cycle(every=2.2, last=0, pauses=()).to_come(33, 33) == 0


def test_seconds_of_a_cycle_are_a_mean() -> None:
    """2 s and 4 s: 3 s."""
    assert Cycle(every=1, last=0, pauses=(pause(0, 1, 2.0), pause(1, 2, 4.0))).seconds == 3


def test_the_ceiling_by_hand() -> None:
    """1 to 5 s: median 3, MAD 1 x 1.4826, so 3 + 6 x 1.4826; equal rates: 30 % above them."""
    assert ceiling([5.0, 1.0, 4.0, 2.0, 3.0]) == pytest.approx(3 + 6 * 1.4826)
    assert ceiling([2.0, 2.0, 2.0, 2.0, 50.0]) == pytest.approx(2.6)


@pytest.mark.parametrize(
    ("steps", "every"),
    [
        ((100, 200), None),  # two are no period
        ((100, 200, 300), 100),
        ((100, 200, 309), 104.5),  # gaps 100 and 109 about their median 104.5
        ((0, 100, 200, 310), pytest.approx(310 / 3)),  # 110 is still within 10 % of 100
        ((0, 100, 200, 311), None),  # 111 is not: two of three gaps
        ((0, 100, 200, 300, 400, 550), 100),  # four of five gaps are near: 80 %
        ((0, 100, 200, 300, 450, 600), None),  # three of five
        ((7, 7, 7), None),  # no distance at all
    ],
)
def test_a_period_by_hand(steps: tuple[int, ...], every: float | None) -> None:
    """The mean of the gaps within 10 % of their median, where these are 80 % of all; the last pause is kept."""
    found = cycle(at(*steps))

    assert (None if found is None else found.every) == every
    assert found is None or (found.last, found.pauses) == (steps[-1], tuple(at(*steps)))


def test_classes_of_size_by_hand() -> None:
    """9 and 5 belong together (9 = 1.8 x 5), 2 does not; each class is in order of place, the largest first."""
    small, large, middle = pause(0, 10, 2.0), pause(1, 20, 9.0), pause(2, 30, 5.0)

    assert size_classes([small, large, middle]) == [[large, middle], [small]]
    assert size_classes([middle, large]) == [[middle, large]] or size_classes([middle, large]) == [[large, middle]]
    assert size_classes([pause(0, 1, 9.1), pause(1, 2, 5.0)]) == [[pause(0, 1, 9.1)], [pause(1, 2, 5.0)]]
    assert size_classes([]) == []


def test_all_together_come_before_classes() -> None:
    """Equal gaps are one cycle though sizes differ by ten; what has no period is told in order of place."""
    every = [pause(i, 100 * (i + 1), 10.0 if i % 2 else 1.0) for i in range(6)]
    uneven = [pause(0, 3, 1.0), pause(1, 50, 100.0), pause(2, 60, 1.0)]

    assert cycles(every) == ([cycle(every)], [])
    assert cycles(uneven) == ([], uneven)
    assert cycles(every[:4], least=5) == ([], every[:4])


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([4.0], 4.0),
        ([4.0, 2.0], 2.0),
        ([4.0, 2.0, 3.0], 2.5),
        ([4.0, 2.0, 3.5], 19 / 6),
        ([2.0, 4.0, 3.0], 3.0),
    ],
)
def test_a_dear_first_pause_is_not_expected_again(seconds: list[float], expected: float) -> None:
    """Left out of the mean where it is above 1.25 times all others: 4 is, beside 3, and is not, beside 3.5."""
    assert settled(seconds) == pytest.approx(expected)
