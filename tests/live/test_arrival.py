"""When lines without a clock were written, from when they came."""

from __future__ import annotations

from itertools import pairwise

import pytest

from traincast.live.feeds import Held
from traincast.live.reader import Reader
from traincast.reading.follow import Cutter

HEADER = "tokens per iteration will be: 16,384\nnumber of parameters: 0.80M\n"


def line(step: int) -> str:
    """A line of nanoGPT."""
    return f"iter {step}: loss 4.2000, time 3.00ms, mfu -100.00%\n"


def fed(*blocks: tuple[list[int], float]) -> list[tuple[int, float | None]]:
    """(step, clock) of what a reader makes of blocks of step lines and their arrival."""
    reader = Reader("train.py", prefer_arrival=True)
    for i, (steps, at) in enumerate(blocks):
        reader.feed(("" if i else HEADER) + "".join(map(line, steps)), at)
    return [(point.step, point.clock) for point in reader.logs()[0].points]


def test_what_follows_a_silence_is_not_held() -> None:
    """The first line at 1 s is read at once; the next, 50 ms later, is held until .1 s after it came."""
    held = Held()

    held.add("first\n", 1.0, 101.0)
    assert held.rest(1.0) == 0.0
    assert held.taken().at == 101.0

    held.add("second\n", 1.05, 101.05)
    assert held.rest(1.05) == pytest.approx(0.1)
    held.add("third\n", 1.10, 101.1)
    assert held.rest(1.10) == pytest.approx(0.05)
    assert (held.taken().text, held.rest(1.16)) == ("second\nthird\n", pytest.approx(0.25))

    held.add("after a silence\n", 2.0, 102.0)
    assert held.rest(2.0) == 0.0


def test_lines_that_come_together_share_the_time_since_the_last() -> None:
    """Four steps in .4 s after one at 1010 s."""
    told = fed(([0], 1010.0), ([1, 2, 3, 4], 1010.4))

    assert [step for step, _ in told] == [0, 1, 2, 3, 4]
    assert [clock for _, clock in told] == pytest.approx([1010.0, 1010.1, 1010.2, 1010.3, 1010.4])


def test_a_long_start_is_no_part_of_the_first_lines() -> None:
    """Thirty lines at once before which nothing came: only the last is known to be of that moment."""
    told = fed((list(range(30)), 1010.0), ([30], 1010.5))

    assert told[-2:] == [(29, 1010.0), (30, 1010.5)]
    assert all(clock is None for _, clock in told[:-2])


def test_lines_of_no_known_format_that_came_at_once_are_no_change_of_speed() -> None:
    """Twenty at 1010 s, then ten .2 s apart: ten intervals, and none of no time before them."""
    reader = Reader("train.py", prefer_arrival=True)
    reader.feed("".join(f"step {k}/60 loss=2.{k}\n" for k in range(1, 21)), 1010.0)
    assert reader.logs()[0].points[-1].step == 20
    for k in range(21, 31):
        reader.feed(f"step {k}/60 loss=2.{k}\n", 1010.0 + 0.2 * (k - 20))
        reader.logs()

    (log,) = reader.logs()
    clocks = [point.clock for point in log.points if point.clock is not None]
    assert [b - a for a, b in pairwise(clocks)] == pytest.approx([0.2] * 10, abs=1e-3)


def bars(*updates: tuple[int, int, float]) -> list[tuple[int, float | None]]:
    """(step, clock) of bars that print (step, whole seconds) and arrive at a time."""
    reader = Reader("train.py", prefer_arrival=True)
    for step, seconds, at in updates:
        reader.feed(f"train: {step:3}%|##  | {step}/100 [00:{seconds:02}<01:00,  1.00it/s]\n", at)
    return [(point.step, point.clock) for point in reader.logs()[0].points]


def test_arrival_tells_where_between_two_ticks_of_a_coarse_clock_a_line_stands() -> None:
    """Steps of .7 s: the bar prints 0, 0, 1, 2, 2; it began at 1000 s."""
    told = bars(*((k, int(0.7 * k), 1000 + 0.7 * k) for k in range(20)))

    assert [clock for _, clock in told] == pytest.approx([0.7 * k for k in range(20)])


def test_a_print_is_believed_to_its_tick_whatever_arrives_when() -> None:
    """A lump that comes 30 s late is no 30 s of work: a line that prints 12 was written before 13."""
    late = [(k, k, 1000.0 + k + 0.1) for k in range(12)] + [(12, 12, 1042.0), (13, 13, 1042.05)]
    clocks = [clock for _, clock in bars(*late)]

    assert all(k <= (clock or 0.0) <= k + 1 for k, clock in enumerate(clocks))


def test_the_update_of_a_bar_is_of_the_moment_it_came() -> None:
    """It has no end before the next one: given when that comes, .1 s after it came where it looks whole."""
    held, cutter = Held(), Cutter()

    assert list(held.come(b"\r 0/9 [00:00]", cutter, 1.0, 101.0)) == []
    told = [(one.text.strip(), one.at) for one in held.come(b"\r 1/9 [00:02]", cutter, 3.0, 103.0)]
    assert told == [("0/9 [00:00]", 101.0)]
    held.settle(3.05, cutter)
    assert held.text == ""
    held.settle(3.1, cutter)
    assert (held.rest(3.1), held.taken().at) == (0.0, 103.0)


def test_a_bar_that_begins_anew_with_each_epoch_is_timed_by_arrival_alone() -> None:
    """Five batches of 1 s an epoch, then 3 s that no bar shows: the second epoch begins 8 s after the first."""
    reader = Reader("train.py", prefer_arrival=True)
    for epoch in range(2):
        for k in range(1, 6):
            line = f"Epoch {epoch}: {20 * k:3}%|#   | {k}/5 [00:0{k}<00:0{5 - k}, 1.00it/s, v_num=0, loss=1.0]\n"
            reader.feed(line, 1000.0 + 8 * epoch + k)

    clocks = [point.clock for point in reader.logs()[0].points]
    assert [later - first for first, later in pairwise(clocks) if first is not None and later is not None] == (
        pytest.approx([1.0] * 4 + [4.0] + [1.0] * 4)
    )
