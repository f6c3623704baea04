"""What an evaluation costs before one was seen, and evaluations that come unasked."""

from __future__ import annotations

import math

import pytest

from courses import changed, course
from traincast.forecast import forecast
from traincast.forecast.expected import declared_intervals, expected_seconds, unseen
from traincast.forecast.project import project
from traincast.phases import anatomy
from traincast.runlog import Event, Facts, Series
from traincast.workload import Workload


def expected(facts: Facts, dialect: str = "other", *, inside: bool = True) -> float | None:
    """Seconds of an evaluation of a run of 2 s steps that has shown none."""
    log, series = course([2.0] * 30, facts=facts)
    log.dialect, series.pauses_inside = dialect, inside
    found = anatomy(series)
    assert found is not None
    return unseen(log, found).get("evaluation")


def test_a_megatron_evaluation_is_the_forward_pass_of_whole_steps() -> None:
    """100 batches x .31 x 2 s."""
    assert expected(Facts(eval_batches=100, eval_interval=1000), "megatron-lm") == pytest.approx(62)


def test_batches_of_their_own_size_are_forward_passes_of_so_many_samples() -> None:
    """1000 batches of 50 where a step takes two of 128: 1000 x .31 x 50 / 256 steps of 2 s."""
    facts = Facts(eval_batches=1000, eval_interval=1000, micro_batch=128, grad_accum=2, other={"eval_batch": "50"})

    assert expected(facts) == pytest.approx(1000 * 0.31 * 50 / 256 * 2)


def test_an_evaluation_before_a_first_step_that_nobody_timed_is_known_by_its_batches() -> None:
    """Lines that are timed as they arrive begin behind step 0: 10 batches of 2 splits at .31 of 2 s, half as much each
    with two micro-steps; nothing is taken from the interval behind it. Where step 0 was timed, one was due."""
    log, series = course([2.0] * 30, facts=Facts(eval_batches=10, eval_interval=50, grad_accum=2, compile=False))
    log.events = [Event(kind="evaluation", step=None)]
    later = Series(
        last=series.last[1:], steps=series.steps[1:], seconds=[2.1, *series.seconds[2:]], start=series.start[1:],
        pauses_inside=True,
    )  # fmt: skip
    whole, found = anatomy(series), anatomy(later)
    assert whole is not None
    assert found is not None

    assert expected_seconds(log, found)["evaluation"] == pytest.approx(10 * 2 * 0.31 * 2.0 / 2, rel=0.01)
    assert unseen(log, whole) == {}


@pytest.mark.parametrize(("every", "steps"), [(250, 250 * 0.04), (10_000, 50)])
def test_a_declared_evaluation_costs_what_is_usual(every: int, steps: float) -> None:
    """A share of the steps between two, and no more than a number of steps."""
    assert expected(Facts(eval_interval=every)) == pytest.approx(2 * steps)


def test_an_epoch_ends_with_what_is_usual_unless_an_interval_is_told() -> None:
    """A share of the epoch; of a log that counts epochs the steps of one say nothing."""
    assert expected(Facts(steps_per_epoch=500)) == pytest.approx(2 * 500 * 0.04)
    assert expected(Facts(steps_per_epoch=500, eval_interval=250)) == pytest.approx(2 * 250 * 0.04)

    log, series = course([2.0] * 30, facts=Facts(steps_per_epoch=500))
    log.unit = "epoch"
    found = anatomy(series)
    assert found is not None
    assert unseen(log, found) == {}


