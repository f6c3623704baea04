"""One timed line alone: how far a start-up may fill it."""

import math

import pytest

from courses import course, seed_like
from traincast.forecast import forecast
from traincast.phases.first import holds_start, reach
from traincast.reading.series import series as read_series
from traincast.runlog import Facts, Point, RunLog, Series
from traincast.runlog import Point as Line
from traincast.summary import summary
from traincast.workload import Workload


def one(seconds: float, steps: int = 1, last: int = 1) -> Series:
    """A series of one interval."""
    return Series(last=[last], steps=[steps], seconds=[seconds], start=[0], pauses_inside=True)


@pytest.mark.parametrize(
    ("seconds", "steps", "down", "up"),
    [
        (28.7, 1, 301, 1.01),  # any of 28.7 s may be start-up: a step may take 1/301 of it
        (20.0, 100, 4, 1.01),  # a start-up of at most 300 steps in 400 steps' time
        (400.0, 1, 4 / 3, 1.01),  # 100 of 400 s
        (0.025, 1, 301, 11),  # launched and not waited for: up to .25 s more
    ],
)
def test_a_start_up_fills_as_much_as_its_seconds_and_steps_allow(
    seconds: float, steps: int, down: float, up: float
) -> None:
    """A factor either way, and in squares the .45 that one interval is worth without any start-up."""
    low, high = reach(one(seconds, steps))

    assert low == pytest.approx(math.hypot(math.log(down), 0.45), rel=0.001)
    assert high == pytest.approx(math.hypot(math.log(up), 0.45), rel=0.01)


def test_an_interval_that_begins_after_the_first_step_holds_no_start() -> None:
    """Steps 11 to 20 by the clock of two lines; steps 1 to 10, and step 0 where they count from 0, begin the run."""
    assert not holds_start(one(10.0, 10, last=20), 1)
    assert holds_start(one(10.0, 10, last=10), 1)
    assert holds_start(one(10.0, 1, last=0), 0)
    assert not holds_start(one(10.0, 1, last=1), 0)


def nanogpt(*lines: tuple[int, float]) -> RunLog:
    """A log of step times as nanoGPT prints them."""
    points = [Point(step=step, step_seconds=seconds) for step, seconds in lines]
    facts = Facts(steps_planned=5000)
    return RunLog(source="x", dialect="nanogpt", points=points, counts_from=0, span="step", facts=facts)


def test_a_first_step_of_compilation_is_no_steady_step() -> None:
    """28.7 s, of which 28.5 were evaluation and start-up: both intervals hold .19 s, and a finding says why."""
    log = nanogpt((0, 28.713))
    found = summary(log, read_series(log))
    answer = forecast(log, read_series(log))

    assert found.step_time is not None
    assert found.step_time.contains(0.189)
    assert found.step_time.contains(28.713)
    assert found.steady_from_step is None
    assert [phase.kind for phase in found.phases] == ["start-up"]
    assert "first-interval" in [note.code for note in found.findings]
    assert answer.remaining is not None
    assert answer.remaining.contains(4999 * 0.189)
    assert answer.remaining.high is not None
    assert answer.remaining.high < 2 * answer.remaining.value
    assert "first-interval" in [note.code for note in answer.findings]


def test_a_prediction_far_below_the_first_step_is_believed() -> None:
    """A hundredth of a first iteration of 28.7 s contradicts nothing; ten times it does."""
    log = nanogpt((0, 28.713))
    below = forecast(log, read_series(log), prior=(math.log(0.25), 0.28))
    above = forecast(log, read_series(log), prior=(math.log(287.0), 0.28))

    assert below.step_time is not None
    assert below.step_time.value == pytest.approx(0.25, rel=0.06)
    assert below.prior_weight is not None
    assert below.prior_weight > 0.9
    assert "prior-conflict" in [note.code for note in above.findings]


def test_the_chance_to_meet_a_deadline_knows_both_sides() -> None:
    """Half of the value is likely to be enough by far, twice the value nearly surely."""
    log, series = course(seed_like()[:1], total=6000)
    whole = forecast(log, series).remaining
    assert whole is not None
    chances = [
        forecast(log, series, deadline=f"{share * whole.value:.0f}s").probability_by_deadline
        for share in (0.05, 0.5, 1.0, 2.0)
    ]

    assert chances == sorted(chances)
    assert chances[0] is not None
    assert chances[0] > 0.1
    assert chances[2] == pytest.approx(0.5, abs=0.01)
    assert chances[3] is not None
    assert chances[3] > 0.95


@pytest.mark.parametrize(("lines", "least"), [(1, 0.13), (2, 0.1), (3, 0.0)])
def test_few_equal_lines_are_not_exact(lines: int, least: float) -> None:
    """One or two steady lines of 51 ms have no scatter of their own: .07 is assumed, 2.7 times that over root n."""
    points = [Line(step=1, step_seconds=9.0), *(Line(step=k + 2, step_seconds=0.051) for k in range(lines))]
    log = RunLog(source="x", points=points, span="interval")
    found = summary(log, read_series(log))

    assert found.step_time is not None
    assert found.step_time.value == pytest.approx(0.051)
    assert found.step_time.relative_width is not None
    assert found.step_time.relative_width >= 2 * least


def test_announced_evaluations_are_in_a_forecast_that_rests_on_a_prediction() -> None:
    """40 batches of two splits every 200 of 1200 steps of .25 s in two micro-steps: 80 x .31 x .25 / 2 = 3.1 s each.

    Seven before the run begins, six after the first iteration, which held one.
    """
    workload = Workload(steps=1200, eval_interval=200, eval_batches=40, eval_splits=2, grad_accum=2)
    prior = (math.log(0.25), 0.05)
    before = forecast(RunLog(source="-"), None, workload=workload, prior=prior)
    log = nanogpt((0, 20.0))
    log.facts.steps_planned = 1200
    after = forecast(log, read_series(log), workload=workload, prior=prior)

    assert {part.name: part.seconds for part in before.parts} == {
        "training": pytest.approx(300),
        "evaluation": pytest.approx(7 * 3.1),
    }
    assert {part.name: part.seconds for part in after.parts} == {
        "training": pytest.approx(1199 * 0.25, rel=0.01),
        "evaluation": pytest.approx(6 * 3.1, rel=0.01),
    }


@pytest.mark.parametrize(("step", "seconds", "kind"), [(90_000, 45_000.0, "steady"), (40, 160.0, "start-up")])
def test_one_line_from_long_after_the_start_is_no_start_up(step: int, seconds: float, kind: str) -> None:
    """A start-up of 100 s or 300 steps is nothing in 90 000 steps, and may be most of 160 s."""
    points = [Point(step=step, step_seconds=seconds / step)]
    log = RunLog(source="x", dialect="x", points=points, span="window", facts=Facts(steps_planned=100_000))
    found = summary(log, read_series(log))

    assert [phase.kind for phase in found.phases] == [kind]
