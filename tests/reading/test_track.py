"""Counters as they are read: repeats, resumes, next runs, thinning."""

from __future__ import annotations

import pytest

from traincast.reading.rows import Rows
from traincast.reading.track import LIMIT, Track


def steps(track: Track) -> list[tuple[int, int]]:
    """(step, start) of each point."""
    return list(zip(track.steps, track.starts, strict=True))


def test_a_step_that_other_ranks_repeat_is_counted_once() -> None:
    """Eight ranks print the same iteration, some of them late."""
    track = Track()
    track.extend(Rows(steps=[50, 50, 50, 100, 50, 100, 100, 150]))

    assert steps(track) == [(50, 0), (100, 0), (150, 0)]


def test_a_counter_that_falls_back_is_another_start_of_the_same_run() -> None:
    """A crash at 500 and a resume from 200 under the same plan."""
    track = Track()
    taken = track.extend(Rows(steps=[100, 200, 300, 400, 500, 210, 310], totals=[1000] * 7))

    assert taken == 7
    assert steps(track)[-2:] == [(210, 1), (310, 1)]


def test_a_repeated_step_after_a_restart_is_a_resume() -> None:
    """Where the log says that it starts again, the same step is no duplicate."""
    track = Track()
    track.extend(Rows(steps=[100, 200]))
    track.restarted = True
    track.extend(Rows(steps=[200, 300]))

    assert steps(track) == [(100, 0), (200, 0), (200, 1), (300, 1)]


def test_another_plan_is_another_run() -> None:
    """Base training of 21400 steps, then a stage of 651."""
    track = Track()
    taken = track.extend(Rows(steps=[21398, 21399, 0, 1], totals=[21400, 21400, 651, 651]))

    assert taken == 2


def test_a_complete_run_is_followed_by_another_run() -> None:
    """Four fits of eight steps in one file: the counter starts again after its plan was reached."""
    track = Track()
    taken = track.extend(Rows(steps=[4, 8, 1, 2], totals=[8, 8, 8, 8]))

    assert taken == 2


def test_an_elapsed_time_that_falls_back_is_a_new_start() -> None:
    """A bar that goes on at step 500 with its clock at zero was resumed."""
    track = Track(falls="start")
    track.extend(Rows(steps=[400, 500], clocks=[40.0, 50.0]))
    track.extend(Rows(steps=[510, 520], clocks=[1.0, 2.0]))

    assert [start for _, start in steps(track)] == [0, 0, 1, 1]


@pytest.mark.parametrize("size", [7, 1000, LIMIT])
def test_thinning_keeps_sums_and_ends(size: int) -> None:
    """However the rows arrive, the mean time and the last step of a thinned track are exact; every time is 1 or 3 s."""
    total = 5 * LIMIT + 11
    track = Track()
    for begin in range(0, total, size):
        some = range(begin, min(total, begin + size))
        track.extend(Rows(steps=list(some), seconds=[1.0 + 2.0 * (i % 2) for i in some]))
    track.flush()

    assert len(track.steps) <= LIMIT
    assert track.steps == sorted(set(track.steps))
    assert track.steps[-1] == total - 1
    gaps = [b - a for a, b in zip([-1, *track.steps], track.steps, strict=False)]
    spent = sum(gap * (seconds or 0.0) for gap, seconds in zip(gaps, track.columns["seconds"], strict=True))
    assert spent == pytest.approx(2.0 * total, rel=1e-4)


def test_thinning_never_merges_across_a_start() -> None:
    """Points of two starts stay apart, and each start keeps its order."""
    track = Track()
    track.extend(Rows(steps=list(range(LIMIT + 100))))
    track.restarted = True
    track.extend(Rows(steps=list(range(50, LIMIT))))
    track.flush()

    assert set(track.starts) == {0, 1}
    assert track.starts == sorted(track.starts)