@pytest.mark.parametrize(
    ("evaluation", "seconds", "within"),
    [
        (None, 2 * 1000 * 0.04, 0.02),  # nothing at 0 to 100: two at 1000 and 2000 are taken for granted
        (99, 20 * 20.0, 0.06),  # one at 100: so the interval is another one, and twenty of 20 s come
    ],
)
def test_a_trainers_own_interval_holds_until_an_evaluation_comes_elsewhere(
    evaluation: int | None, seconds: float, within: float
) -> None:
    """JoeyNMT validates every 1000 steps unless told; 2100 steps of 1 s, of which 150 are over."""
    times = changed(150, lambda _: 1.0, noise=0.01)
    if evaluation is not None:
        times[evaluation + 1] += 20.0
    log, series = course(times, total=2100, evaluations=() if evaluation is None else (evaluation,))
    log.dialect, log.events = "joeynmt", log.events[1:]
    answer = {part.name: part.seconds for part in forecast(log, series).parts}

    assert set(answer) == {"training", "evaluation"}
    assert answer["evaluation"] == pytest.approx(seconds, rel=within)


def test_a_first_evaluation_after_the_last_step_costs_what_is_usual() -> None:
    """ms-swift: none is due among 438 steps, one comes at the end: 4 % of the 500 between two."""
    log, series = course(changed(50, lambda _: 5.0, noise=0.01), total=438)
    log.dialect, log.events = "swift-console", log.events[1:]
    parts = {part.name: part.seconds for part in forecast(log, series).parts}

    assert parts["evaluation"] == pytest.approx(5 * 500 * 0.04, rel=0.02)


@pytest.mark.parametrize(
    ("strategy", "steps"), [("steps", 50 * 0.04), ("STEPS", 50 * 0.04), ("no", None), ("epoch", None), ("", None)]
)
def test_steps_of_a_trainer_count_where_its_strategy_says_so(strategy: str, steps: float | None) -> None:
    """Hugging Face: `eval_steps=50` beside `eval_strategy="no"` evaluates never."""
    seconds = expected(Facts(other={"eval_steps": "50", "eval_strategy": strategy}))

    assert seconds == (None if steps is None else pytest.approx(2 * steps))


@pytest.mark.parametrize("text", ["\u00b2", "-5", "0", "", "many"])
def test_steps_that_are_no_number_tell_nothing(text: str) -> None:
    """A superscript two counts as a digit, not as a number."""
    assert expected(Facts(other={"eval_steps": text, "eval_strategy": "steps"})) is None


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("total", "still"), [(500, 0), (501, 1), (1500, 2)])
def test_what_ends_the_last_epoch_comes_after_the_last_step(total: int, still: int, first: int) -> None:
    """Epochs of 500 steps at 100, counted from 0 or 1: of one none, of three two."""
    log, series = course(changed(100, lambda _: 2.0, noise=0.01), facts=Facts(steps_per_epoch=500), total=total)
    log.dialect, log.counts_from = "other", first
    series.last = [last + first for last in series.last]
    for point in log.points:
        point.step += first
    parts = {part.name: part.seconds for part in forecast(log, series).parts}

    assert parts.get("evaluation", 0.0) == pytest.approx(2 * 500 * 0.04 * still, rel=0.02)


@pytest.mark.parametrize("facts", [Facts(), Facts(eval_batches=10)])
def test_nothing_is_expected_where_nothing_is_declared(facts: Facts) -> None:
    """No interval, no size of a batch."""
    assert expected(facts) is None


def test_nothing_is_expected_where_one_was_due_and_did_not_show() -> None:
    """30 steps have gone by: one every 20 was due, and nanoGPT's before the first step."""
    assert expected(Facts(eval_interval=20)) is None
    assert expected(Facts(eval_interval=1000), "nanogpt") is None


def test_nothing_is_expected_off_the_clock() -> None:
    """Pauses between two lines are not in their times."""
    assert expected(Facts(eval_interval=1000), inside=False) is None


