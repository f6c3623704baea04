"""Scores over many replays, each family of logs with the same weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from traincast.backtest.rivals import RIVALS
from traincast.scorecard import MethodScore, Moment, Replay, Score
from traincast.stats.robust import median

OURS = "traincast"


def balanced(replays: Sequence[tuple[str, Moment]], figure: Callable[[Moment], float]) -> list[float]:
    """The mean of `figure` in each family."""
    families: dict[str, list[float]] = {}
    for family, moment in replays:
        families.setdefault(family, []).append(figure(moment))
    return [math.fsum(values) / len(values) for values in families.values()]


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean."""
    held = list(values)
    return math.fsum(held) / len(held)


def interval_score(moment: Moment, level: float) -> float:
    """Width and penalised misses, relative to the truth."""
    miss = max(moment.low - moment.truth, moment.truth - moment.high, 0.0)
    return (moment.high - moment.low + 2 / (1 - level) * miss) / moment.truth


def scores(replays: Sequence[Replay], *, level: float = 0.9) -> list[Score]:
    """The table: one row a moment, in order of appearance."""
    names = list(dict.fromkeys(moment.name for one in replays for moment in one.moments))
    order = sorted(names, key=lambda name: (not name.endswith("%"), float(name.split("%")[0].split()[0])))
    return [score(replays, name, level) for name in order]


def score(replays: Sequence[Replay], name: str, level: float) -> Score:
    """One row of the table."""
    mine = [(one.family, moment) for one in replays for moment in one.moments if moment.name == name]
    figures: dict[str, Callable[[Moment], float]] = {OURS: lambda moment: moment.error}
    for rival in RIVALS:
        figures[rival] = lambda moment, rival=rival: abs(moment.rivals[rival] / moment.truth - 1)  # type: ignore[misc]
    methods = []
    for method, figure in figures.items():
        errors = balanced(mine, figure)
        methods.append(MethodScore(method=method, mean=mean(errors), median=median(errors)))
    halves = [(moment.high - moment.low) / 2 / moment.forecast for _, moment in mine]
    return Score(
        moment=name,
        logs=len(mine),
        families=len({family for family, _ in mine}),
        methods=methods,
        coverage=mean(float(moment.low <= moment.truth <= moment.high) for _, moment in mine),
        half_width=mean(balanced(mine, lambda moment: (moment.high - moment.low) / 2 / moment.forecast)),
        half_width_median=median(halves),
        interval_score=mean(balanced(mine, lambda moment: interval_score(moment, level))),
    )
