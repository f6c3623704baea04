"""Prior and evidence, against worked examples."""

from __future__ import annotations

import math

import pytest

from traincast.stats.fusion import fuse
from traincast.stats.intervals import forecast_sigma


def test_three_lines_already_outweigh_the_prior() -> None:
    """Prior 5.34 s (sigma .28), data 4.10 s after three lines with 5 % noise: weight .931, 4.176 s."""
    sigma = forecast_sigma(3, 0.05, 1.0)
    fused = fuse((math.log(5.34), 0.28), (math.log(4.10), sigma))

    assert sigma == pytest.approx(0.0764, abs=5e-5)
    assert 1 - fused.prior_weight == pytest.approx(0.931, abs=5e-4)
    assert math.exp(fused.mu) == pytest.approx(4.176, abs=5e-4)


def test_after_200_lines_the_prior_is_irrelevant() -> None:
    """sigma .00554 against .28: weight .9996."""
    assert 1 - fuse((0.0, 0.28), (0.1, 0.00554)).prior_weight == pytest.approx(0.9996, abs=5e-5)


def test_a_prior_far_from_the_data_is_reported_and_left_out() -> None:
    """A factor 10 apart with sigma .28 and .05 is 8 joint deviations."""
    fused = fuse((math.log(1.0), 0.28), (math.log(10.0), 0.05))

    assert fused.conflict
    assert fused.mu == math.log(10.0)
    assert fused.prior_weight == 0


def test_the_posterior_is_surer_than_either() -> None:
    """Precisions add: 1/.3^2 + 1/.3^2 = 1/.2121^2."""
    assert fuse((0.0, 0.3), (0.0, 0.3)).sigma == pytest.approx(0.3 / math.sqrt(2))


def test_a_posterior_by_hand() -> None:
    """Prior 0 (.3), data 1.49 (.4): weight of the data 1 / (1 + 16/9) = .36; sigma 1 / sqrt(1/.09 + 1/.16) = .24."""
    fused = fuse((0.0, 0.3), (1.49, 0.4))

    assert fused.mu == pytest.approx(0.36 * 1.49)
    assert fused.sigma == pytest.approx(0.24)
    assert fused.prior_weight == pytest.approx(0.64)
    assert not fused.conflict


@pytest.mark.parametrize("mu", [1.5, -1.5])
def test_three_joint_deviations_are_a_conflict(mu: float) -> None:
    """3 x hypot(.3, .4) = 1.5, on either side."""
    fused = fuse((0.0, 0.3), (mu, 0.4))

    assert (fused.mu, fused.sigma, fused.prior_weight, fused.conflict) == (mu, 0.4, 0.0, True)


def test_evidence_without_spread_stands_alone() -> None:
    """A sigma of nought divides nothing by nought."""
    fused = fuse((0.0, 0.3), (0.1, 0.0))

    assert (fused.mu, fused.prior_weight, fused.conflict) == (0.1, 0.0, False)
    assert fused.sigma == pytest.approx(1e-12)
