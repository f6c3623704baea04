"""What the backtest taught about the size of forecast errors: one data file with its date and scores."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files

import msgspec

from traincast.forecast.spread import Coefficients, Signs, log_half_width, sigma

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Coefficients of the spread, and where they come from."""

    date: str
    source: str
    logs: int
    families: int
    edges: tuple[int, int]
    """lines between which `few` gives way to `many`"""
    few: Coefficients
    many: Coefficients
    floor: float
    """half-width (log) that adds in squares"""
    began: float
    """ln of half-width over noise where the run began with a cheap evaluation"""
    coverage: dict[str, float]
    """moment -> share of logs whose 90 % interval held the truth, each family left out of the fit in turn"""

    def sigma(self, signs: Signs) -> float:
        """Scale of log(true / forecast)."""
        return sigma(log_half_width(self.few, self.many, self.began, self.edges, self.floor, signs))


@cache
def calibration() -> Calibration:
    """The calibration that the package carries."""
    text = files("traincast.forecast").joinpath("calibration.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Calibration)
