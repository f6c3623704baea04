"""The canonical series: clock or print, last step or mean, resumes, coarse clocks."""

from __future__ import annotations

import pytest

from traincast.reading.series import pace, semantics, series
from traincast.runlog import Facts, Point, RunLog


def log(points: list[Point], **fields: object) -> RunLog:
    """A run log of these points."""
    return RunLog(points=points, **fields)  # type: ignore[arg-type]


def test_a_clock_gives_differences_and_never_crosses_a_start() -> None:
    """Two starts: no interval from the last line of one to the first of the next."""
    points = [
        Point(step=k, clock=float(t), start=s) for k, t, s in [(10, 100, 0), (20, 110, 0), (15, 900, 1), (25, 912, 1)]
    ]
    found = series(log(points, clock_kind="wall"))

    assert found is not None
    assert (found.last, found.steps, found.seconds) == ([20, 25], [10, 10], [10.0, 12.0])
    assert found.basis == "clock"
    assert found.pauses_inside


def test_a_clock_that_falls_back_gives_no_negative_interval() -> None:
    """A timer set to zero after step 10, as older modded-nanogpt does: that interval is left out and said."""
    points = [Point(step=k, clock=t) for k, t in [(9, 80.0), (10, 90.0), (11, 0.1), (12, 0.2)]]
    run = log(points, clock_kind="training")
    found = series(run)

    assert found is not None
    assert min(found.seconds) >= 0
    assert 11 not in found.last
    assert [one.code for one in run.findings] == ["clock-went-back"]


def test_last_step_times_are_completed_by_typical_steps() -> None:
    """nanoGPT prints every 10th iteration: dt + 9 x the median of the last ones. Line 3 carries an evaluation of 20 s.

    By hand: 0.2; 0.2 + 9 x 0.2 = 2.0; 20.2 + 9 x 0.2 = 22.0 (median of 0.2, 0.2, 20.2).
    """
    points = [Point(step=k, step_seconds=dt) for k, dt in [(0, 0.2), (10, 0.2), (20, 20.2)]]
    found = series(log(points, span="step", counts_from=0))

    assert found is not None
    assert found.seconds == pytest.approx([0.2, 2.0, 22.0])
    assert found.basis == "printed-step"


def test_means_of_an_interval_cover_it() -> None:
    """Megatron prints the mean of ten iterations: 10 x 0.6 s, the first line for the ten before it."""
    points = [Point(step=k, step_seconds=0.6) for k in (10, 20, 30)]
    found = series(log(points, span="interval"))

    assert found is not None
    assert found.steps == [10, 10, 10]
    assert found.seconds == pytest.approx([6.0, 6.0, 6.0])


def test_a_running_mean_is_taken_apart() -> None:
    """Means 2 s over 10 steps and 1.5 s over 20 are 20 s and 30 s: the second ten steps took 10 s."""
    points = [Point(step=10, step_seconds=2.0), Point(step=20, step_seconds=1.5)]
    found = series(log(points, span="since-start"))

    assert found is not None
    assert (found.steps, found.seconds) == ([10], pytest.approx([10.0]))


def test_a_mean_that_starts_again_each_epoch_is_taken_apart_within_it() -> None:
    """Batches 10 and 20 of epochs of 30: 0.4 s and 0.35 s give 10 batches in 20 x 0.35 - 10 x 0.4 = 3 s, in both
    epochs."""
    points = [Point(step=k, step_seconds=dt) for k, dt in [(10, 0.4), (20, 0.35), (40, 0.4), (50, 0.35)]]
    found = series(log(points, span="since-epoch", counts_from=0, facts=Facts(steps_per_epoch=30)))

    assert found is not None
    assert found.seconds == pytest.approx([3.0, 3.0])
    assert found.last == [20, 50]


def test_a_rate_and_the_size_of_a_step_give_a_time() -> None:
    """32768 tokens at 32768 tokens a second: 1 s a step, 10 steps a line."""
    points = [Point(step=k, rate=32768.0) for k in (10, 20)]
    found = series(log(points, rate_unit="tokens", facts=Facts(tokens_per_step=32768)))

    assert found is not None
    assert found.seconds == pytest.approx([10.0, 10.0])


def test_a_closing_line_alone_is_one_interval() -> None:
    """1000 s for 100 steps and no clock: the whole run."""
    found = series(log([], facts=Facts(total_seconds=1000.0, steps_planned=100)))

    assert found is not None
    assert (found.steps, found.seconds, found.basis) == ([100], [1000.0], "total")


