"""Logs that are lines of JSON behind a prefix: OpenMMLab, DLLogger, fairseq, MLPerf."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_files import clocks, lines, runs, steps, times


def test_mmcv_that_counts_through_is_taken_as_it_is() -> None:
    """A by-iteration runner: evaluation rows count their own batches and are no steps."""
    rows = lines(
        {"env_info": "x", "config": "max_iters = 40000\nsamples_per_gpu=4"},
        {"mode": "train", "epoch": 1, "iter": 10, "time": 0.5, "data_time": 0.1, "loss": 1.0},
        {"mode": "val", "epoch": 1, "iter": 64, "mIoU": 0.9},
        {"mode": "train", "epoch": 2, "iter": 20, "time": 0.4, "loss": 0.9},
        {"mode": "train", "epoch": 3, "iter": 30, "time": 0.4, "loss": 0.9},
    )
    (log,) = runs(rows)

    assert (log.dialect, steps(log), times(log), log.span) == (
        "mmcv-log-json",
        [10, 20, 30],
        [0.5, 0.4, 0.4],
        "interval",
    )
    assert (log.facts.steps_planned, log.facts.micro_batch) == (40000, 4)
    assert [event.kind for event in log.events] == ["evaluation"]


def test_mmcv_that_counts_anew_is_put_together() -> None:
    """100 iterations an epoch, logged every 50: the third line is iteration 150."""
    rows = lines(*({"mode": "train", "epoch": e, "iter": i, "time": 0.5} for e in (1, 2, 3) for i in (50, 100)))
    (log,) = runs(rows)

    assert steps(log) == [50, 100, 150, 200, 250, 300]
    assert log.facts.steps_per_epoch == 100


def test_mmengine_evaluations_also_carry_times() -> None:
    """A row without a loss is an evaluation, whatever its `time` says."""
    rows = lines(
        {"lr": 0.1, "data_time": 0.01, "loss": 2.0, "time": 0.3, "iter": 50, "memory": 1, "step": 50},
        {"mIoU": 71.9, "data_time": 0.02, "time": 0.7, "step": 50},
        {"lr": 0.1, "data_time": 0.01, "loss": 2.0, "time": 0.3, "iter": 100, "memory": 1, "step": 100},
    )
    (log,) = runs(rows)

    assert (log.dialect, steps(log), times(log), log.span) == ("mmengine-scalars-json", [50, 100], [0.3, 0.3], "window")
    assert [event.kind for event in log.events] == ["evaluation"]


def dll(step: Any, stamp: float, **data: Any) -> dict[str, Any]:
    """A DLLogger record."""
    return {"timestamp": str(stamp), "elapsedtime": "1.0", "datetime": "d", "type": "LOG", "step": step, "data": data}


def test_dllogger_counts_through_the_epochs() -> None:
    """[epoch, iteration, iterations of the epoch]: [2, 10, 50] is iteration 60; of 3 epochs 150 are planned."""
    rows = lines(
        dll("PARAMETER", 1.0, epochs=3),
        dll("PARAMETER", 1.0, batch_size="16"),
        dll([1, 10, 50], 100.0, train_loss="9.5", train_took="5.0"),
        dll([1, 20, 50], 105.0, train_loss=9.0),
        dll([1], 130.0, dev_loss=9.0),
        dll([2, 10, 50], 140.0, train_loss=8.0),
        dll([], 150.0, run_time=50.0),
        before="DLLL ",
    )
    (log,) = runs(rows)

    assert (log.dialect, steps(log), clocks(log)) == ("nvidia-dllogger-json", [10, 20, 60], [100.0, 105.0, 140.0])
    assert (log.facts.steps_planned, log.facts.micro_batch, log.points[0].loss) == (150, 16, 9.5)
    assert [event.kind for event in log.events] == ["evaluation"]


def test_dllogger_step_times_are_read_beside_the_clock() -> None:
    """NeMo logs the seconds of each step under a name of its own."""
    rows = [dll(i, 100.0 + 3 * i, **{"train_step_timing in s": 2.5}) for i in range(1, 9)]
    (log,) = runs(lines(*rows, before="DLLL "))

    assert (log.span, times(log), steps(log)) == ("step", [2.5] * 8, list(range(1, 9)))


def test_dllogger_epochs_alone_are_counted_as_epochs() -> None:
    """Rows of one counter in a list."""
    (log,) = runs(lines(*(dll([e], 100.0 + 60 * e, train_loss=1.0) for e in range(3)), before="DLLL "))

    assert (log.unit, log.counts_from, steps(log), clocks(log)) == ("epoch", 0, [0, 1, 2], [100.0, 160.0, 220.0])


FAIRSEQ = """[2022-04-08 18:40:57,965][fairseq_cli.train][INFO] - {'common': {'log_interval': 200}, \
'optimization': {'max_epoch': 0, 'max_update': 400000, 'update_freq': [8]}, \
'distributed_training': {'distributed_world_size': 8}}
[2022-04-08 18:40:59,352][fairseq_cli.train][INFO] - num. shared model params: 95,044,608 (num. trained: 95,044,608)
[2022-04-08 18:48:00,000][train_inner][INFO] - {"epoch": 1, "update": 0.4, "loss": "9.2", "wps": "580", "ups": "0.5", \
"bsz": "336", "num_updates": "200", "wall": "425"}
[2022-04-08 18:49:00,000][fairseq_cli.train][INFO] - begin validation on "valid" subset
[2022-04-08 18:49:38,500][valid][INFO] - {"epoch": 1, "valid_loss": "6.3", "valid_num_updates": "230"}
[2022-04-08 18:49:40,000][fairseq.checkpoint][INFO] - Saved checkpoint best.pt (writing took 2.5 seconds)
[2022-04-08 18:49:40,000][train][INFO] - {"epoch": 1, "train_num_updates": "230", "train_wall": "560"}
[2022-04-08 18:55:00,000][train_inner][INFO] - {"num_updates": "400", "wall": "825"}
"""


def test_fairseq_reads_updates_settings_and_pauses() -> None:
    """Means of the epoch are no updates; the validation took 38.5 s by the stamps."""
    (log,) = runs(FAIRSEQ)

    assert (log.dialect, log.unit, steps(log)) == ("fairseq-json", "update", [200, 400])
    assert clocks(log)[1] - clocks(log)[0] == 420.0  # type: ignore[operator]
    facts = log.facts
    assert (facts.steps_planned, facts.grad_accum, facts.n_devices, facts.params) == (400000, 8, 8, 95044608.0)
    assert (facts.epochs_planned, facts.log_interval) == (None, 200)
    assert [(event.kind, event.seconds) for event in log.events] == [("evaluation", 38.5), ("checkpoint", 2.5)]


def test_fairseq_without_stamps_uses_its_wall_time() -> None:
    """Plain objects, seconds since the start."""
    (log,) = runs(
        '{"epoch": 1, "num_updates": "100", "wall": "50"}\n{"epoch": 1, "num_updates": "200", "wall": "99"}\n'
    )

    assert (log.clock_kind, clocks(log)) == ("elapsed", [50.0, 99.0])


def ml(key: str, seconds: float, value: Any = None, **metadata: Any) -> str:
    """An MLPerf line."""
    row = {
        "namespace": "",
        "time_ms": int(seconds * 1000),
        "event_type": "X",
        "key": key,
        "value": value,
        "metadata": metadata,
    }
    return ":::MLLOG " + json.dumps(row) + "\n"


SETUP = ml("global_batch_size", 1, 64) + ml("max_sequence_length", 1, 512) + ml("run_start", 1000)


def halves(field: str, first: int, second: int) -> str:
    """Evaluations after one and two minutes, at these counters."""
    return ml("eval_accuracy", 1060, 0.1, **{field: first}) + ml("eval_accuracy", 1120, 0.2, **{field: second})


@pytest.mark.parametrize(
    ("body", "unit", "expected", "mean"),
    [
        # epochs as they are: 120 s over 4
        (halves("epoch_num", 2, 4), "epoch", [0, 2, 4], 30.0),
        # samples over the batch: 12800 / 64 = 200 steps in 120 s
        (halves("samples_count", 6400, 12800), "step", [0, 100, 200], 0.6),
        # samples called epoch_num, no multiple of the sequence
        (halves("epoch_num", 6401, 12800), "step", [0, 100, 200], 0.6),
        # tokens called epoch_num: 64 x 512 a step
        (halves("epoch_num", 3276800, 6553600), "step", [0, 100, 200], 0.6),
    ],
)
def test_mlperf_counters_are_told_apart(body: str, unit: str, expected: list[int], mean: float) -> None:
    """Epochs, samples, tokens; several ranks that repeat a line make one point."""
    (log,) = runs("shell noise\n" + SETUP + body + body + ml("run_stop", 1120, None, status="success"))

    assert (log.dialect, log.unit, steps(log)) == ("mlperf-mllog", unit, expected)
    assert (log.facts.total_seconds, log.facts.mean_step_seconds) == (120.0, pytest.approx(mean))
    assert log.finished


def test_mlperf_evaluations_that_stand_at_the_end_do_not_hide_the_epochs() -> None:
    """Evaluated offline after the training: the epochs' own stops tell the course."""
    epochs = "".join(ml("epoch_stop", 1000 + 50 * e, epoch_num=e) for e in (1, 2, 3, 4))
    late = "".join(ml("eval_accuracy", 1201 + e, 0.1, epoch_num=e) for e in (1, 2, 3, 4))
    (log,) = runs(SETUP + epochs + late + ml("run_stop", 1206))

    assert clocks(log) == [1000.0, 1050.0, 1100.0, 1150.0, 1200.0]


