"""`watch` and `rehearse` as functions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import traincast
from traincast.errors import PlanUnknownError, UsageError

CODE = """
import sys, time
print("max_iters = 20000", flush=True)
for i in range(20000):
    time.sleep(0.005)
    print(f"iter {i}: loss 2.0, time 5.00ms", flush=True)
"""


def test_watching_a_finished_log_ends_by_itself(tmp_path: Path) -> None:
    """The last answer is that the run is over."""
    path = tmp_path / "run.log"
    path.write_text("max_iters = 20\n" + "".join(f"iter {i}: loss 2.0, time 50.00ms\n" for i in range(20)))

    *_, last = traincast.watch(path, every=0.1)
    assert last.state == "over"


def test_rehearsing_tells_the_total_and_ends_the_command() -> None:
    """20,000 steps of 5 ms and a bit: 100 to 200 s, known in a few."""
    answer = traincast.rehearse([sys.executable, "-c", CODE], sure=0.8, evaluation=False, budget=20)

    assert 90 < answer.total.value < 250
    assert answer.stopped_by == "SIGINT"
    assert answer.rehearsed_seconds < 21


def test_a_plan_that_is_not_told_is_asked_for() -> None:
    """The error names the option."""
    code = CODE.replace('print("max_iters = 20000", flush=True)', "")
    with pytest.raises(PlanUnknownError) as caught:
        traincast.rehearse([sys.executable, "-c", code], budget=20)
    assert "--steps" in caught.value.hint


def test_an_empty_command_is_a_usage_error() -> None:
    """There is nothing to run."""
    with pytest.raises(UsageError):
        traincast.rehearse([])
    with pytest.raises(UsageError):
        next(traincast.watch([]))
