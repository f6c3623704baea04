"""Phases of made-up runs whose course is known."""

from __future__ import annotations

import random

import pytest

from courses import changed, course, seed_like
from traincast.phases import anatomy, event_marks, periods, phases
from traincast.phases.marks import marked
from traincast.phases.told import told
from traincast.runlog import Event, Facts, Point, RunLog, Series
from traincast.stats.compact import compact


def listed(times: list[float], **more: object) -> list[tuple[str, int | None]]:
    """Kind and first step of each phase."""
    log, series = course(times, **more)  # type: ignore[arg-type]
    found = anatomy(series, event_marks(log))
    assert found is not None
    return [(phase.kind, phase.first_step) for phase in phases(log, found)]


def waves(count: int) -> list[float]:
    """Noise without a trend, -1.2 to 1.2: normal values of a fixed seed, cut."""
    draw = random.Random(4)
    return [max(-1.2, min(1.2, draw.gauss(0, 1))) for _ in range(count)]


def test_an_empty_series_has_no_anatomy() -> None:
    """Nothing to divide."""
    assert anatomy(Series(last=[], steps=[], seconds=[], start=[], pauses_inside=True)) is None


def test_seconds_of_nothing_show_no_change() -> None:
    """Lines of a long log are summed: however many steps an interval has, none of them takes any time."""
    steps = list(range(1, 301))
    none = Series(last=steps, steps=[1] * 300, seconds=[0.0] * 300, start=[0] * 300, pauses_inside=True)
    found = anatomy(none)

    assert found is not None
    assert found.changes == []


@pytest.mark.parametrize("before", [3, 5])
@pytest.mark.parametrize("across", [[], [1.6]])
@pytest.mark.parametrize("speeds", [(1.0, 2.0), (2.0, 1.0)])
def test_few_intervals_show_a_clear_change(before: int, across: list[float], speeds: tuple[float, float]) -> None:
    """Too few for a scan: the base is that of the six after it, an interval that lies across included in neither."""
    old, new = speeds
    _, series = course([old] * before + across + [new, new * 1.01] * 3)
    found = anatomy(series)

    assert found is not None
    assert found.base == pytest.approx(1.005 * new)


@pytest.mark.parametrize("times", [[1.0] * 6 + [1.25] * 6, [1.0, 1.5] * 6, [1.0, 1.3, 1.7, 2.2, 2.8, 3.6]])
def test_few_intervals_without_a_clear_change_show_none(times: list[float]) -> None:
    """A quarter slower, two speeds in turn, and a drift."""
    _, series = course(times)
    found = anatomy(series)

    assert found is not None
    assert found.changes == []


@pytest.mark.parametrize("lines", [60, 150, 600])
def test_steps_that_grow_slowly_are_no_changes_of_speed(lines: int) -> None:
    """From 1 to 2 s along a straight line, with 1 % noise: the phases list no slowdown."""
    kinds = [kind for kind, _ in listed([(1 + k / lines) * (1 + 0.01 * noise) for k, noise in enumerate(waves(lines))])]

    assert "slowdown" not in kinds
    assert "steady" in kinds


@pytest.mark.parametrize("levels", [(1.0, 1.5, 2.2), (1.0, 1.2, 1.4, 1.6, 1.8)])
def test_a_staircase_of_speeds_keeps_its_steps(levels: tuple[float, ...]) -> None:
    """Each of 40 lines with 1 % noise, as where sequences get longer by a plan: a straight line tells less of them."""
    smooth = [level for level in levels for _ in range(40)]
    found = listed([level * (1 + 0.01 * noise) for level, noise in zip(smooth, waves(len(smooth)), strict=True)])

    assert [first for kind, first in found if kind == "slowdown"] == [40 * k for k in range(1, len(levels))]


def test_a_constant_run_is_steady_from_its_first_step() -> None:
    """One phase."""
    assert listed([2.0] * 100) == [("steady", 0)]


def test_the_seed_run_compiles_then_is_steady_and_evaluates() -> None:
    """27 s first, evaluations from step 500 on."""
    found = listed(seed_like(2200), evaluations=(499, 999, 1499, 1999), facts=Facts(compile=True))

    assert found == [("compile", 0), ("steady", 1), ("evaluation", 500)]


