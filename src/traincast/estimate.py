"""A quantity with its uncertainty."""

from __future__ import annotations

import math

import msgspec


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A value and the interval that holds the truth with probability `level`."""

    value: float
    """in `unit`, as are `low` and `high`"""
    low: float | None = None
    """in `unit`; `None` where no interval can be given, and a finding says why"""
    high: float | None = None
    """in `unit`"""
    level: float = 0.9
    unit: str = "s"

    @property
    def relative_width(self) -> float | None:
        """(high - low) / value, dimensionless."""
        if self.low is None or self.high is None or not self.value:
            return None
        return (self.high - self.low) / self.value

    def contains(self, truth: float) -> bool:
        """Whether `truth` lies in the interval; false where there is none."""
        return self.low is not None and self.high is not None and self.low <= truth <= self.high

    def scaled(self, factor: float, unit: str | None = None) -> Estimate:
        """The estimate of `factor` (positive) times the quantity."""
        return Estimate(
            value=self.value * factor,
            low=None if self.low is None else self.low * factor,
            high=None if self.high is None else self.high * factor,
            level=self.level,
            unit=unit or self.unit,
        )

    def inverse(self, numerator: float = 1.0, *, unit: str) -> Estimate:
        """The estimate of `numerator` over the quantity: a rate from a time."""
        return Estimate(
            value=numerator / self.value,
            low=None if self.high is None else numerator / self.high,
            high=numerator / self.low if self.low else None,
            level=self.level,
            unit=unit,
        )


def log_estimate(value: float, half_width: float, *, level: float = 0.9, unit: str = "s") -> Estimate:
    """An estimate whose interval is `value` x/÷ exp(`half_width`)."""
    factor = math.exp(min(half_width, 50.0))
    return Estimate(value=value, low=value / factor, high=value * factor, level=level, unit=unit)