@pytest.mark.parametrize(("dialect", "still"), [("swift-console", 3), ("other", 2)])
def test_some_trainers_evaluate_after_the_last_step_whether_or_not_it_is_due(dialect: str, still: int) -> None:
    """30 s every 100 of 438 steps: at 250 of them 300, 400 and, in ms-swift, 438 are to come."""
    times = changed(250, lambda _: 5.0, noise=0.01)
    for k in (100, 200):
        times[k] += 30.0
    log, series = course(times, total=438, evaluations=(99, 199))
    log.dialect, log.events = dialect, log.events[1:]
    parts = {part.name: part.seconds for part in forecast(log, series).parts}

    assert parts["evaluation"] == pytest.approx(30 * still, rel=0.03)


@pytest.mark.parametrize(("seconds", "still"), [(30.0, 8), (8 * 3600.0, 0)])
def test_a_lone_pause_where_an_evaluation_is_due_is_one(seconds: float, still: int) -> None:
    """After step 200 of 2000 with `eval_interval` 200, nothing printed: 400 to 1800; a suspension does not return."""
    times = changed(2000, lambda _: 1.0, noise=0.01)
    times[200] += seconds
    log, series = course(times[:300], total=2000, facts=Facts(eval_interval=200))
    log.dialect = "other"
    parts = {part.name: part.seconds for part in forecast(log, series).parts}

    assert parts.get("evaluation", 0.0) == pytest.approx(seconds * still, rel=0.02)


@pytest.mark.parametrize("named", [True, False])
def test_evaluations_seen_before_a_change_of_speed_still_come(named: bool) -> None:
    """15 s every 100 of 1000 steps; from 620 on a step takes twice as long. At 650 four are left, none seen since."""
    times = changed(1000, lambda k: 1.0 if k < 620 else 2.0, noise=0.01)
    for k in range(100, 1000, 100):
        times[k] += 15.0
    marks = tuple(range(99, 650, 100)) if named else ()
    log, series = course(times[:650], total=1000, evaluations=marks)
    log.events = log.events[1:]
    answer = forecast(log, series)
    parts = {part.name: part.seconds for part in answer.parts}

    assert parts["evaluation" if named else "pause"] == pytest.approx(4 * 15 * math.sqrt(2), rel=0.1)
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(math.fsum(times[650:]), rel=0.06)


def test_pauses_that_stay_away_after_a_change_of_speed_are_not_expected() -> None:
    """Without a name they were due at 700."""
    times = changed(1000, lambda k: 1.0 if k < 620 else 2.0, noise=0.01)
    for k in range(100, 620, 100):
        times[k] += 15.0
    log, series = course(times[:750], total=1000)

    assert {part.name for part in forecast(log, series).parts} == {"training"}


@pytest.mark.parametrize(
    ("place", "until", "still"),
    [
        (10, 5000, 3),  # in the line that begins at 1000: of 2000, 3000 and 4000; that of 5000 is after the last line
        (10, 5500, 4),
        (9, 5000, 3),  # in the line that ends at 1000: of 3000, 4000 and 5000
        (9, 5500, 3),
        (4, 5500, 3),  # elsewhere: as planned
    ],
)
def test_a_declared_pause_at_the_newest_line_comes_before_or_after_it(place: int, until: int, still: int) -> None:
    """A line each 100 steps, an evaluation every 1000 that was seen once, cut at 2000."""
    lines = range(20)
    series = Series(
        last=[100 * (i + 1) for i in lines], steps=[100 for _ in lines], start=[0 for _ in lines],
        seconds=[100.0 + 30.0 * (i == place) for i in lines], pauses_inside=True,
    )  # fmt: skip
    found = anatomy(series, {"evaluation": [100 * place + 50]})
    assert found is not None
    parts = project(found, step=2000, remaining=until - 2000, declared={"evaluation": 1000}).parts

    assert {part.name: part.seconds for part in parts}["evaluation"] == pytest.approx(30 * still, rel=0.01)