def test_a_printed_evaluation_has_its_period_and_cost() -> None:
    """Every 500 steps, 15 s."""
    log, series = course(seed_like(2200), evaluations=(499, 999, 1499, 1999))
    found = anatomy(series, event_marks(log))
    assert found is not None
    period = periods(log, found)["evaluation"]

    assert period is not None
    assert period.seconds is not None
    assert period.every == 500
    assert period.seconds.value == pytest.approx(15, rel=0.03)


def test_an_unnamed_pause_that_comes_back_is_a_period_too() -> None:
    """No evaluation is printed: the data alone show one every 500 steps."""
    assert ("pause", 500) in listed(seed_like(2200))


@pytest.mark.parametrize(("seen", "rhythms"), [(340, [100]), (500, [])])
def test_a_rhythm_without_a_name_is_over_when_it_stays_away(seen: int, rhythms: list[int]) -> None:
    """8 s at 100, 200 and 300: due at 400, and given up at 450."""
    times = changed(600, lambda _: 1.0, noise=0.01)
    for k in (100, 200, 300):
        times[k] += 8.0
    _, series = course(times[:seen])
    found = anatomy(series)
    assert found is not None

    assert [round(one.cycle.every) for one in found.rhythms] == rhythms


def test_a_burst_of_slow_lines_is_no_rhythm() -> None:
    """Seven neighbours of 1.5 s among 100 of 1 s."""
    times = changed(100, lambda k: 1.5 if 40 <= k < 47 else 1.0, noise=0.01)
    _, series = course(times)
    found = anatomy(series)
    assert found is not None

    assert found.rhythms == []


def test_half_the_speed_is_a_slowdown_at_its_step() -> None:
    """From step 600 on."""
    found = listed(changed(1000, lambda k: 1.0 if k < 600 else 2.0))

    assert [one for one in found if one[0] == "slowdown"] == [("slowdown", 600)]


@pytest.mark.parametrize(("lines", "found"), [(3, []), (4, [300]), (7, [300]), (8, [300])])
def test_a_clear_change_shows_after_four_lines(lines: int, found: list[int]) -> None:
    """Twice as slow from step 300 on: three lines may be a pause, four alike are not."""
    times = changed(300 + lines, lambda k: 1.0 if k < 300 else 2.0, noise=0.02)

    assert [step for kind, step in listed(times) if kind == "slowdown"] == found


@pytest.mark.parametrize("seed", range(4))
def test_steps_of_a_tenth_of_noise_never_change_their_speed(seed: int) -> None:
    """Old lines of a long log are summed and scatter less than the newest: at 400 to 1160 of 1200 steps."""
    times = changed(1200, lambda _: 1.0, seed=seed, noise=0.1)
    wrong = []
    for seen in range(400, 1200, 40):
        _, series = course(times[:seen])
        found = anatomy(series)
        assert found is not None
        wrong += [(seen, one.index) for one in found.changes]

    assert len(wrong) <= 1


