"""Closed progress bars: whole seconds, made exact by the mean rate beside them."""

import pytest

from traincast.reading.columns import bar_seconds


@pytest.mark.parametrize(
    ("seconds", "size", "rate", "exact"),
    [
        (1.0, 3.0, "1.62it/s", 3 / 1.62),  # 1.85 s are cut to 1
        (5.0, 3.0, "1.81s/it", 3 * 1.81),
        (0.0, 1.0, "1.45it/s", 1 / 1.45),
    ],
)
def test_a_closed_bar_tells_more_than_its_whole_seconds(seconds: float, size: float, rate: str, exact: float) -> None:
    """tqdm cuts the seconds and prints the mean rate of all units to three digits."""
    assert bar_seconds(seconds, size, rate) == pytest.approx(exact)


@pytest.mark.parametrize(
    ("seconds", "size", "rate"),
    [
        (7.0, 3.0, "1.62it/s"),  # a smoothed rate: 1.85 s are not 7
        (114.0, 75.0, "1.5s/it"),  # 108.75 to 116.25 s tell less than 114 to 115
        (1.0, 3.0, "?it/s"),
        (1.0, None, "1.62it/s"),
        (1.0, 3.0, ""),
    ],
)
def test_a_rate_that_does_not_fit_or_is_too_coarse_changes_nothing(
    seconds: float, size: float | None, rate: str
) -> None:
    """The whole seconds stay."""
    assert bar_seconds(seconds, size, rate) == seconds
