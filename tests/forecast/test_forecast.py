"""The forecast of made-up runs: from nothing, over the first lines, to the end."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from courses import BEGIN, changed, course, seed_like
from traincast import api
from traincast.answers import ForecastAnswer
from traincast.errors import PlanUnknownError, UnreadableError, UsageError
from traincast.forecast import forecast
from traincast.runlog import Facts, RunLog
from traincast.workload import Workload


def at(times: list[float], seen: int, **more: object) -> ForecastAnswer:
    """The forecast after `seen` steps of a run that takes `times`."""
    log, series = course(times[:seen], total=len(times), evaluations=tuple(range(499, len(times), 500)))
    return forecast(log, series if seen > 1 else None, **more)  # type: ignore[arg-type]


def error(times: list[float], seen: int) -> float:
    """Forecast over truth of the remaining time, minus 1."""
    remaining = at(times, seen).remaining
    assert remaining is not None
    return remaining.value / math.fsum(times[seen:]) - 1


@pytest.mark.parametrize("seed", range(5))
def test_the_seed_run_is_known_ten_steps_after_warmup(seed: int) -> None:
    """Within 1 % and with an interval under 4 % wide, eleven steps into 6000."""
    times = seed_like(seed=seed)
    answer = at(times, 11)
    truth = math.fsum(times[11:])

    assert answer.remaining is not None
    assert answer.remaining.relative_width is not None
    assert answer.remaining.value == pytest.approx(truth, rel=0.01)
    assert answer.remaining.relative_width < 0.04
    assert answer.ready
    assert answer.step_time is not None
    assert answer.step_time.relative_width is not None
    assert answer.step_time.relative_width <= answer.remaining.relative_width * 1.001


def test_without_a_total_the_hint_names_the_option() -> None:
    """Nobody says how long the run is meant to be."""
    log, series = course([1.0] * 10)
    with pytest.raises(PlanUnknownError) as raised:
        forecast(log, series)

    assert "--steps" in raised.value.hint


def test_error_counts_in_good_english() -> None:
    """A log of batches does not say how many batches."""
    log, series = course([1.0] * 10)
    log.unit = "batch"

    with pytest.raises(PlanUnknownError, match="how many batches the run"):
        forecast(log, series)


def test_the_option_outranks_the_log() -> None:
    """--steps 100 against 50 in the log: 90 s to go after 10 steps of 1 s."""
    log, series = course([1.0] * 10, total=50)
    answer = forecast(log, series, steps=100)

    assert answer.steps_total == 100
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(90)


def test_a_run_that_is_over_has_nothing_left() -> None:
    """All steps done: 0 s, with an interval of no width."""
    log, series = course([1.0] * 50, total=50)
    answer = forecast(log, series, deadline="1s")

    assert answer.remaining is not None
    assert (answer.remaining.value, answer.remaining.low, answer.remaining.high) == (0, 0, 0)
    assert answer.probability_by_deadline == 1
    assert "run-over" in [found.code for found in answer.findings]


def test_a_closing_line_tells_how_long_a_run_without_a_clock_took(tmp_path: Path) -> None:
    """LitGPT prints .2 s for each of 20 micro-steps, waits for data beside them, and 22.5 s at the end."""
    told = "loss train: 5.5, val: n/a | iter time: 200.00 ms (step) remaining time: 0:00:09\n"
    line = "Epoch 1 | iter {0} step {0} | " + told
    path = tmp_path / "run.log"
    path.write_text("".join(line.format(i) for i in range(1, 21)) + "| - Training Time : 22.50 s\n")

    total = api.forecast(str(path), steps=20).total

    assert total is not None
    assert total.value == 22.5


def test_before_the_first_line_the_prediction_answers_alone() -> None:
    """6000 steps of 5.34 s, sigma .28: 32,040 s, x/÷ exp(1.645 x .28)."""
    answer = forecast(RunLog(source="-"), None, steps=6000, prior=(math.log(5.34), 0.28))

    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(32_040)
    assert answer.remaining.high == pytest.approx(32_040 * math.exp(1.645 * 0.28), rel=0.001)
    assert answer.prior_weight == 1
    assert not answer.ready
    assert [found.code for found in answer.findings] == ["prior-only"]


def test_after_the_first_iteration_alone_a_step_is_hardly_known() -> None:
    """27 s may be compilation: the interval spans a factor 20, and a prediction of 5.34 s is believed."""
    log, series = course(seed_like()[:1], total=6000)
    alone = forecast(log, series)
    fused = forecast(log, series, prior=(math.log(5.34), 0.28))

    assert alone.remaining is not None
    assert alone.remaining.low is not None
    assert alone.remaining.low < 5999 * 3.85 < alone.remaining.value
    assert fused.step_time is not None
    assert fused.step_time.value == pytest.approx(5.34, rel=0.1)


def test_the_prior_fades_as_lines_arrive() -> None:
    """Its weight falls from line to line and the forecast moves from 5.34 s to 3.85 s a step."""
    times = seed_like()
    weights = [at(times, n, prior=(math.log(5.34), 0.28)).prior_weight for n in (0, 3, 10, 100)]

    assert weights[0] == 1
    assert all(a is not None and b is not None and a > b for a, b in itertools.pairwise(weights))
    assert weights[-1] is not None
    assert weights[-1] < 0.01


def test_a_prior_ten_times_off_is_reported_and_left_out() -> None:
    """1 s steps where 10 s were predicted."""
    answer = at(changed(1000, lambda _: 1.0), 100, prior=(math.log(10.0), 0.28))

    assert answer.prior_weight == 0
    assert "prior-conflict" in [found.code for found in answer.findings]


def test_evaluations_still_to_come_are_counted() -> None:
    """After 1600 of 6000 steps nine remain, at 2000 to 6000, 15 s each: nanoGPT evaluates at max_iters too."""
    times = seed_like()
    answer = at(times, 1600)
    parts = {part.name: part.seconds for part in answer.parts}

    assert parts["evaluation"] == pytest.approx(9 * 15, rel=0.05)
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(math.fsum(times[1600:]), rel=0.003)


@pytest.mark.parametrize(("seen", "still"), [(150, 3), (190, 3), (220, None)])
def test_a_lone_pause_comes_back_as_it_came(seen: int, still: int | None) -> None:
    """8 s at step 100 of 450 with nothing printed: due at 200, 300 and 400, until step 200 comes without it."""
    times = changed(450, lambda _: 1.0, noise=0.01)
    times[100] += 8.0
    log, series = course(times[:seen], total=450)
    parts = {part.name: part.seconds for part in forecast(log, series).parts}
    expected = 8.0 * (450 - seen) / (seen - 1) if still is None else 8.0 * still

    assert parts["pause"] == pytest.approx(expected, rel=0.02)


def test_the_deadline_has_a_probability() -> None:
    """Far beyond: 1; at the forecast itself: about one half; long before: 0."""
    times = changed(1000, lambda _: 1.0)
    middle = at(times, 500).remaining
    assert middle is not None
    chances = [at(times, 500, deadline=text).probability_by_deadline for text in ("2h", f"{middle.value}s", "1m")]

    assert chances == [pytest.approx(1, abs=1e-3), pytest.approx(0.5, abs=1e-6), pytest.approx(0, abs=1e-3)]


def test_the_finish_is_dated_from_the_last_line() -> None:
    """10 steps of 1 s from the epoch 1.7e9 (2023-11-14 22:13:20 UTC), 90 s to go: 22:15:00."""
    log, series = course([1.0] * 10, total=100)

    assert log.points[-1].clock == BEGIN + 10
    assert forecast(log, series).finish_at == "2023-11-14T22:15:00+00:00"


def test_the_whole_run_counts_the_steps_before_the_log() -> None:
    """A log that begins at step 500 of 1000 and shows 100 steps of 1 s: 501 s before, 99 in it, 400 to come."""
    log, series = course([1.0] * 100, total=1000)
    for point in log.points:
        point.step += 500
    series.last = [step + 500 for step in series.last]
    answer = forecast(log, series)

    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(400)
    assert answer.total is not None
    assert answer.total.value == pytest.approx(1000)


@pytest.mark.parametrize(("text", "hint"), [("soon", "18:00")])
def test_a_deadline_that_is_neither_time_nor_duration_is_told(text: str, hint: str) -> None:
    """One line and what to write instead."""
    log, series = course([1.0] * 10, total=100)
    with pytest.raises(UsageError) as raised:
        forecast(log, series, deadline=text)

    assert hint in raised.value.hint


def test_a_time_budget_ends_a_run_without_steps() -> None:
    """300 s planned, 10 s gone."""
    log, series = course([1.0] * 10, facts=Facts(seconds_planned=300.0))
    answer = forecast(log, series)

    assert answer.steps_total is None
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(291, abs=1.5)


def test_tokens_of_a_workload_give_the_plan() -> None:
    """1e6 tokens of 1e4 a step are 100 steps."""
    log, series = course([1.0] * 10, facts=Facts(tokens_per_step=1e4))

    assert forecast(log, series, workload=Workload(tokens=1e6)).steps_total == 100


@pytest.mark.parametrize("seed", range(3))
def test_half_the_speed_is_followed_within_20_steps(seed: int) -> None:
    """From 60 % on a step takes twice as long: 20 steps later the error is below 5 % and the finding names the step."""
    times = changed(1000, lambda k: 1.0 if k < 600 else 2.0, seed=seed)
    answer = at(times, 620)
    found = [one for one in answer.findings if one.code == "slowdown"]

    assert abs(error(times, 620)) < 0.05
    assert [one.values["step"] for one in found] == ["600"]


@pytest.mark.parametrize("seed", range(3))
def test_a_suspended_machine_is_not_expected_again(seed: int) -> None:
    """Eight hours at step 600 of 1000: 20 steps later within 5 %, with a finding that names the step."""
    times = changed(1000, lambda _: 1.0, seed=seed)
    times[600] += 8 * 3600
    found = [one for one in at(times, 620).findings if one.code == "stall"]

    assert abs(error(times, 620)) < 0.05
    assert [one.values["step"] for one in found] == ["600"]


@pytest.mark.parametrize("seed", range(3))
def test_a_resumed_run_is_known_again_within_20_steps(seed: int) -> None:
    """Started again at 600 with a compilation of 30 s."""
    times = changed(1000, lambda k: 30.0 if k in (0, 600) else 1.0, seed=seed)
    log, series = course(times[:620], total=1000, restarts=(600,))
    answer = forecast(log, series)

    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(math.fsum(times[620:]), rel=0.05)
    assert [one.values["step"] for one in answer.findings if one.code == "resumed"] == ["600"]


def test_evaluations_to_come_are_counted_after_a_resume(own_logs: Path, tmp_path: Path) -> None:
    """Every 100 steps of 400: two are left, at 300 and 400, at step 245 of a run taken up at 200; 9 s are left."""
    lines = (own_logs / "nanogpt-cpu-killed.log").read_text().split("\n")
    first = next(i for i, line in enumerate(lines) if "Resuming" in line)
    (tmp_path / "cut.log").write_text("\n".join(lines[: first + 11]))
    answer = api.forecast(tmp_path / "cut.log")
    parts = {part.name: part.seconds for part in answer.parts}

    assert parts["evaluation"] == pytest.approx(2 * 0.62, rel=0.15)
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(9.0, rel=0.1)


@pytest.mark.parametrize(("dialect", "said"), [("nanogpt", False), ("other", True)])
def test_a_printed_iteration_that_contains_the_evaluation_is_no_training_clock(dialect: str, said: bool) -> None:
    """Every step printed, evaluations of .2 s inside 1 s steps: nanoGPT's are in the time, whatever they take."""
    times = [1.2 if k in (100, 200) else 1.0 for k in range(250)]
    log, series = course(times, total=400, evaluations=(99, 199))
    log.dialect, log.clock_kind, log.span = dialect, "none", "step"
    series.pauses_inside, series.basis = False, "printed-step"
    answer = forecast(log, series)

    assert ("training-clock" in [note.code for note in answer.findings]) == said


