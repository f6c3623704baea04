"""The forecast on the public logs, beside the rules of other tools: the promise of `make backtest`."""

from __future__ import annotations

from pathlib import Path

import pytest
from accuracy.backtest import CONSTANT, GROWING
from accuracy.forecast_cases import runs

from traincast.backtest import replay, scores
from traincast.scorecard import Replay

COVERED = (0.86, 0.94)


@pytest.fixture(scope="module")
def replays(shared: Path) -> list[Replay]:
    """Every public log with a usable clock, replayed."""
    usable, _ = runs(own=False)
    return [replay(run.log, run.series, family=run.family) for run in usable]


@pytest.mark.slow
def test_no_single_rule_is_better_at_any_moment(replays: list[Replay]) -> None:
    """Mean over families of the error, on at least 80 logs of 25 families; a tie within a hundredth is a tie."""
    rows = scores(replays)

    assert len(replays) >= 80
    assert len({one.family for one in replays}) >= 25
    for row in rows:
        ours, *rivals = row.methods
        assert ours.mean <= 1.01 * min(rival.mean for rival in rivals), row.moment


@pytest.mark.slow
def test_the_intervals_cover_what_they_say(replays: list[Replay]) -> None:
    """Nine tenths at every moment, give or take four points."""
    coverage = {row.moment: row.coverage for row in scores(replays)}

    assert {moment for moment, share in coverage.items() if not COVERED[0] <= share <= COVERED[1]} == set()


@pytest.mark.slow
def test_runs_of_constant_work_are_known_early(replays: list[Replay]) -> None:
    """1.7, .7 and .5 % at 1, 5 and 10 % of the steps, where a cumulative mean is off by 20 to 240 %."""
    constant = [one for one in replays if one.family == CONSTANT and one.source not in GROWING]
    errors = {row.moment: row.methods[0].mean for row in scores(constant)}

    assert errors["1%"] <= 0.017
    assert errors["5%"] <= 0.007
    assert errors["10%"] <= 0.005
