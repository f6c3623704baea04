"""What was seen on a machine moves predictions on it, as far as machines explain errors."""

from __future__ import annotations

import math

import pytest

from traincast.predict.seen import SHARED, corrected


def test_without_evidence_the_prior_stays() -> None:
    """Nothing seen, nothing learned."""
    assert corrected((1.0, 0.3), []) == (1.0, 0.3)


def test_one_other_workload_is_believed_by_half() -> None:
    """Half of the variance is shared: an error of 0.2 moves by 0.1, and 0.09 becomes 0.045 + 0.0225."""
    mu, sigma = corrected((1.0, 0.3), [0.2], shared=0.5)

    assert mu == pytest.approx(1.1)
    assert sigma**2 == pytest.approx(0.045 + 0.0225)


def test_many_workloads_leave_only_what_is_the_workload_s_own() -> None:
    """A thousand equal residuals fix the machine's offset; the own part stays."""
    mu, sigma = corrected((0.0, 0.3), [0.2] * 1000)

    assert mu == pytest.approx(0.2, abs=1e-3)
    assert sigma == pytest.approx(0.3 * math.sqrt(1 - SHARED), abs=1e-3)


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_ends_of_the_shared_part(shared: float) -> None:
    """Nothing in common: nothing is learned. All in common: the residual is the error."""
    mu, sigma = corrected((0.0, 0.3), [0.2], shared=shared)

    assert mu == pytest.approx(0.2 * shared)
    assert sigma == pytest.approx(0.3 * math.sqrt(1 - shared))
