"""A figure is measured until it is sure, and no longer than its budget."""

from __future__ import annotations

import random

import pytest

from traincast.probing.clock import half_width, measure, steps_needed, t95, tick


class World:
    """A clock that moves when work is done: call i takes `seconds(i)`."""

    def __init__(self, seconds: object) -> None:
        self.now = 0.0
        self.calls = 0
        self.seconds = seconds

    def clock(self) -> float:
        return self.now

    def action(self, calls: int) -> None:
        for _ in range(calls):
            self.now += self.seconds(self.calls)  # type: ignore[operator]
            self.calls += 1


def test_seven_steps_tell_the_mean_of_the_seed_case_within_a_percent() -> None:
    """Standard deviation 0.06 s, mean 3.86 s: (1.645 * 0.06 / 0.0386)^2 = 6.54, so 7 steps."""
    assert steps_needed(0.06 / 3.86, 0.01) == 7


@pytest.mark.parametrize(("degrees", "quantile"), [(4, 2.132), (5, 2.015), (10, 1.812), (30, 1.697), (1000, 1.646)])
def test_quantiles_of_student_t(degrees: int, quantile: float) -> None:
    """Within half a percent of the tables (Abramowitz & Stegun, table 26.10)."""
    assert t95(degrees) == pytest.approx(quantile, rel=0.005)


def test_constant_work_is_sure_after_five_blocks() -> None:
    """10 ms a call: five calls make a block of 50 ms, five blocks agree, and there is nothing left to learn."""
    world = World(lambda _: 0.01)
    found = measure(world.action, budget=10.0, clock=world.clock)

    assert found.seconds.value == pytest.approx(0.01)
    assert found.settled
    assert found.blocks == 5
    assert world.now < 0.5


def test_short_calls_are_timed_in_blocks_longer_than_the_clock_ticks() -> None:
    """A call of 2 us on a clock that steps by 1 ms: the blocks are a hundred steps long, the value is right."""
    world = World(lambda _: 2e-6)
    found = measure(world.action, budget=5.0, clock=lambda: round(world.now, 3))

    assert found.seconds.value == pytest.approx(2e-6, rel=0.02)
    assert found.calls >= 100_000


def test_slow_first_calls_are_warmup() -> None:
    """The first 4 calls take ten times as long; the figure is that of the rest."""
    world = World(lambda i: 0.6 if i < 4 else 0.06)
    found = measure(world.action, budget=60.0, clock=world.clock)

    assert found.seconds.value == pytest.approx(0.06)
    assert found.warmup_blocks >= 1


def test_noise_is_measured_until_its_median_is_known() -> None:
    """6 % noise needs over a hundred blocks for 1 %; of 60 intervals of 90 %, at least 48 hold the truth."""
    found = []
    for seed in range(60):
        draw = random.Random(seed)
        world = World(lambda _, draw=draw: 0.06 * draw.gauss(1.0, 0.06))
        found.append(measure(world.action, budget=1000.0, clock=world.clock))

    assert all(one.settled for one in found)
    assert sum(one.blocks for one in found) > 60 * 100
    assert sum(one.seconds.contains(0.06) for one in found) >= 48


def test_budget_ends_what_noise_would_not() -> None:
    """Wild times never settle: the measurement ends with the budget and says that it is not sure."""
    draw = random.Random(5)
    world = World(lambda _: 0.05 * draw.choice([1, 1, 8]))
    found = measure(world.action, budget=3.0, clock=world.clock)

    assert not found.settled
    assert world.now <= 3.0 + 0.5


def test_machine_that_slows_down_is_not_settled() -> None:
    """A board that throttles by 0.3 % a block drifts by more than 2 %: never sure, however narrow the spread."""
    world = World(lambda i: 0.06 * 1.003**i)
    found = measure(world.action, budget=6.0, clock=world.clock)

    assert not found.settled


def test_call_longer_than_the_budget_is_a_value_without_interval() -> None:
    """One call is made; that is all that is known."""
    world = World(lambda _: 7.0)
    found = measure(world.action, budget=2.0, clock=world.clock)

    assert (found.seconds.value, found.seconds.low, found.blocks, world.calls) == (7.0, None, 0, 1)


def test_correlated_blocks_count_for_less() -> None:
    """A slow wave has as wide a spread as noise and a wider interval."""
    wave = [1.0 + 0.05 * ((i // 10) % 2) for i in range(60)]
    mixed = wave[:]
    random.Random(1).shuffle(mixed)

    assert half_width(wave) > 2 * half_width(mixed)
    assert half_width([1.0, 1.0]) == float("inf")


def test_clock_that_stands_still_has_no_tick() -> None:
    """Nothing is divided by it."""
    assert tick(lambda: 1.0) == 0.0