@pytest.mark.parametrize(
    ("speeds", "found"),
    [
        ((1.0, 3.0), [60]),
        ((1.0, 3.0, 1.05), []),  # back but for a twentieth: a spell has passed
        ((1.0, 1.6, 5.0, 1.05), []),  # it had grown in two steps
        ((1.0, 3.0, 2.0), [60]),  # half way back is neither new nor what was before
        ((1.0, 0.4, 1.2, 0.42), [60]),  # back to the speed that had come first of the two
    ],
)
def test_a_change_of_speed_is_undone_where_the_speed_before_it_is_back(
    speeds: tuple[float, ...], found: list[int]
) -> None:
    """Each speed holds for 60 lines; then the mean over all is the better guess of what comes."""
    _, series = course(changed(60 * len(speeds), lambda k: speeds[k // 60], noise=0.01))
    parts = anatomy(series)
    assert parts is not None

    assert [one.index for one in parts.changes] == found


def test_four_pauses_in_a_row_of_uneven_length_are_no_change() -> None:
    """2, 4, 3, 6 s after 300 steps of 1 s."""
    times = [*changed(300, lambda _: 1.0, noise=0.02), 2.0, 4.0, 3.0, 6.0]

    assert "slowdown" not in [kind for kind, _ in listed(times)]


def test_a_suspended_machine_is_a_stall() -> None:
    """Eight hours at step 700 of a run with 1 s steps."""
    times = changed(1000, lambda _: 1.0)
    times[700] += 8 * 3600

    assert ("stall", 700) in listed(times)


def test_many_pauses_without_a_period_are_told_together() -> None:
    """Twelve at uneven places: the five longest, and seven in one line."""
    times = changed(1000, lambda _: 1.0)
    for i, k in enumerate((17, 90, 133, 333, 350, 444, 612, 700, 777, 801, 930, 985)):
        times[k] += 3.0 + i
    log, series = course(times)
    found = anatomy(series)
    assert found is not None
    pauses = [phase for phase in phases(log, found) if phase.kind in ("pause", "recompile")]

    assert sorted(phase.count for phase in pauses) == [1, 1, 1, 1, 1, 7]
    assert sum(phase.seconds or 0 for phase in pauses) == pytest.approx(12 * 3 + 66, rel=0.02)


def test_a_second_start_is_a_resume_with_its_own_warmup() -> None:
    """Started again at step 300, where the first step compiles once more."""
    times = changed(600, lambda k: 30.0 if k in (0, 300) else 1.0)
    found = listed(times, restarts=(300,))

    assert ("warm-up", 0) in found
    assert ("warm-up", 300) in found
    assert [kind for kind, _ in found].count("resume") == 1


def test_a_long_series_is_bounded_and_keeps_its_sums() -> None:
    """10^5 intervals become at most 256; steps, seconds and the place of a pause stay."""
    times = [1.0] * 100_000
    times[54_321] = 500.0
    _, series = course(times)
    small = compact(series)

    assert len(small.last) <= 256
    assert sum(small.steps) == 100_000
    assert sum(small.seconds) == pytest.approx(sum(times))
    assert (54_321, 1) in zip(small.last, small.steps, strict=True)


def test_an_evaluation_printed_right_after_a_resume_belongs_to_its_start() -> None:
    """Killed after step 230, taken up at 200, where it evaluates before its first line: nothing is marked at 230."""
    times = [1.0] * 500
    log, _ = course(times, evaluations=(99, 199))
    log.events += [
        Event(kind="resume", step=230), Event(kind="evaluation", step=230), Event(kind="evaluation", step=299),
    ]  # fmt: skip

    assert event_marks(log) == {"evaluation": [99, 199, 299]}


def test_marks_that_fall_name_the_intervals_of_the_next_start() -> None:
    """Checkpoints after 5 and 7; started again at 4, after 5 once more."""
    last = [*range(9), *range(4, 8)]
    series = Series(last=last, steps=[1] * 13, seconds=[1.0] * 13, start=[0] * 9 + [1] * 4, pauses_inside=True)

    assert marked(series, {"checkpoint": [5, 7, 5]}) == {6: "checkpoint", 8: "checkpoint", 11: "checkpoint"}
    assert marked(series, {"checkpoint": [5, 5]}) == {6: "checkpoint", 11: "checkpoint"}


def test_what_is_printed_without_being_timed_has_a_period_and_no_seconds() -> None:
    """Evaluations after 100, 200, 300 on a clock that stands still for them."""
    log, series = course([1.0] * 350, evaluations=(99, 199, 299))
    found = anatomy(series, event_marks(log))
    assert found is not None
    (told,) = [one for one in phases(log, found) if one.kind == "evaluation"]

    assert (told.first_step, told.last_step, told.count, told.seconds) == (100, 300, 3, None)
    assert told.evidence == "every 100 steps"


def test_an_evaluation_printed_below_the_line_of_its_step_is_that_of_this_step() -> None:
    """Lines every 10 steps: what stands below the line of step 100, and not below that of 90, is of step 100."""
    steps = list(range(10, 251, 10))
    series = Series(last=steps, steps=[10] * 25, seconds=[10.0] * 25, start=[0] * 25, pauses_inside=True)
    log = RunLog(points=[Point(step=step) for step in steps], events=[Event(kind="evaluation", step=100)])
    before = RunLog(points=log.points, events=[Event(kind="evaluation", step=90)])
    found = anatomy(series)
    assert found is not None

    assert told(log, found)["evaluation"].steps == told(before, found)["evaluation"].steps == (100,)


@pytest.mark.parametrize(
    ("times", "warm"),
    [
        ([140.0, 130.0, 36.0, 36.1, 36.0, 36.2], 2),
        ([140.0, 130.0, 36.0, 36.1, 36.0, 90.0], 1),
        ([140.0, 130.0, 36.0, 36.1, 36.0], 1),
    ],
)
def test_two_slow_first_steps_are_two_compilations(times: list[float], warm: int) -> None:
    """Jax compiles again once the first step has settled what is where. A third slow one is a pause that comes back."""
    _, series = course(times)
    found = anatomy(series)

    assert found is not None
    assert found.warmup == warm
