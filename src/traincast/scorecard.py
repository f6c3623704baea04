"""The records of a backtest: what was forecast at which moment, what came, and the scores over many logs."""

from __future__ import annotations

import msgspec

from traincast.findings import Finding
from traincast.views import Shown


class Moment(msgspec.Struct, kw_only=True):
    """One forecast and what came true."""

    name: str
    """`10 %`, or `10 lines`"""
    lines: int
    """intervals seen"""
    truth: float
    """s that remained"""
    forecast: float
    """s"""
    low: float
    """s"""
    high: float
    """s"""
    rivals: dict[str, float] = {}
    """method -> s"""

    @property
    def error(self) -> float:
        """Relative error of the forecast: |forecast / truth - 1|."""
        return abs(self.forecast / self.truth - 1)


class Replay(msgspec.Struct, kw_only=True):
    """The moments of one log."""

    source: str
    family: str
    lines: int
    moments: list[Moment]
    good_from: float | None
    """share of the steps from which the error stays within 5 % up to 90 % of the run; `None` if it never does"""


class MethodScore(msgspec.Struct, kw_only=True):
    """Relative error of the remaining time by one method at one moment."""

    method: str
    mean: float
    """mean over families of the mean of each"""
    median: float
    """median over families"""


class Score(msgspec.Struct, kw_only=True):
    """All methods at one moment, and how the intervals did."""

    moment: str
    logs: int
    families: int
    methods: list[MethodScore]
    coverage: float
    """share of logs whose interval held the truth"""
    half_width: float
    """mean over families of half the relative width"""
    half_width_median: float
    """median over logs"""
    interval_score: float
    """mean over families: width plus 2 / (1 - level) times the miss, relative to the truth (Gneiting & Raftery 2007)"""


class Left(msgspec.Struct, kw_only=True):
    """A log that was left out, and why."""

    source: str
    family: str
    reason: str


class BacktestAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast backtest`: how good the forecast would have been."""

    schema: str = "traincast.backtest/1"
    level: float
    scores: list[Score]
    replays: list[Replay]
    left_out: list[Left] = []
    findings: list[Finding] = []