@pytest.mark.parametrize(
    ("name", "batch", "samples", "interval", "batches"),
    [
        ("gpt3", 2048, 24_567, 12, 12),  # every 24,576 sequences
        ("gpt3", 2048, 11_590_004, 12, 3),  # tokens: 5659 sequences
        ("flux1", 2304, 29_696, 114, 13),  # every 262,144 images
        ("unet3d", 56, 42, None, 1),
        ("gpt3", 1e-320, 24_567, None, None),  # no batch has less than a sample
    ],
)
def test_mlperf_rules_tell_how_often_a_benchmark_is_evaluated(
    name: str, batch: float, samples: int, interval: int | None, batches: int | None
) -> None:
    """In steps of the global batch, and of how many batches by the number of its samples."""
    setup = ml("submission_benchmark", 1, name) + ml("global_batch_size", 1, batch) + ml("eval_samples", 1, samples)
    body = halves("step", 20, 40)
    (log,) = runs(setup + ml("run_start", 1000) + body + ml("run_stop", 1120))

    assert log.unit == "step"
    assert (log.facts.eval_interval, log.facts.eval_batches) == (interval, batches)


def test_ranks_of_slurm_before_the_lines_are_told() -> None:
    """`12: :::MLLOG` is the same content under the name of its launcher."""
    text = SETUP + ml("eval_accuracy", 1060, 0.1, epoch_num=1) + ml("run_stop", 1070)
    (log,) = runs("".join(f" 0: {line}\n" for line in text.splitlines()))

    assert (log.dialect, steps(log)) == ("slurm-multirank", [0, 1])


def test_nemo_statistics_count_tokens() -> None:
    """A step is 64 x 512 = 32768 tokens; the timing of validations is none of a step."""
    stats = "".join(
        ml("tracked_stats", 1000 + 10 * i, {"train_step_timing in s": 9.5}, step=32768 * i) for i in range(1, 31)
    )
    other = ml("tracked_stats", 1301, {"validation_step_timing in s": 3.8}, step=32768 * 30)
    (log,) = runs(SETUP + stats + other)

    assert (log.dialect, steps(log)[-1], set(times(log)[1:])) == ("nemo-mllog-steps", 30, {9.5})
