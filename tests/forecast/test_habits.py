"""What trainers do unless they are told otherwise."""

from __future__ import annotations

from traincast.forecast.habits import Habits, habits, table
from traincast.reading.dialect import openings
from traincast.reading.structured.shapes import SHAPES


def test_each_habit_is_of_a_dialect_that_is_read_and_has_a_source() -> None:
    """A dialect that is renamed must take its habits along."""
    known = {*openings(), *(shape.name for shape in SHAPES)}

    assert set(table()) - known == set()
    assert all(one.source for one in table().values())


def test_a_trainer_without_habits_has_none() -> None:
    """One split, no default interval, nothing after the last step."""
    assert habits("a trainer of my own") == Habits()


def test_nanogpt_evaluates_every_two_thousand_steps_and_at_the_end() -> None:
    """train.py: eval_interval = 2000, eval_iters = 200, train and val, iter_num == max_iters."""
    found = habits("nanogpt")

    assert (found.eval_interval, found.eval_batches, found.eval_splits) == (2000, 200, 2)
    assert (found.at_the_end, found.timed, found.whole_steps) == ("due", True, False)
