"""A clock from what the trainer says remains. Lines as LitGPT's pretrain.py prints them."""

import math
from datetime import timedelta

import pytest

from traincast.forecast import forecast
from traincast.reading import read_text
from traincast.reading.lefts import Lefts, tick
from traincast.reading.series import series
from traincast.runlog import RunLog

HEADER = "'devices': 1,\n'num_nodes': 1,\n'block_size': 512,\n'micro_batch_size': 4,\n'max_tokens': {tokens},\n"


def lines(total: int, *, begun: int = 0, plan: int | None = None) -> tuple[list[str], list[float]]:
    """A line for 40 of `total` micro-steps, of .2 s and every fourth of .35; 60 s of validation every 1000; and the
    seconds after each. `plan` is what the header says, `begun` where the process set in."""
    told, times, now = [HEADER.format(tokens=(plan or total) * 4 * 512)], [], 0.0
    for k in range(begun + 1, total + 1):
        now += 0.35 if k % 4 == 0 else 0.2
        if k % 40 == 0:
            left = timedelta(seconds=int(now / (k - begun) * (total - k)))
            told.append(
                f"Epoch 1 | iter {k} step {k // 4} | loss train: 3.1, val: n/a | iter time: 350.00 ms (step) "
                f"remaining time: {left!s}"
            )
            times.append(now)
        if k % 1000 == 0:
            now += 60
            told[-1] += f"\niter {k}: val loss 3.2000, val time: 60000.00 ms"
    return told, [*times, now]


def read(told: list[str]) -> RunLog:
    """The one run."""
    (log,) = read_text(["\n".join(told) + "\n"], name="litgpt.log")
    return log


@pytest.mark.parametrize("seen", [100, 250, 450])
def test_what_remains_tells_the_time_with_its_pauses(seen: int) -> None:
    """20,000 micro-steps of .2375 s on average and 20 validations; by the printed .35 s 7000 s, 17 % too many."""
    told, times = lines(20_000)
    log = read(told[: seen + 1])
    found = series(log)
    answer = forecast(log, found)
    end = times[-2]  # the last step; the validation after it is not counted

    assert found is not None
    assert found.basis == "clock"
    assert math.fsum(found.seconds) == pytest.approx(times[found.last[-1] // 40 - 1], rel=0.005)
    assert answer.remaining is not None
    assert answer.remaining.value == pytest.approx(end - times[seen - 1], rel=0.01)
    assert answer.total is not None
    assert answer.total.value == pytest.approx(end, rel=0.01)


def test_a_resumed_run_is_timed_from_where_it_set_in() -> None:
    """From 10,000 on: the mean is of the steps since, and so is the clock."""
    told, times = lines(20_000, begun=10_000)
    found = series(read(told[:126]))

    assert found is not None
    assert math.fsum(found.seconds) == pytest.approx(times[124], rel=0.03)


def test_a_plan_that_does_not_fit_makes_no_clock() -> None:
    """A header that tells of a hundred times the tokens, as where another one was read: the printed times are kept."""
    log = read(lines(4000, plan=400_000)[0])

    assert all(point.clock is None for point in log.points)
    assert not log.thin_clock


def test_days_are_read() -> None:
    """`1 day, 22:31:09`."""
    text = "Epoch 1 | iter 40 step 10 | loss train: 3.1, val: n/a | iter time: 350.00 ms (step) remaining time: "
    (log,) = read_text([text + "1 day, 22:31:09\n"], dialect="litgpt")

    assert log.points[0].step == 40
    lefts = Lefts()
    lefts.see(["1 day, 22:31:09"], [40])
    assert lefts.ends() == [(40, 46 * 3600 + 31 * 60 + 9)]


def test_many_lines_are_thinned_and_a_new_start_begins_anew() -> None:
    """A million lines stay a few thousand; first and newest are known."""
    lefts = Lefts()
    for begin in range(0, 100_000, 1000):
        lefts.see([f"{200_000 - k}s" for k in range(begin, begin + 1000)], range(begin, begin + 1000))
    assert 2000 <= len(lefts.kept) <= 4096
    assert lefts.ends() == [(0, 200_000), (99_999, 100_001)]
    lefts.see(["5s"], [3])
    assert lefts.ends() == [(3, 5)]


@pytest.mark.parametrize(("text", "seconds"), [("0:12:34", 1.0), ("59.9s", 0.1), ("1m 2s", 1.0), ("3.25 s", 0.01)])
def test_a_duration_is_exact_to_its_last_digit(text: str, seconds: float) -> None:
    """Whole seconds unless it has decimals."""
    assert tick(text) == pytest.approx(seconds)


def unknown(rule: str, total: int = 10_000) -> tuple[list[str], list[float]]:
    """Lines of no known trainer: counter, plan, what is left. Steps of .5 s, 40 s every 1000, 30 s before the first."""
    told, times, now, before, smooth = [], [], 0.0, 0.0, 30.5
    for k in range(1, total + 1):
        took = 30.5 if k == 1 else 0.5
        now += took
        smooth = 0.98 * smooth + 0.02 * took
        if k % 50 == 0:
            pace = {"mean": now / k, "smooth": smooth, "newest": (now - before) / 50}[rule]
            left = timedelta(seconds=int(pace * (total - k)))
            told.append(f"step {k}/{total} | loss {8 - k * 1e-4:.4f} | eta {left!s}")
            times.append(now)
            before = now
        now += 40 if k % 1000 == 0 else 0
    return told, times


@pytest.mark.parametrize("rule", ["mean", "smooth", "newest"])
@pytest.mark.parametrize("seen", [40, 100, 170])
def test_what_is_left_times_a_log_that_tells_no_other_time(rule: str, seen: int) -> None:
    """By whatever mean the trainer takes; where its smooth pace leaves evaluations out (40 of 540 s), so does this."""
    told, times = unknown(rule)
    log = read(told[:seen])
    answer = forecast(log, series(log)).remaining

    assert answer is not None
    assert answer.value == pytest.approx(times[-1] - times[seen - 1], rel=0.1 if rule == "smooth" else 0.05)


def test_what_is_left_of_an_epoch_is_no_clock_of_the_run() -> None:
    """It grows where the next epoch begins: no time is made of it."""
    told = [
        f"epoch {epoch} step {k}/100 loss {3 - 0.01 * k:.4f} eta {timedelta(seconds=(100 - k) // 2)!s}"
        for epoch in range(1, 5)
        for k in range(10, 101, 10)
    ]
    log = read(told)

    assert not log.thin_clock
