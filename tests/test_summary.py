"""What one log says, against made-up runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from courses import changed, course, seed_like
from traincast import api
from traincast.machine import Accelerator
from traincast.reading.series import by_print
from traincast.runlog import Facts, Point, RunLog, Series
from traincast.sources import Source
from traincast.summary import summary

CARD = Accelerator(
    name="card", title="Card", vendor="v", family="f", arch="a", year=2023, memory_bytes=12e9, memory_bandwidth=5e11,
    peaks={"bf16": 58.3e12}, source=Source(text="made up"),
)  # fmt: skip


def test_an_empty_log_is_all_unknown() -> None:
    """No step, no time, no crash."""
    answer = summary(RunLog(), None)

    assert answer.step_time is None
    assert answer.steps.seen == 0
    assert answer.elapsed_seconds is None


def test_the_steady_step_leaves_out_compilation_and_evaluation() -> None:
    """3.85 s within .2 %, from step 1 on, and the mean with pauses is longer."""
    log, series = course(seed_like(2200), total=6000, facts=Facts(tokens_per_step=524288))
    answer = summary(log, series)

    assert answer.step_time is not None
    assert answer.step_time.value == pytest.approx(3.85, rel=0.002)
    assert answer.step_time.contains(3.85)
    assert answer.steady_from_step == 1
    assert answer.mean_step_seconds is not None
    assert answer.mean_step_seconds > answer.step_time.value
    assert answer.tokens_per_second is not None
    assert answer.tokens_per_second.value == pytest.approx(136_177, rel=0.002)  # 524,288 / 3.85
    assert (answer.steps.first, answer.steps.last, answer.steps.planned) == (0, 2199, 6000)
    assert answer.losses == {"first": 10.0, "last": pytest.approx(7.801)}


def test_nanogpt_mfu_is_rebased_from_the_a100_to_the_card() -> None:
    """13.13 % of 312e12 is 70.3 % of 58.3e12."""
    log, series = course(seed_like(100))
    log.mfu_peak = 312e12
    for point in log.points:
        point.mfu = 0.1313
    mfu = summary(log, series, device=CARD).mfu

    assert mfu is not None
    assert mfu.rebased == pytest.approx(0.703, abs=5e-4)


def test_without_a_device_the_mfu_is_not_rebased_and_a_finding_says_so() -> None:
    """The peak of the card is unknown."""
    log, series = course(seed_like(100))
    log.mfu_peak = 312e12
    log.points[50].mfu = 0.13
    answer = summary(log, series)

    assert answer.mfu is not None
    assert answer.mfu.rebased is None
    assert "mfu-peak-unknown" in [found.code for found in answer.findings]


def test_mfu_follows_from_parameters_and_speed_where_none_is_printed() -> None:
    """6 x 40.56e6 x 524,288 / 3.85 s / 58.3e12 = 56.8 %."""
    log, series = course(seed_like(100), facts=Facts(params=40.56e6, tokens_per_step=524288))
    mfu = summary(log, series, device=CARD).mfu

    assert mfu is not None
    assert mfu.rebased == pytest.approx(0.568, abs=0.003)


def test_declared_evaluations_are_told_over_the_whole_run(own_logs: Path) -> None:
    """nanoGPT on a CPU, 1200 steps, eval_interval 200: at 200, 400, ... 1200, the last after the last line. The
    five lines `iter 200: ... time 3721.83ms` to `iter 1000` take 19.4 s, of which 5 x .3 s are steps."""
    (run,) = api.read(own_logs / "nanogpt-cpu.log").runs
    (phase,) = [one for one in run.phases if one.kind == "evaluation"]
    period = run.period["evaluation"]

    assert (phase.first_step, phase.last_step, phase.count) == (200, 1200, 6)
    assert phase.seconds == pytest.approx(17.9, rel=0.15)
    assert period is not None
    assert period.seconds is not None
    assert period.every == 200
    assert period.seconds.value == pytest.approx(3.6, rel=0.15)
    firsts = [one.first_step for one in run.phases if one.first_step is not None]
    assert firsts == sorted(firsts)


def test_declared_evaluations_keep_their_period_across_a_resume(own_logs: Path) -> None:
    """Every 100 steps, killed at 230 and taken up at 200: 100, 200, 300, 400, about .62 s each."""
    (run,) = api.read(own_logs / "nanogpt-cpu-killed.log").runs
    (phase,) = [one for one in run.phases if one.kind == "evaluation"]
    period = run.period["evaluation"]

    assert (phase.first_step, phase.last_step, phase.count) == (100, 400, 4)
    assert period is not None
    assert period.seconds is not None
    assert period.every == 100
    assert period.seconds.value == pytest.approx(0.62, rel=0.05)


def test_a_lasting_slowdown_and_a_resume_are_found() -> None:
    """Speed halved from step 300 on; another run taken up again at 200."""
    slower, series = course(changed(500, lambda k: 1.0 if k < 300 else 2.0))
    again, its_series = course(changed(400, lambda _: 1.0), restarts=(200,))

    assert [note.values["step"] for note in summary(slower, series).findings if note.code == "slowdown"] == ["300"]
    assert [note.values["starts"] for note in summary(again, its_series).findings if note.code == "resumed"] == ["2"]


def flat(seconds: list[float]) -> Series:
    """A series of single steps."""
    n = len(seconds)
    return Series(last=list(range(1, n + 1)), steps=[1] * n, seconds=seconds, start=[0] * n, pauses_inside=False)


@pytest.mark.parametrize(("count", "said"), [(2, True), (3, True), (4, False), (40, False)])
def test_two_steady_lines_are_said_to_be_few(count: int, said: bool) -> None:
    """The first line is start-up: of three lines two are left, and either of them moves their median."""
    answer = summary(RunLog(), flat(([5.0] + [1.0, 1.01] * 20)[:count]))

    assert ("few-steps" in [note.code for note in answer.findings]) is said


def test_a_closing_line_that_tells_another_mean_is_set_beside_the_typical_step() -> None:
    """461 ms a step, 491 ms by the log's own count, which holds the first one: both are told."""
    log = RunLog(facts=Facts(mean_step_seconds=0.491))
    (note,) = [note for note in summary(log, flat([0.461] * 40)).findings if note.code == "mean-apart"]

    assert "461 ms" in note.message
    assert "491 ms" in note.message


