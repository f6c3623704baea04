"""The backtest itself: what it asks, what it must not see, how it scores."""

from __future__ import annotations

import math

import pytest

from courses import changed, course, seed_like
from traincast.backtest import RIVALS, replay, scores, unusable
from traincast.reports.backtest_page import backtest_page
from traincast.reports.page import Table
from traincast.runlog import RunLog, Series
from traincast.scorecard import BacktestAnswer, Moment, Replay


def intervals(seconds: list[float], steps: int = 1) -> Series:
    """A series of `steps` steps an interval."""
    n = len(seconds)
    return Series(
        last=[steps * (i + 1) for i in range(n)], steps=[steps] * n, seconds=seconds, start=[0] * n, pauses_inside=True
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("cumulative mean", (30 + 1 * 9 + 2 * 10) / 20),
        ("drop 1 (Keras)", (1 * 9 + 2 * 10) / 19),
        ("drop 10 (nanochat)", 2.0),
        ("median", 1.5 + 0.5),
        ("last value", 2.0),
    ],
)
def test_the_rules_of_other_tools(rule: str, expected: float) -> None:
    """30 s, nine steps of 1 s, ten of 2 s: worked by hand; the median of 20 lies between two values of 2."""
    assert RIVALS[rule](intervals([30.0, *[1.0] * 9, *[2.0] * 10])) == pytest.approx(expected)


def test_tqdm_forgets() -> None:
    """After 1, 1, 2 s by smoothing .3: ema of seconds .3*2 + .7*(.3 + .7*.3), of steps .3 + .7*(.3 + .7*.3)."""
    seconds = 0.3 * 2 + 0.7 * (0.3 + 0.7 * 0.3)
    steps = 0.3 + 0.7 * (0.3 + 0.7 * 0.3)

    assert RIVALS["tqdm (Hugging Face)"](intervals([1.0, 1.0, 2.0])) == pytest.approx(seconds / steps)


def test_a_quiet_run_is_forecast_right_at_every_moment() -> None:
    """3.85 s steps with evaluations: within 1.5 % from 1 % of the steps on, and the intervals hold the truth."""
    log, series = course(seed_like(), total=6000, evaluations=tuple(range(499, 6000, 500)))
    one = replay(log, series)

    assert [moment.name for moment in one.moments] == ["1%", "5%", "10%", "25%", "50%", "75%", "10 lines"]
    assert max(moment.error for moment in one.moments) < 0.015
    assert all(moment.low <= moment.truth <= moment.high for moment in one.moments)
    assert one.good_from is not None
    assert one.good_from < 0.01


def test_what_comes_later_is_not_seen() -> None:
    """Two runs that part after the middle have the same forecasts up to it."""
    first = changed(400, lambda _: 1.0)
    second = first[:200] + [3 * seconds for seconds in first[200:]]
    early = [
        {moment.name: moment.forecast for moment in replay(*course(times)).moments if moment.lines <= 200}
        for times in (first, second)
    ]

    assert early[0] == early[1]
    assert len(early[0]) == 6


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        ([1.0] * 19, "19 intervals, fewer than 20"),
        ([0.0] * 30, "the clock stands still"),
        ([0.0, 10.0] * 20, "the clock is too coarse: 20 of 40 intervals take no time"),
        ([1.0] * 30 + [40.0], "one interval takes 57% of the time: an excerpt, or the run stood still"),
    ],
)
def test_logs_that_cannot_be_replayed_have_a_reason(seconds: list[float], reason: str) -> None:
    """Too short, no clock, a coarse one, a hole."""
    log, _ = course([1.0])

    assert unusable(log, intervals(seconds)) == reason
    assert unusable(log, intervals([1.0] * 20)) is None


def test_a_log_without_steps_or_times_has_a_reason() -> None:
    """Nothing to replay."""
    log, _ = course([1.0])

    assert unusable(RunLog(), None) == "no steps"
    assert unusable(log, None) == "no clock and no step times"


def one(family: str, forecast: float, low: float, high: float) -> Replay:
    """A replay with one moment whose truth is 100 s."""
    moment = Moment(
        name="10%", lines=9, truth=100.0, forecast=forecast, low=low, high=high, rivals=dict.fromkeys(RIVALS, 150.0)
    )
    return Replay(source="", family=family, lines=90, moments=[moment], good_from=None)


def test_families_weigh_the_same() -> None:
    """Errors 10 and 30 % in one family, 0 in another: mean (20 + 0) / 2, median 10 %; two of three intervals hold."""
    (row,) = scores([one("a", 110, 90, 120), one("a", 130, 120, 140), one("b", 100, 90, 110)])
    by_name = {method.method: method for method in row.methods}

    assert (row.logs, row.families) == (3, 2)
    assert by_name["traincast"].mean == pytest.approx(0.10)
    assert by_name["median"].mean == pytest.approx(0.5)
    assert row.coverage == pytest.approx(2 / 3)
    # (.3 + (.2 + 20 x .2)) / 2 in family a, .2 in b
    assert row.interval_score == pytest.approx(((0.3 + 0.2 + 20 * 0.2) / 2 + 0.2) / 2)


def test_no_log_gives_no_score() -> None:
    """An empty table, not an error."""
    assert scores([]) == []


def test_the_calibration_says_where_it_comes_from() -> None:
    """Date, logs, families and the coverage at each moment, with each family left out, between 86 and 94 %."""
    from traincast.forecast.calibration import calibration

    found = calibration()

    assert found.date
    assert found.logs >= 80
    assert found.families >= 25
    assert all(0.86 <= share <= 0.94 for share in found.coverage.values())
    assert math.isfinite(found.began)


def test_more_than_a_few_logs_are_listed_at_a_tenth() -> None:
    """Twenty logs: one row each on the page, that of 10 % of the steps."""
    log, series = course([1.0] * 400)
    replays = [replay(log, series, level=0.9) for _ in range(20)]
    answer = BacktestAnswer(level=0.9, scores=scores(replays, level=0.9), replays=replays, left_out=[])

    tables = [block for block in backtest_page(answer).blocks if isinstance(block, Table)]
    (listed,) = [table for table in tables if table.title == "Forecasts"]

    assert [row[1] for row in listed.rows] == ["10%"] * 20


def test_of_one_log_each_figure_is_told_once() -> None:
    """Its mean over families is its median, its name the title: a row has one figure a moment and no name."""
    log, series = course([1.0 + k % 7 / 10 for k in range(400)])
    replays = [replay(log, series, level=0.9)]
    page = backtest_page(BacktestAnswer(level=0.9, scores=scores(replays, level=0.9), replays=replays, left_out=[]))
    errors, _, listed = (block for block in page.blocks[:3] if isinstance(block, Table))

    assert page.title == f"Backtest of {log.source}"
    assert "/" not in "".join("".join(row) for row in errors.rows)
    assert {len(row) for row in listed.rows} == {len(listed.head)} == {5}
