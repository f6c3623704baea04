"""Excerpts of structured logs: one block, one row, rows of the wrong mode."""

from __future__ import annotations

import json

import pytest
from made_files import runs

from traincast.reading.series import series
from traincast.runlog import RunLog


def pace(log: RunLog) -> float:
    """Mean seconds per step."""
    found = series(log)
    assert found is not None
    return sum(found.seconds) / sum(found.steps)


def mllog(seconds: int, kind: str, key: str, samples: int) -> str:
    """One MLPerf line, `seconds` after the first."""
    row = {
        "namespace": "", "time_ms": 1_700_000_000_000 + 1000 * seconds, "event_type": kind, "key": key, "value": None,
        "metadata": {"file": "train.py", "lineno": 1, "samples_count": samples},
    }  # fmt: skip
    return ":::MLLOG " + json.dumps(row) + "\n"


def test_the_last_block_of_an_mlperf_log_tells_a_time() -> None:
    """384 samples between block_start and block_stop in 192 s; the start of the run is not in the excerpt."""
    (log,) = runs(
        mllog(0, "INTERVAL_START", "block_start", 2688)
        + mllog(192, "INTERVAL_END", "block_stop", 3072)
        + mllog(192, "INTERVAL_START", "eval_start", 3072)
        + mllog(240, "INTERVAL_END", "eval_stop", 3072)
        + mllog(240, "INTERVAL_END", "run_stop", 3072),
    )

    assert pace(log) == pytest.approx(0.5)
    assert [event.seconds for event in log.events if event.kind == "evaluation"] == [48.0]


def test_the_only_row_of_fairseq_tells_its_rate_of_updates() -> None:
    """2.5 updates a second are .4 s each."""
    row = {"epoch": 3, "loss": "8.2", "wps": "1000", "ups": "2.5", "wpb": "400", "num_updates": "900", "wall": "800"}
    (log,) = runs(json.dumps(row) + "\n")

    assert log.dialect == "fairseq-json"
    assert log.points[0].step_seconds == pytest.approx(0.4)


def test_metrics_that_are_called_training_are_an_evaluation() -> None:
    """Some OpenMMLab runners write them with the mode of training and with the images counted; no new start."""
    rows = [
        {"mode": "train", "epoch": 6, "iter": step, "lr": 5e-5, "memory": 4718, "loss": 3.25, "time": 0.25}
        for step in (15900, 15950, 16000, 16050)
    ]
    rows.insert(3, {"mode": "train", "epoch": 6, "iter": 500, "lr": 5e-5, "memory": 4718, "aAcc": 0.875, "mIoU": 0.5})
    (log,) = runs("".join(json.dumps(row) + "\n" for row in rows))

    assert [point.step for point in log.points] == [15900, 15950, 16000, 16050]
    assert {point.start for point in log.points} == {log.points[0].start}
    assert [event.kind for event in log.events] == ["evaluation"]


HEADER = "epoch     train_loss  valid_loss  accuracy  time    \n"


def test_headers_that_other_processes_repeat_begin_no_run() -> None:
    """Each process of a distributed fastai prints one; the epochs go on."""
    rows = [f"{i}         2.500000    2.750000    0.15      10:0{i}   \n" for i in range(3)]
    (log,) = runs(HEADER * 4 + rows[0] + HEADER * 2 + rows[1] + rows[2])

    assert [point.step for point in log.points] == [0, 1, 2]
    assert [point.step_seconds for point in log.points] == [600, 601, 602]


def test_a_header_above_the_first_epoch_begins_another_stage() -> None:
    """One epoch with frozen layers, then two more, counted anew."""
    rows = [f"{i}         2.500000    2.750000    0.15      10:0{i}   \n" for i in range(2)]
    stages = runs(HEADER + rows[0] + HEADER + rows[0] + rows[1])

    assert [[point.step for point in log.points] for log in stages] == [[0], [0, 1]]


def test_a_header_alone_is_a_run_without_a_step() -> None:
    """Nothing is timed yet; the bar of the epochs tells how many there will be."""
    (log,) = runs(HEADER)
    assert (log.dialect, log.points, log.facts.steps_planned) == ("fastai-table", [], None)

    (log,) = runs(HEADER + "<progress value='0' class='' max='12' style='width:300px'></progress>\n")
    assert (log.points, log.facts.steps_planned, log.finished) == ([], 12, False)
