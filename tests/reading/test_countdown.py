"""Clocks from what is left of an epoch in whole minutes, and other coarse figures beside finer ones."""

from __future__ import annotations

import pytest

from traincast.reading import read_text
from traincast.reading.rates import finer
from traincast.reading.series import series
from traincast.runlog import RunLog


def read(text: str, name: str = "train.log") -> RunLog:
    """The only run of `text`."""
    (log,) = read_text([text], name=name)
    return log


def pace(log: RunLog) -> float:
    """Mean seconds per step."""
    found = series(log)
    assert found is not None
    return sum(found.seconds) / sum(found.steps)


def epoch(number: int, size: int, first: float, each: float, last: int) -> str:
    """Lines of an epoch whose first step takes `first` seconds and the others `each`; what is left is reckoned by the
    mean of all its steps and cut to minutes."""
    lines = []
    for done in range(100, last + 1, 100):
        left = (first + (done - 1) * each) / done * (size - done)
        lines.append(f"Epoch:[{number}/3]({done}/{size}), loss: 2.5, lr: 0.0001, epoch_time: {int(left // 60)}.0min\n")
    return "".join(lines)


def test_a_slow_first_step_is_not_counted_in_what_is_left() -> None:
    """The first of 60 000 steps takes 60 s, the others .2 s: what is left falls from 559 to 202 min in 9900 steps,
    which take 33 minutes."""
    log = read(epoch(1, 60_000, 60.0, 0.2, 10_000))

    assert pace(log) == pytest.approx(0.2, rel=0.05)
    assert log.facts.steps_planned in (None, 180_000)


def test_epochs_by_what_is_left_follow_one_another() -> None:
    """Two whole epochs of 30 000 steps at .2 s are 12 000 s."""
    log = read(epoch(1, 30_000, 0.2, 0.2, 30_000) + epoch(2, 30_000, 0.2, 0.2, 30_000))

    clocks = [point.clock for point in log.points if point.clock is not None]
    assert clocks == sorted(clocks)
    assert clocks[-1] - clocks[0] == pytest.approx(12_000, rel=0.02)


def test_short_epochs_keep_their_minutes_as_a_clock() -> None:
    """Less than 20 minutes at the first line: what is left falls like a clock."""
    log = read(epoch(1, 4000, 0.2, 0.2, 4000))

    assert pace(log) == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(
    ("text", "whole", "size", "seconds"),
    [
        ("2s", "1873s", "1000", 1.873),
        ("34s", "671s", "20", 33.55),
        ("9ms", "3s", "313", 0.009),  # three whole seconds tell less than nine milliseconds
        ("921us", "2s", "1719", 0.000921),
        ("2s", "3600s", "1000", 2.0),  # they contradict each other
        ("2s", "31:13", "1000", 1.873),
    ],
)
def test_whole_seconds_of_a_bar_refine_a_coarse_time_per_step(text: str, whole: str, size: str, seconds: float) -> None:
    """The finer of two printed figures, if they agree."""
    units = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
    figure = text.rstrip("mus")
    value = float(figure) * units[text[len(figure) :]]

    assert finer([value], [text], [whole], [size]) == [pytest.approx(seconds)]