@pytest.mark.parametrize(("mean", "said"), [(0.470, False), (0.615, True), (0.350, True)])
def test_only_quite_another_mean_is_told(mean: float, said: bool) -> None:
    """461 ms a step: a mean 2 % above it is as usual, one a third above or a quarter below is told."""
    log = RunLog(facts=Facts(mean_step_seconds=mean))
    notes = [note for note in summary(log, flat([0.461] * 40)).findings if note.code == "mean-apart"]

    assert [note.values for note in notes] == [
        {"unit": "step", "typical": "461 ms", "mean": f"{1000 * mean:.0f} ms"}
    ] * said


def test_slow_spells_of_regular_steps_are_told_by_their_mean() -> None:
    """One step in five takes twice as long: the typical one is 1 s, the mean 1.2 s. Even steps say nothing."""
    uneven = summary(RunLog(), flat([2.0 if i % 5 == 0 else 1.0 for i in range(200)]))
    even = summary(RunLog(), flat([1.0 + i % 3 / 100 for i in range(200)]))

    assert "mean-apart" not in [note.code for note in even.findings]
    assert uneven.step_time is not None


def test_of_two_lines_the_steps_of_both_count() -> None:
    """78 s for 4 steps and 186 s for 8: 264 s for 12, whichever is longer."""
    series = Series(last=[4, 12], steps=[4, 8], seconds=[78.0, 186.0], start=[0, 0], pauses_inside=True)

    answer = summary(RunLog(), series)

    assert answer.step_time is not None
    assert answer.step_time.value == pytest.approx(22.0)


def test_a_wall_clock_that_stands_still_tells_no_time() -> None:
    """Lines within one second: the steps that they print last 0.4 s."""
    points = [Point(step=step, clock=1e9, step_seconds=0.2) for step in (1, 2)]
    log = RunLog(points=points, clock_kind="wall", span="step")

    assert summary(log, flat([0.2, 0.2])).elapsed_seconds == pytest.approx(0.4)


def test_what_remains_is_no_time_since_the_start() -> None:
    """A countdown from 30 to 10 minutes covers 20."""
    points = [Point(step=step, clock=clock) for step, clock in ((100, -1800.0), (200, -1200.0), (300, -600.0))]
    log = RunLog(points=points, clock_kind="elapsed")
    series = Series(last=[200, 300], steps=[100, 100], seconds=[600.0, 600.0], start=[0, 0], pauses_inside=True)

    assert summary(log, series).elapsed_seconds == 1200.0


def test_the_time_before_the_first_line_counts() -> None:
    """Two lines 2 s apart, the first of which tells that it took 5 s."""
    points = [
        Point(step=step, clock=clock, step_seconds=took) for step, clock, took in ((1, 1e9, 5.0), (2, 1e9 + 2, 2.0))
    ]
    log = RunLog(points=points, clock_kind="wall", span="step")
    series = Series(last=[1, 2], steps=[1, 1], seconds=[5.0, 2.0], start=[0, 0], pauses_inside=True, basis="clock")

    assert summary(log, series).elapsed_seconds == pytest.approx(7.0)


def test_two_decimals_hide_where_the_step_lies() -> None:
    """Steps of 63 ms are printed as 0.06 s, and the interval says so."""
    points = [Point(step=step, step_seconds=0.06) for step in range(1, 21)]
    log = RunLog(points=points, span="step")
    series = Series(
        last=list(range(1, 21)), steps=[1] * 20, seconds=[0.06] * 20, start=[0] * 20, pauses_inside=False,
        basis="printed-step",
    )  # fmt: skip
    found = summary(log, series).step_time

    assert found is not None
    assert found.low < 0.057
    assert found.high > 0.063


def test_steps_that_stand_for_others_add_no_certainty() -> None:
    """Of every ten steps one is printed, 0.3 to 0.4 s: the nine between are taken as typical, not as known."""
    times = [0.35, 0.31, 0.4, 0.36, 0.33]
    points = [Point(step=10 * (i + 1), step_seconds=took) for i, took in enumerate(times)]
    log = RunLog(points=points, span="step")
    found = summary(log, by_print(log)[0]).step_time

    assert found is not None
    assert found.high - found.low > 0.04
