"""Reinforcement learning whose learner has not begun."""

from __future__ import annotations

import pytest

from courses import changed, course
from traincast.estimate import Estimate
from traincast.forecast import forecast


def told(begins: str | None, lines: int) -> tuple[Estimate, Estimate]:
    """Remaining time and step of 1000 steps, of which so many are over: 1 s, from the tenth on 6 s."""
    log, series = course(changed(lines, lambda k: 1.0 if k < 10 else 6.0, noise=0.01), total=1000)
    log.events, log.facts.other = [], {} if begins is None else {"learns_from": begins}
    answer = forecast(log, series)
    assert answer.remaining is not None
    assert answer.step_time is not None
    return answer.remaining, answer.step_time


@pytest.mark.parametrize("begins", ["", "10"])
def test_while_a_learner_only_collects_its_steps_are_not_those_to_come(begins: str) -> None:
    """A step that also learns takes a forward pass, and one with its backward pass: 1 + 1 / .31 times as long.

    At 90 % as little as now, at most as much longer again.
    """
    remaining, step = told(begins, 10)

    assert remaining.value == pytest.approx(990 * 4.23, rel=0.02)
    assert step.value == pytest.approx(4.23, rel=0.02)
    assert (remaining.low, remaining.high) == (pytest.approx(990, rel=0.02), pytest.approx(990 * 4.23**2, rel=0.03))


def test_the_first_lines_that_learn_tell_how_long_they_take() -> None:
    """Two of them: 6 s each, where the mean of all is 1.8."""
    assert told("10", 12)[0].value == pytest.approx(988 * 6, rel=0.02)


@pytest.mark.parametrize(("begins", "lines"), [(None, 9), ("10", 40), ("2", 9)])
def test_where_most_lines_learn_or_nothing_is_told_the_mean_counts(begins: str | None, lines: int) -> None:
    """The interval is the usual one."""
    remaining, _ = told(begins, lines)
    assert remaining.low is not None

    assert remaining.low > remaining.value / 2
