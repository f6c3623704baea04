"""What a rehearsal makes of the run that it stopped: the total of a run to come."""

from __future__ import annotations

import pytest

from traincast.estimate import Estimate
from traincast.live.rehearse import another_run

SEEN = Estimate(value=100.0, low=97.0, high=104.0, level=0.9)


def test_a_run_that_ends_takes_the_time_of_ending_too() -> None:
    """Two seconds from signal to end."""
    assert another_run(SEEN, 2.0, 0.0, 0.0).value == 102.0


def test_runs_that_do_not_differ_leave_the_interval_as_it_was() -> None:
    """Nothing to end, nobody else, no difference."""
    assert another_run(SEEN, 0.0, 0.0, 0.0) == SEEN


def test_the_difference_of_two_runs_is_added_as_an_independent_one() -> None:
    """3 s below and 4 % of 100 s: 5 s together; above 4 s and 4 %: 5.66 s."""
    told = another_run(SEEN, 0.0, 0.0, 0.04)
    assert told.low == pytest.approx(95.0)
    assert told.high == pytest.approx(100 + 32**0.5)


def test_a_crowd_may_come_again_or_go() -> None:
    """Others had half of the machine: alone it takes down to half as long, with as many again twice as long."""
    told = another_run(Estimate(value=100.0, low=100.0, high=100.0, level=0.9), 0.0, 0.5, 0.0)
    assert told.low == pytest.approx(50.0)
    assert told.high == pytest.approx(200.0)


def test_what_is_not_known_stays_unknown() -> None:
    """A total without an interval gets none."""
    told = another_run(Estimate(value=100.0, low=None, high=None, level=0.9), 1.0, 0.0, 0.1)
    assert (told.low, told.high) == (None, None)
