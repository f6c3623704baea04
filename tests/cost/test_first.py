"""The first iteration."""

from __future__ import annotations

import pytest

from traincast.cost import first


def test_the_evaluation_of_the_seed() -> None:
    """400 batches at .31 of 3.84 / 32 s: 14.88 s; of 27.0 s then 8.28 s are left for compilation."""
    evaluation = float(first.evaluation_seconds(3.84, 32, batches=400))

    assert evaluation == pytest.approx(14.88, abs=0.005)
    assert 27.0 - evaluation - 3.84 == pytest.approx(8.28, abs=0.005)


def test_compilation_grows_with_depth() -> None:
    """Between the warm 6 s and the cold 28 s for 12 layers, more for 24."""
    assert 6 < float(first.compile_seconds(12)) < 28
    assert float(first.compile_seconds(24)) > float(first.compile_seconds(12))


@pytest.mark.parametrize(
    ("layers", "factor"), [(12, 1.0), (24, 2**0.8), (6, 0.5**0.8), (1, 0.5**0.8)], ids=["12", "24", "6", "1"]
)
def test_median_of_a_compilation_by_hand(layers: int, factor: float) -> None:
    """sqrt(28 x 6) s for 12 layers, times (L / 12)^.8; no less than for six layers."""
    assert float(first.compile_seconds(layers)) == pytest.approx((28 * 6) ** 0.5 * factor)