def test_a_figure_that_rises_over_a_few_lines_of_a_header_is_no_counter(tmp_path: Path) -> None:
    """Eight lines of start-up with a number that rises: an error with a hint, not a forecast."""
    lines = [f"2025-01-02 15:36:{10 + 3 * i} worker ready {106031 + i}" for i in range(8)]
    (tmp_path / "cut.log").write_text("\n".join(lines))
    with pytest.raises(UnreadableError) as raised:
        api.forecast(tmp_path / "cut.log", steps=200_000)

    assert "ten lines" in raised.value.hint


def test_ten_lines_of_an_unknown_format_that_name_their_steps_are_enough(tmp_path: Path) -> None:
    """`step 7` on a clock of 3 s a line: 90 steps of 3 s to go."""
    lines = [f"2025-01-02 15:36:{10 + 3 * i} my trainer: at step {i + 1} now" for i in range(10)]
    (tmp_path / "run.log").write_text("\n".join(lines))
    remaining = api.forecast(tmp_path / "run.log", steps=100).remaining

    assert remaining is not None
    assert remaining.value == pytest.approx(270, rel=0.05)


def test_a_run_told_by_its_last_lines_alone_is_done() -> None:
    """No step line, but a plan of 200 steps and an end: 200 of 200."""
    log = RunLog(finished=True, facts=Facts(steps_planned=200))
    answer = forecast(log, None)

    assert (answer.steps_done, answer.steps_total) == (200, 200)
    assert answer.remaining is not None
    assert answer.remaining.value == 0