def test_no_times_give_no_series() -> None:
    """Steps and losses tell no time."""
    assert series(log([Point(step=1, loss=2.0), Point(step=2, loss=1.9)])) is None


def test_times_rounded_to_nothing_give_no_series() -> None:
    """Each line prints 0.00 s."""
    assert series(log([Point(step=k, step_seconds=0.0) for k in range(20)], span="step")) is None


def test_a_coarse_clock_is_taken_together_and_stays_exact() -> None:
    """Steps of 0.37 s under a clock of whole seconds: no interval is zero, and the ends telescope.

    [T] METHODS: lines are joined until they have enough ticks; 1000 steps are 370 s, so the mean is 0.37 within one
    tick.
    """
    points = [Point(step=k, clock=float(int(k * 0.37))) for k in range(1001)]
    run = log(points, clock_kind="elapsed", clock_resolution=1.0)
    found = series(run)

    assert found is not None
    assert min(found.seconds) > 0
    assert sum(found.seconds) / sum(found.steps) == pytest.approx(0.37, rel=0.01)
    assert [one.code for one in run.findings] == ["clock-coarse"]


def test_semantics_are_decided_by_the_smaller_residual() -> None:
    """[T] METHODS f: an evaluation of 20 s inside one printed step of ten, against the clock.

    Typical step 1 s. As last-step: 9 x 1 + 21 = 30 = the clock. As mean: 10 x 21 = 210, off by 180.
    """
    last_step = [(10, 10.0, 1.0)] * 5 + [(10, 30.0, 21.0)]
    mean = [(10, 10.0, 1.0)] * 5 + [(10, 30.0, 3.0)]

    assert semantics(last_step) == "step"
    assert semantics(mean) == "interval"
    assert semantics(mean[:4]) == "unknown"


def test_a_printed_time_that_leaves_something_out_is_said_and_told_apart() -> None:
    """The clock takes 0.025 s a step, the printed time 0.016 s: the clock makes the series, the print the pace."""
    points = [Point(step=k, clock=k * 0.025, step_seconds=0.016) for k in range(1, 40)]
    run = log(points, span="step", clock_kind="wall", clock_resolution=1e-6)
    found, step = series(run), pace(run)

    assert found is not None
    assert step is not None
    assert found.seconds[5] == pytest.approx(0.025)
    assert step.seconds[5] == pytest.approx(0.016)
    assert "time-disagrees" in [one.code for one in run.findings]


def test_a_clock_that_stands_still_leaves_the_printed_times() -> None:
    """An excerpt of one second of a fast run: the stamps show nothing, the printed 50 ms do."""
    points = [Point(step=k, clock=1000.0, step_seconds=0.05) for k in range(1, 9)]
    found = series(log(points, clock_kind="wall", span="step", clock_resolution=1.0))

    assert found is not None
    assert found.basis == "printed-step"
    assert sum(found.seconds) / sum(found.steps) == pytest.approx(0.05)


def test_a_slow_first_mean_is_the_start_up_before_a_stamped_clock() -> None:
    """A log with stamps begins at step 100; its first mean, 6.5 s instead of .2 s, tells the 650 s before that line. A
    first mean like all others tells nothing that the clock lacks."""
    slow = [Point(step=100, clock=1e6, step_seconds=6.5)]
    even = [Point(step=100, clock=1e6, step_seconds=0.2)]
    rest = [Point(step=100 + 100 * k, clock=1e6 + 20.0 * k, step_seconds=0.2) for k in (1, 2, 3)]

    found = series(log(slow + rest, span="interval", clock_kind="wall"))
    plain = series(log(even + rest, span="interval", clock_kind="wall"))

    assert found is not None
    assert plain is not None
    assert (found.steps[0], found.seconds[0]) == (100, 650.0)
    assert plain.last[0] == 200


def test_a_damaged_rate_is_no_step_of_ages() -> None:
    """1e-320 samples a second: that line tells no time."""
    points = [Point(step=k, rate=1e-320 if k == 3 else 8.0) for k in range(1, 6)]
    log = RunLog(points=points, rate_unit="samples", facts=Facts(samples_per_step=16.0))
    found = series(log)

    assert found is not None
    assert found.last == [1, 2, 4, 5]
    assert found.seconds == [2.0, 2.0, 4.0, 2.0]
