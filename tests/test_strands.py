"""Lines of several runs in one log."""

from __future__ import annotations

import pytest

from traincast.phases import untangle
from traincast.runlog import Point, RunLog


def log(steps: list[int]) -> RunLog:
    """A log with a line for each of `steps`, a second apart."""
    return RunLog(points=[Point(step=step, clock=float(i), start=i) for i, step in enumerate(steps)])


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [7],
        list(range(100)),
        [*range(100), *range(50, 150)],
        [*range(0, 1000, 10), *range(500, 1500, 10), *range(1200, 2000, 10)],
        [*range(50), *range(50), *range(50)],
        [*range(10), *range(500, 600)],
        [1, 1, 1, 2, 2, 2, 3, 3, 3],
    ],
    ids=["empty", "one", "plain", "resume", "two resumes", "three fits", "jump ahead", "ranks repeat"],
)
def test_one_run_stays_one(steps: list[int]) -> None:
    """Resumes, repeated fits and repeated lines are not two runs at once."""
    assert untangle(log(steps)) == [log(steps)]


def test_two_mixed_runs_are_told_apart() -> None:
    """One from 0, another set in when the first was at 60, line by line in turn."""
    first, second = list(range(100)), list(range(40))
    mixed = [*first[:61], *(step for pair in zip(first[61:], second, strict=False) for step in pair)]
    longest, other = untangle(log(mixed))

    assert [point.step for point in longest.points] == list(range(100))
    assert [point.step for point in other.points] == list(range(39))
    assert {point.start for point in longest.points} == {0}
    found = [one for one in longest.findings if one.code == "interleaved"]
    assert [one.values for one in found] == [{"count": "2", "step": "61"}]


def test_a_fast_and_a_slow_run_are_told_apart() -> None:
    """Three lines of a run that logs every 10 steps to one of a run that logs every step."""
    fast, slow = list(range(1000, 1900, 10)), list(range(5, 35))
    mixed = [step for i in range(30) for step in [*fast[3 * i : 3 * i + 3], slow[i]]]
    runs = untangle(log(mixed))

    assert [[point.step for point in one.points] for one in runs] == [fast, slow]
