"""tqdm bars whose total changes while they count on; lines as tqdm 4.67 writes them."""

import pytest

from traincast.reading import read_text
from traincast.reading.series import series
from traincast.runlog import RunLog


def bar(step: int, total: int, seconds: int, label: str = "") -> str:
    """One update, half a second a step."""
    return f"\r{label}{100 * step // total:3d}%|##  | {step}/{total} [00:{seconds:02d}<00:30,  2.00it/s]"


def read(text: str) -> list[RunLog]:
    """As it comes from a file."""
    return read_text([text.replace("\r", "\n") + "\n"], name="run.log")


@pytest.mark.parametrize("after", [150, 400])
@pytest.mark.parametrize("redrawn", [0, 1])
def test_the_newest_total_of_a_bar_is_the_plan(after: int, redrawn: int) -> None:
    """`bar.total = n` at step 60 of 200, drawn anew at once or with the next step: one run, planned anew."""
    text = "".join(bar(k, 200, k // 2) for k in range(61))
    text += "".join(bar(k, after, k // 2) for k in range(61 - redrawn, 100))
    (log,) = read(text)

    assert [point.step for point in log.points] == list(range(100))
    assert log.facts.steps_planned == after
    assert {point.start for point in log.points} == {0}
    assert "plan-derived" in [note.code for note in log.findings]


def test_a_total_that_grows_again_and_again_is_one_run() -> None:
    """Ten more whenever ten are done, also at the very end of the bar."""
    text = "".join(bar(k, 10 * (k // 10 + 1), k // 2) for k in range(1, 100))
    (log,) = read(text)

    assert [point.step for point in log.points] == list(range(1, 100))
    assert log.facts.steps_planned == 100


def test_a_new_bar_of_another_size_is_no_change_of_plan() -> None:
    """Epochs of 98 and 100 batches that only show when they are full; a second bar that begins at 0."""
    closed = bar(98, 98, 49) + bar(100, 100, 50)
    begun = "".join(bar(k, 40, k // 2) for k in range(41)) + "".join(bar(k, 90, k // 2) for k in range(60))

    assert all("plan-derived" not in [note.code for note in log.findings] for log in read(closed))
    log = read(begun)[-1]
    assert (log.points[0].step, log.points[-1].step, log.facts.steps_planned) == (0, 59, 90)
    assert "plan-derived" not in [note.code for note in log.findings]


def test_bars_inside_another_leave_its_plan_alone() -> None:
    """An evaluation of 50 batches in a bar without words at steps 30 and 60 of 90."""
    text = ""
    for k in range(91):
        text += bar(k, 90, k // 2)
        if k in (30, 60):
            text += "".join(bar(j, 50, j // 10) for j in range(51))
    (log,) = read(text)

    assert log.facts.steps_planned == 90
    assert log.points[-1].step == 90
    assert "plan-derived" not in [note.code for note in log.findings]


def test_the_clock_of_a_bar_under_way_counts_to_where_it_moved_last() -> None:
    """33 ms a step, whole seconds: at step 119 the bar shows 3 s since step 91, and not 3 s for 119 steps."""
    text = "".join(f"\r{k // 2:3d}%|##  | {k}/200 [00:{k * 33 // 1000:02d}<00:05, 30.0it/s]" for k in range(120))
    (log,) = read(text)
    found = series(log)

    assert found is not None
    assert sum(found.seconds) == 3
    assert sum(found.steps) == 91
    (whole,) = read(text.replace("/200", "/119"))
    assert whole.finished
    closed = series(whole)
    assert closed is not None
    assert sum(closed.steps) == 119
