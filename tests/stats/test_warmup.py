"""The ladder of the warm-up detector: from nothing, over a few slow steps, to noise that hides everything."""

from __future__ import annotations

import math
import random

import pytest

from traincast.stats.warmup import baseline, warmup_length

TRIALS = 200


def noisy(shape: list[float], noise: float, seed: int) -> list[float]:
    """`shape` times normal noise of relative size `noise`."""
    draw = random.Random(seed)
    return [value * max(0.05, 1 + draw.gauss(0, noise)) for value in shape]


def hits(shape: list[float], expected: int, noise: float = 0.01, trials: int = TRIALS, within: int = 0) -> float:
    """Share of seeded trials in which the cut is `expected`."""
    cuts = [warmup_length(noisy(shape, noise, seed))[0] for seed in range(trials)]
    return sum(abs(cut - expected) <= within for cut in cuts) / trials


def test_nothing_and_one_rate_have_no_warmup() -> None:
    """Too short to tell."""
    assert warmup_length([]) == (0, "too short")
    assert warmup_length([27.0]) == (0, "too short")


def test_an_exact_constant_has_no_warmup() -> None:
    """No noise at all does not divide by zero."""
    assert warmup_length([3.85] * 200) == (0, "ok")


@pytest.mark.parametrize(
    ("shape", "expected", "noise", "least"),
    [
        ([1.0] * 200, 0, 0.01, 1.0),
        ([1.0] * 200, 0, 0.10, 0.99),
        ([1.0] * 200, 0, 0.001, 1.0),
        ([7.0] + [1.0] * 199, 1, 0.01, 1.0),
        ([30.0] + [1.5] * 6 + [1.0] * 193, 7, 0.01, 1.0),
        ([1.3] * 40 + [1.0] * 160, 40, 0.01, 1.0),
        ([0.9 + 0.2 * i / 499 for i in range(500)], 0, 0.01, 1.0),
        ([1.1 - 0.2 * i / 499 for i in range(500)], 0, 0.01, 1.0),
        ([5.0 if i % 50 == 0 else 1.0 for i in range(500)], 1, 0.01, 1.0),
        ([7.0] + [1.0] * 9, 1, 0.01, 0.98),
        ([1.3] * 40 + [1.0] * 20, 0, 0.01, 1.0),
    ],
    ids=[
        "constant", "constant, 10 % noise", "constant, .1 % noise", "1 slow", "7 slow", "40 slow", "slower by 20 %",
        "faster by 20 %", "spike every 50", "1 slow of 10", "40 slow of 60",
    ],
)  # fmt: skip
def test_the_cut_falls_where_the_slow_steps_end(shape: list[float], expected: int, noise: float, least: float) -> None:
    """200 seeded trials each; the last cannot be seen by design."""
    assert hits(shape, expected, noise) >= least


def test_500_slow_steps_are_found() -> None:
    """A slow first quarter of 2000 steps."""
    assert hits([1.4] * 500 + [1.0] * 1500, 500, trials=20) == 1.0


def test_noise_of_half_the_step_finds_nothing() -> None:
    """With 50 % noise a constant is left alone in nine of ten trials, and a cut is never long."""
    cuts = [warmup_length(noisy([1.0] * 200, 0.5, seed))[0] for seed in range(TRIALS)]

    assert sum(cut == 0 for cut in cuts) >= 0.9 * TRIALS
    assert max(cuts) <= 5


def test_heavy_tails_are_not_warmup() -> None:
    """Steps with log-normal noise and rare stalls of 100 times a step: at most a stall at the start is cut."""
    cuts = []
    for seed in range(TRIALS):
        draw = random.Random(seed)
        cuts.append(
            warmup_length([draw.lognormvariate(0, 0.05) * (100 if draw.random() < 0.02 else 1) for _ in range(200)])[0]
        )

    assert sum(cut == 0 for cut in cuts) >= 0.95 * TRIALS
    assert max(cuts) <= 3


def test_an_interval_mean_that_mixes_warmup_with_steady_steps_is_cut() -> None:
    """30 s of compilation inside a mean over ten steps of 1 s makes 3.9 s/step: one interval of warm-up."""
    assert hits([3.9] + [1.0] * 99, 1) == 1.0


@pytest.mark.parametrize("slow", [0, 1])
def test_five_rates_are_judged_by_their_median(slow: int) -> None:
    """Below six rates only a first rate above 1.5 medians is cut, and the verdict is weak."""
    assert warmup_length([9.0] * slow + [1.0] * (5 - slow)) == (slow, "weak")


@pytest.mark.parametrize(
    ("rates", "cut", "verdict"),
    [
        ([9.0], 0, "too short"),
        ([1.51, 1.0], 1, "weak"),
        ([1.5, 1.0], 0, "weak"),  # not above 1.5 times
        ([1.51, 1.0, 1.0, 9.0, 9.0], 0, "weak"),  # the median of the others is 5
        ([9.0, 1.0, 1.0, 1.0, 1.0, 1.0], 1, "ok"),  # six are judged by the line of their second half
        ([9.0, 9.0, 9.0, 1.0, 1.0, 1.0], 3, "ok"),  # at most half is cut
        ([9.0, 9.0, 9.0, 9.0, 1.0, 1.0], 0, "no steady state"),  # four of six would have to be cut
        ([9.0, 9.0, 9.0, 9.0, 9.0, 1.0], 0, "ok"),  # the slow part reaches into the second half: its level is 9 s
        ([1.04, 1.0, 1.0, 1.0, 1.0, 1.0], 0, "ok"),  # within 5 %
        ([1.06, 1.0, 1.0, 1.0, 1.0, 1.0], 1, "ok"),
    ],
)
def test_short_series_by_hand(rates: list[float], cut: int, verdict: str) -> None:
    """Where each rule begins and ends."""
    assert warmup_length(rates) == (cut, verdict)


def test_the_line_of_the_second_half_is_drawn_back() -> None:
    """Twelve rates that grow by 1 % each lie on their own line; fewer than twelve have no slope."""
    expected, spread = baseline([1.01**i for i in range(12)])
    level, _ = baseline([1.01**i for i in range(11)])

    assert expected == pytest.approx([i * math.log(1.01) for i in range(12)])
    assert spread == 0.005
    assert level == pytest.approx([7.5 * math.log(1.01)] * 11)  # the median of rates 5 to 10


def test_where_no_rate_is_steady_nothing_is_cut() -> None:
    """A first half far slower than the second, up to the cap of a quarter: no steady state."""
    assert warmup_length([9.0] * 50 + [1.0] * 50, cap=0.25) == (0, "no steady state")
    assert warmup_length([9.0] * 50 + [1.0] * 50) == (50, "ok")
