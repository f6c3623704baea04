"""The plan by what a trainer says is left."""

from __future__ import annotations

import pytest

from traincast.reading import read_text
from traincast.reading.left import solve

LINE = (
    "2020-05-08 10:{m:02d}:{s:02d},000 - mmdet - INFO - Epoch [{e}][{b}/500]\tlr: 0.001, eta: {eta}, time: {t:.3f}, "
    "data_time: 0.01, loss: 0.5"
)


def span(seconds: float) -> str:
    """A duration as these trainers print it."""
    days, rest = divmod(round(seconds), 86400)
    return f"{days} days, " * (days > 0) + f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def log(steps: list[int], *, total: int, mean: list[float], pace: float) -> str:
    """mmdetection lines at `steps` of 500 an epoch, whose eta goes by the `mean` of each."""
    rows = []
    for n, each in zip(steps, mean, strict=True):
        clock = round((n - steps[0]) * pace)
        eta = span((total - n) * each)
        rows.append(LINE.format(m=clock // 60, s=clock % 60, e=1 + n // 500, b=n % 500, eta=eta, t=pace))
    return "\n".join(rows) + "\n"


def test_two_lines_and_the_time_between_tell_what_is_left() -> None:
    """Of 1000 steps 100 are done in 50 s and 200 in 90 s: 900 x .5 = 450 s are left, then 800 x .45 = 360 s."""
    assert solve((100, 450.0), (200, 360.0), 40.0) == pytest.approx(800)


def test_a_mean_since_the_start_is_told_from_the_newest_pace() -> None:
    """3 s a step since a slow start and .5 s now: steps left by the newest pace would be five times too many. Mean at
    300: (200 x 3 + 100 x .5) / 300 s."""
    (run,) = read_text([log([200, 300], total=6000, mean=[3.0, 650 / 300], pace=0.5)])

    assert run.facts.steps_planned == 6000


def test_a_plan_is_one_of_whole_epochs_where_it_may_be() -> None:
    """12 epochs of 500 by an estimate that is half a percent off."""
    (run,) = read_text([log([600, 700, 800], total=6030, mean=[0.5, 0.5, 0.5], pace=0.5)])

    assert run.facts.steps_planned == 6000
    assert "plan-derived" in {one.code for one in run.findings}


def test_a_process_that_began_before_its_first_line_is_known() -> None:
    """Resumed at 4500: the mean is of its own steps alone, 2 s for the first 50 and 1.25 s for the first 100."""
    (run,) = read_text([log([4550, 4600], total=6000, mean=[2.0, 1.25], pace=0.5)])

    assert run.facts.steps_planned == 6000
