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