@pytest.mark.parametrize(("inside", "each"), [(False, 5.0), (True, None)])
def test_evaluations_that_the_log_times_by_themselves_are_still_to_come(inside: bool, each: float | None) -> None:
    """10 of 30 epochs of 2 s, each followed by a validation of 5 s (4 s once) on a bar of its own: 20 more come. Where
    the times of the steps hold them, they are not counted twice."""
    log, series = course([2.0] * 10, total=30)
    log.unit, log.dialect, series.pauses_inside = "epoch", "other", inside
    log.events = [Event(kind="evaluation", step=k, seconds=4.0 if k == 3 else 5.0) for k in range(10)]
    found = forecast(log, series)
    parts = {part.name: part.seconds for part in found.parts}

    assert parts["training"] == pytest.approx(40)
    assert parts.get("evaluation") == (None if each is None else pytest.approx(20 * each))


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seen", [50, 150, 450])
def test_the_interval_leaves_room_for_evaluations_that_were_announced(share: float, seen: int) -> None:
    """One every 500 of 5000 quiet steps, cut before the first: it may cost nothing, or a third of the steps."""
    times = changed(5000, lambda _: 1.0, noise=0.01)
    log, series = course(times[:seen], total=5000, facts=Facts(eval_interval=500))
    log.dialect = "other"
    answer = forecast(log, series).remaining

    assert answer is not None
    assert answer.low is not None
    assert answer.high is not None
    assert answer.contains(math.fsum(times[seen:]) + 10 * share * 500)
    assert answer.low < math.fsum(times[seen:])  # nor need it cost anything
    assert answer.high - answer.value > 2 * (answer.value - answer.low)


def test_nothing_is_added_for_evaluations_once_one_was_seen() -> None:
    """The same run after 700 steps, one evaluation of 50 s at 500 among them."""
    times = changed(5000, lambda _: 1.0, noise=0.01)
    times[499::500] = [time + 50 for time in times[499::500]]
    log, series = course(times[:700], total=5000, facts=Facts(eval_interval=500), evaluations=(498,))
    answer = forecast(log, series).remaining

    assert answer is not None
    assert answer.low is not None
    assert answer.high is not None
    assert answer.high / answer.value == pytest.approx(answer.value / answer.low)


def test_a_workload_announces_evaluations_too() -> None:
    """What the log does not tell: ten of 4 % of 500 steps of 2 s."""
    log, series = course([2.0] * 30, total=5000)
    log.dialect = "other"
    found = anatomy(series)
    assert found is not None

    assert unseen(log, found, Workload(eval_interval=500)) == {"evaluation": pytest.approx(2 * 500 * 0.04)}
    assert unseen(log, found) == {}


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("compiled", [True, None])
def test_the_first_iteration_bounds_evaluations_of_a_compiled_run(share: float, compiled: bool | None) -> None:
    """nanoGPT: evaluation, 25 s of compilation and a step in one line; no evaluation takes longer than that line."""
    times = changed(6000, lambda _: 0.25, noise=0.005)
    each = share * 500 * 0.25
    times[0] += each + 25.0
    for seen in (100, 450):
        log, series = course(times[:seen], total=6000, facts=Facts(eval_interval=500, compile=compiled, grad_accum=4))
        log.events = [Event(kind="evaluation")]
        answer = forecast(log, series).remaining
        assert answer is not None
        assert answer.high is not None
        assert answer.contains(math.fsum(times[seen:]) + 12 * each)
        assert answer.high < 1.03 * (math.fsum(times[seen:]) + 12 * (times[0] - 0.25))


def test_nano_gpt_tells_what_it_does_not_by_default() -> None:
    """No `eval_iters` in the header: 200 batches of two splits, .31 of a micro-step each, 8 of them a step of 2 s; due
    after 2000 steps where no interval is told either."""
    log, series = course([900.0, *[2.0] * 30], total=5000, facts=Facts(grad_accum=8))
    log.events = [Event(kind="evaluation")]
    found = anatomy(series)
    assert found is not None

    assert expected_seconds(log, found) == {"evaluation": pytest.approx(200 * 2 * 0.31 * 2 / 8)}
    assert declared_intervals(log, found) == {"evaluation": 2000}
