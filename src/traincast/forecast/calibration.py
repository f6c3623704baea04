"""What the backtest taught about the size of forecast errors: one data file with its date and scores."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files

import msgspec

from traincast.stats.intervals import forecast_sigma

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Constants of the spread, and factors that make the intervals cover what they say."""

    date: str
    source: str
    a: float
    b: float
    c: float
    few_lines: int
    few_factor: float

    def sigma(self, lines: int, spread: float, remaining_fraction: float) -> float:
        """Scale of log(true / forecast)."""
        sigma = forecast_sigma(lines, spread, remaining_fraction, a=self.a, b=self.b, c=self.c)
        return sigma * (self.few_factor if lines < self.few_lines else 1.0)


@cache
def calibration() -> Calibration:
    """The calibration that the package carries."""
    text = files("traincast.forecast").joinpath("calibration.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Calibration)
