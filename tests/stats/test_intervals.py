"""The t_4 law and the spread of a forecast, against worked examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast.stats import intervals


def test_quantile_of_four_degrees_of_freedom() -> None:
    """Tables of Student's t: 2.132 at .95, 2.776 at .975."""
    assert intervals.t4_quantile(0.95) == pytest.approx(2.1318, abs=1e-4)
    assert intervals.t4_quantile(0.975) == pytest.approx(2.7764, abs=1e-4)


@given(st.floats(1e-6, 1 - 1e-6))
def test_quantile_inverts_the_distribution(probability: float) -> None:
    """F(F^-1(p)) = p."""
    assert intervals.t4_cdf(intervals.t4_quantile(probability)) == pytest.approx(probability, abs=1e-9)


def test_worked_example_of_the_forecast() -> None:
    """200 lines of 3.86 s with sd .06 s and 5800 steps to go."""
    sigma = intervals.forecast_sigma(200, 0.06 / 3.86, 5800 / 6000)
    remaining = 5800 * 3.86

    assert sigma == pytest.approx(0.00554, abs=5e-6)
    assert intervals.half_width(sigma, 0.9) == pytest.approx(0.0118, abs=5e-5)
    assert remaining / 3600 == pytest.approx(6.219, abs=5e-4)
    assert intervals.probability_within(6.3 * 3600, remaining, sigma) == pytest.approx(0.960, abs=5e-4)
    assert intervals.probability_within(6.2 * 3600, remaining, sigma) == pytest.approx(0.306, abs=5e-4)


def test_a_run_that_is_over_has_met_every_deadline() -> None:
    """Nothing remains: probability 1; a deadline in the past: 0."""
    assert intervals.probability_within(10.0, 0.0, 0.1) == 1
    assert intervals.probability_within(-1.0, 5.0, 0.1) == 0


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_more_lines_never_widen_a_forecast(lines: int, spread: float, left: float) -> None:
    """sigma falls with the lines seen, and is finite."""
    one, more = (intervals.forecast_sigma(n, spread, left) for n in (lines, 2 * lines))

    assert math.isfinite(one)
    assert more <= one


def test_distribution_of_four_degrees_of_freedom() -> None:
    """P(T <= 1) = 1/2 + 3/8 / sqrt(5/4) x (1 - 1/15) = .8130; far out it is 0 or 1."""
    assert intervals.t4_cdf(1.0) == pytest.approx(0.81305, abs=5e-6)
    assert intervals.t4_cdf(-1.0) == pytest.approx(1 - 0.81305, abs=5e-6)
    assert intervals.t4_cdf(0.0) == 0.5
    assert (intervals.t4_cdf(2e6), intervals.t4_cdf(-2e6)) == (1.0, 0.0)


def test_quantiles_at_the_ends_are_finite() -> None:
    """Probability 0 and 1 stand for a million spreads; the middle is nought."""
    assert (intervals.t4_quantile(0.0), intervals.t4_quantile(1.0)) == (-1e6, 1e6)
    assert intervals.t4_quantile(0.5) == 0


@pytest.mark.parametrize(
    ("lines", "spread", "left", "sigma"),
    [
        (1, 0.0, 0.0, math.sqrt(3.7e-3 * 11)),  # c (1 + 10/1) / 1
        (0, 0.0, 0.0, math.sqrt(3.7e-3 * 11)),  # counts as one line
        (10, 0.1, 0.0, math.sqrt((0.134 * 0.01 + 3.7e-3) * 2 / 10)),
        (10, 0.1, 1.0, math.sqrt((0.134 * 0.01 + 3.7e-3) * 2 / 10 + 1.15e-5)),
    ],
)
def test_spread_of_a_forecast_by_hand(lines: int, spread: float, left: float, sigma: float) -> None:
    """sigma^2 = a u + (b s^2 + c)(1 + 10/n)/n with a = 1.15e-5, b = .134, c = 3.7e-3."""
    assert intervals.forecast_sigma(lines, spread, left) == pytest.approx(sigma, rel=1e-9)


def test_deadline_at_the_expected_time_is_even() -> None:
    """Half; a deadline of nought seconds is missed; without any spread what lies before it is sure."""
    assert intervals.probability_within(100.0, 100.0, 0.1) == 0.5
    assert intervals.probability_within(0.0, 5.0, 0.1) == 0
    assert intervals.probability_within(1.0, 0.5, 0.0) == pytest.approx(1)
    assert intervals.probability_within(0.5, 0.25, 0.5) == pytest.approx(intervals.t4_cdf(math.log(2) / 0.5))
