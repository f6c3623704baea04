"""Centres, spreads and clocks, against values worked by hand."""

from __future__ import annotations

import pytest

from traincast.stats import robust


def test_median_of_an_even_number_is_the_mean_of_the_middle() -> None:
    """1, 2, 4, 100: (2 + 4) / 2."""
    assert robust.median([100, 1, 4, 2]) == 3


def test_mad_is_blind_to_one_wild_value() -> None:
    """Deviations of 1, 2, 3, 4, 1000 from 3 are 2, 1, 0, 1, 997: median 1, times 1.4826."""
    assert robust.mad([1, 2, 3, 4, 1000]) == pytest.approx(1.4826)


def test_quantile_is_linear_between_neighbours() -> None:
    """A quarter of the way through 0, 10, 20 is at place 0.5."""
    assert robust.quantile([20, 0, 10], 0.25) == 5


def test_effective_count_of_correlated_steps() -> None:
    """200 lines with correlation .3 are worth 107.7; .06 s of noise on them gives an error of .0058 s."""
    n = robust.effective_count(200, 0.3)

    assert n == pytest.approx(107.7, abs=0.05)
    assert 0.06 / n**0.5 == pytest.approx(0.0058, abs=5e-5)


def test_a_clock_of_whole_seconds_blurs_an_interval() -> None:
    """1 s on an interval of 39 s is 1.05 %."""
    assert robust.quantisation_spread(1.0) / 39 == pytest.approx(0.0105, abs=5e-5)


def test_neighbours_of_an_alternating_series_oppose_each_other() -> None:
    """+1, -1, ... has a lag-1 correlation near -1; a constant has none."""
    assert robust.lag_correlation([1.0, -1.0] * 50) == pytest.approx(-0.99, abs=1e-9)
    assert robust.lag_correlation([3.0] * 50) == 0


def test_quantiles_at_the_ends_are_the_ends() -> None:
    """0 is the least, 1 the greatest, of one value too."""
    assert (robust.quantile([3, 1, 2], 0.0), robust.quantile([3, 1, 2], 1.0), robust.quantile([7], 0.5)) == (1, 3, 7)
    assert robust.quantile([0, 10], 0.75) == 7.5


def test_median_of_an_odd_number_is_the_middle_one() -> None:
    """1, 5, 9; and about another centre the deviations 1, 5, 9 have the median 5."""
    assert robust.median([9, 1, 5]) == 5
    assert robust.mad([9, 1, 5], 0.0) == pytest.approx(5 * 1.4826)


def test_relative_spread_by_hand() -> None:
    """1 and 3: sample deviation sqrt 2 over mean 2; one value, or a mean of nought, has none."""
    assert robust.relative_spread([1, 3]) == pytest.approx(0.5 * 2**0.5)
    assert robust.relative_spread([1, 2, 3, 4]) == pytest.approx((5 / 3) ** 0.5 / 2.5)
    assert (robust.relative_spread([5.0]), robust.relative_spread([]), robust.relative_spread([-1, 1])) == (0, 0, 0)


def test_correlation_of_neighbours_by_hand() -> None:
    """1, 2, 3, 4 about 2.5: (.75 - .25 + .75) / 5 = .25; three values are too few."""
    assert robust.lag_correlation([1, 2, 3, 4]) == pytest.approx(0.25)
    assert robust.lag_correlation([1, 2, 3]) == 0


@pytest.mark.parametrize(
    ("n", "correlation", "worth"),
    [(100, 0.0, 100), (100, 0.5, 100 / 3), (100, 1.0, 1), (1000, 1.0, 10 / 1.99), (100, -1.0, 19900), (100, -0.5, 300)],
)
def test_effective_count_by_hand(n: int, correlation: float, worth: float) -> None:
    """n (1 - r) / (1 + r) with r between -.99 and .99, and one at least."""
    assert robust.effective_count(n, correlation) == pytest.approx(worth)
