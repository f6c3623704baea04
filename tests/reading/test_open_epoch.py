"""Keras: the bar of an epoch that is not over yet. Lines as Keras 3.15 and 2.9 write them."""

import json
from pathlib import Path

import pytest

from traincast.forecast import forecast
from traincast.reading import read_logs, read_text
from traincast.reading.bars import OpenBar
from traincast.reading.lines import blocks
from traincast.reading.series import series
from traincast.runlog import RunLog

THREE = (
    "\x1b[1m {0:3d}/100\x1b[0m \x1b[32m━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━\x1b[0m \x1b[1m{1}\x1b[0m "
    "{2}ms/step - loss: {3} - mae: 0.4164"
)
"""current, what remains (of a closed bar the seconds), ms a batch, loss: Keras 3"""
TWO = "{0:3d}/100 [{1}] - ETA: {2} - loss: {3} - mae: 0.4164"
"""current, bar, what remains, loss: Keras 2"""


def bars(*drawn: str) -> str:
    """Each drawn over the one before: backspaces and a carriage return."""
    return "".join("\b" * 70 + "\r" + one for one in drawn)


def read(text: str) -> list[RunLog]:
    """As bytes of a file are read."""
    return read_text(blocks([text.encode()], "fit.log", on_long=lambda: None), name="fit.log")


def left(log: RunLog) -> float:
    """Seconds that are forecast."""
    answer = forecast(log, series(log))
    assert answer.remaining is not None
    return answer.remaining.value


def test_a_first_epoch_under_way_counts_as_far_as_it_is_of_all_epochs() -> None:
    """60 of 5 x 100 batches at 51 ms: 440 are left, 22.4 s; the bar itself tells of 2 s."""
    text = "Epoch 1/5\n" + bars(THREE.format(1, "16s", 166, "0.31"), THREE.format(60, "2s", 51, "0.30"))
    (log,) = read(text)

    assert [(point.step, point.step_seconds) for point in log.points] == [(60, pytest.approx(0.051))]
    assert log.facts.steps_planned == 500
    assert left(log) == pytest.approx(440 * 0.051, rel=0.05)


def test_a_bar_of_keras_2_tells_its_pace_by_what_remains() -> None:
    """40 batches take 20 to 21 s."""
    text = "Epoch 1/5\n" + bars(
        TWO.format(1, "..............................", "2:09", "0.31"),
        TWO.format(60, "=================>............", "20s", "0.30"),
    )
    (log,) = read(text)

    assert [(point.step, point.step_seconds) for point in log.points] == [(60, 20.5 / 40)]
    assert log.facts.steps_planned == 500


def test_the_part_of_a_later_epoch_that_is_done_is_not_to_come() -> None:
    """Two epochs of 6 s and 60 of 100 batches of the third: 2.4 of 5 epochs are left, 14.4 s and not 18."""
    epoch = bars(THREE.format(99, "0s", 51, "0.25"), THREE.format(100, "6s", 60, "0.24") + " - val_loss: 0.2\n")
    text = "Epoch 1/5\n" + epoch + "Epoch 2/5\n" + epoch + "Epoch 3/5\n" + bars(THREE.format(60, "2s", 51, "0.2"))
    (log,) = read(text)

    assert [(point.step, point.step_seconds) for point in log.points] == [(100, 0.06), (200, 0.06), (260, None)]
    assert left(log) == pytest.approx(240 * 0.06)


def test_a_full_bar_that_is_drawn_again_counts_with_its_validation() -> None:
    """Keras 3 draws the last batch, then the epoch with its validation; an evaluation of as many batches is another."""
    text = "Epoch 1/2\n" + bars(
        THREE.format(100, "0s", 51, "0.25"),
        THREE.format(100, "6s", 61, "0.25") + " - val_loss: 0.2\n",
        THREE.format(100, "1s", 10, "0.31") + "\n",
    )
    (log,) = read(text)

    assert [(point.step, point.step_seconds) for point in log.points] == [(100, pytest.approx(0.061))]


def test_the_first_epoch_of_a_second_run_is_its_own_run() -> None:
    """A model that is fitted twice: the counter begins anew."""
    text = "Epoch 1/1\n" + bars(THREE.format(100, "5s", 50, "0.25")) + "\nEpoch 1/3\n"
    text += bars(THREE.format(30, "4s", 60, "0.2"))
    first, second = read(text)

    assert [point.step for point in first.points] == [100]
    assert [(point.step, point.step_seconds) for point in second.points] == [(30, 0.06)]
    assert second.facts.steps_planned == 300


def test_cells_of_a_notebook_are_read_as_what_they_put_out(tmp_path: Path) -> None:
    """Stream outputs hold carriage returns and backspaces as JSON escapes."""
    text = "Epoch 1/5\n" + bars(THREE.format(1, "16s", 166, "0.31"), THREE.format(60, "2s", 51, "0.30"))
    outputs = [{"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}]
    path = tmp_path / "fit.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}], "nbformat": 4}))
    (log,) = read_logs(path)

    assert log.dialect == "keras-progbar"
    assert [point.step for point in log.points] == [60]


def test_a_first_epoch_under_way_has_a_course_of_its_own() -> None:
    """Mean so far 50 ms: 440 of 500 are left, and 4 % for each of four validations before the last step."""
    text = "Epoch 1/5\n" + bars(THREE.format(1, "16s", 166, "0.31"))
    text += bars(*(THREE.format(k, "2s", 50, f"0.{1000 - k}") for k in range(2, 61, 2)))
    (log,) = read(text)
    found = series(log)
    answer = forecast(log, found).remaining

    assert found is not None
    assert found.pauses_inside
    assert sum(found.seconds) == pytest.approx(58 * 0.05)
    assert answer is not None
    assert answer.value == pytest.approx(440 * 0.05 + 4 * 0.04 * 100 * 0.05, rel=0.001)
    assert answer.low is not None
    assert answer.low > 0.6 * answer.value  # one line alone may be a start-up: a sixth


def test_a_bar_that_is_drawn_often_is_thinned() -> None:
    """Ten thousand updates: some twenty to forty are kept, and the newest."""
    bar = OpenBar(r"(?P<batch>\d+)/(?P<batches>\d+)")
    block = "".join(f"{k}/10000\n" for k in range(1, 9_999))
    bar.see(block, 0, len(block))
    rows = bar.rows()

    assert 20 <= len(rows) <= 42
    assert rows[-1] == ("9998", "10000")
    assert bar.seen == 9_998
    bar.see("3/10000\n", 0, 8)
    assert bar.rows() == [("3", "10000")]
