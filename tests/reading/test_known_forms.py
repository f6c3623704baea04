"""Other ages and settings of known trainers, in lines made up for these tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import traincast
from traincast.answers import RunAnswer


def read(tmp_path: Path, text: str, name: str = "train.log") -> RunAnswer:
    """The one run of `text`."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (run,) = traincast.read(str(path)).runs
    return run


def pace(run: RunAnswer) -> float | None:
    """Steady seconds a step."""
    return run.step_time.value if run.step_time else None


def test_a_cost_without_a_unit_is_no_time(tmp_path: Path) -> None:
    """What is minimised is no time of a step; a cost of a batch that has a unit is one."""
    plain = "".join(f"Pass 0, Batch {100 * i}, Cost {2.4 - 0.1 * i:.6f}, {{'error': 0.5}}\n" for i in range(6))
    told = "".join(f"step {10 * i}: loss {2.4 - 0.1 * i:.4f}, batch_cost: 0.250 s\n" for i in range(1, 7))
    assert read(tmp_path, plain).step_time is None
    assert pace(read(tmp_path, told, "told.log")) == pytest.approx(0.25)


def test_sockeye_tells_updates_a_second(tmp_path: Path) -> None:
    """4 updates a second are a quarter of a second each; samples of uneven sentences alone tell no time."""
    lines = [
        f"[INFO:sockeye.training] Epoch[0] Batch [{50 * i}]\tSpeed: {300 + i}.50 samples/sec 9000.25 tokens/sec"
        f" 4.00 updates/sec\tperplexity={600 - i}.25\n"
        for i in range(1, 9)
    ]
    run = read(tmp_path, "".join(lines))
    assert run.steps.unit == "batch"
    assert pace(run) == pytest.approx(0.25)


def test_the_first_iteration_of_mingpt_has_no_time(tmp_path: Path) -> None:
    """It prints 0.00 ms, which would halve the mean of a short log: five steps of 6 s and nothing for the first."""
    text = "iter_dt 0.00ms; iter 0: train loss 2.8\n"
    text += "".join(f"iter_dt 6000.00ms; iter {i}: train loss 2.5\n" for i in range(1, 6))
    run = read(tmp_path, text)
    assert pace(run) == pytest.approx(6.0)
    assert run.mean_step_seconds == pytest.approx(6.0)


def test_swift_of_2024_tells_a_mean_rate_since_the_start(tmp_path: Path) -> None:
    """20 s of start-up and 2 s a step: after step n its rate is n / (20 + 2 n), and what a step takes is 2 s."""
    rows = [
        json.dumps({"loss": 1.5, "train_speed(iter/s)": round(n / (20 + 2 * n), 6), "epoch": 0.1, "global_step": n})
        for n in (1, *range(5, 205, 5))
    ]
    run = read(tmp_path, "\n".join(rows) + "\n", "logging.jsonl")
    assert run.dialect == "swift-logging-jsonl"
    assert pace(run) == pytest.approx(2.0, rel=0.01)


def test_the_bar_that_took_longest_is_the_training_however_late_it_was_drawn(tmp_path: Path) -> None:
    """A log that keeps a bar of 60 s when it is nearly full, and all of one of 3 s: the former is the training."""
    text = " 95%|#########4| 114/120 [00:57<00:03,  2.00it/s]\n100%|##########| 120/120 [01:00<00:00,  2.00it/s]\n"
    text += "".join(f" {10 * i}%|###       | {3 * i}/30 [00:0{i // 3}<00:02,  9.50it/s]\n" for i in range(11))
    assert read(tmp_path, text).steps.planned == 120


@pytest.mark.parametrize(
    ("head", "line", "start_up"),
    [
        (
            "[rank0]:[titan] 2025-06-16 16:24:10,000 - root - INFO - Training starts at step 1.\n",
            "[rank0]:[titan] 2025-06-16 16:24:{second:02d},000 - root - INFO - step: {n:2d}  loss:  8.0000"
            "  memory:  4.88GiB(6.16%)  tps: 4,000\n",
            10.0,
        ),
        (
            "2025-06-16 16:24:10,000 Node[0] Start training with [gpu(0)]\n",
            "2025-06-16 16:24:{second:02d},000 Node[0] Epoch[0] Batch [{n}]\tSpeed: 100.00 samples/sec\taccuracy=0.5\n",
            10.0,
        ),
    ],
    ids=["torchtitan", "mxnet"],
)
def test_a_told_start_shows_what_the_first_line_took(tmp_path: Path, head: str, line: str, start_up: float) -> None:
    """A start at 10 s, the first line at 20 s and one each second after: 10 s of start-up, 14 s in all."""
    text = head + "".join(line.format(n=n, second=19 + n) for n in range(1, 6))
    run = read(tmp_path, text)
    assert [phase.seconds for phase in run.phases if phase.kind == "start-up"] == [pytest.approx(start_up)]
    assert run.elapsed_seconds == pytest.approx(start_up + 4.0)


def test_labelled_bars_of_a_training_loop_are_read(tmp_path: Path) -> None:
    """Scripts that print their plan as Transformers' Trainer does, but draw bars with words in front."""
    text = "07/01/2021 10:00:00 - INFO - __main__ -   ***** Running training *****\n"
    text += "07/01/2021 10:00:00 - INFO - __main__ -     Num Epochs = 5\n"
    text += "07/01/2021 10:00:00 - INFO - __main__ -     Total optimization steps = 965\n"
    text += "".join(f"Epoch: {20 * i}%|##        | {i}/5 [0{i}:00<04:00, 60.00s/it]\n" for i in range(1, 5))
    run = read(tmp_path, text)
    assert run.steps.unit == "epoch"
    assert run.steps.planned == 5
    assert pace(run) == pytest.approx(60.0)


def test_the_plan_in_the_settings_of_bert_is_read(tmp_path: Path) -> None:
    """DLLogger's JSON of BERT holds all settings in one text."""
    rows: list[dict[str, object]] = [
        {"step": "PARAMETER", "data": {"Config": ["Namespace(do_train=True, max_steps=1563.0, n_gpu=1)"]}}
    ]
    rows += [{"step": [0, i], "data": {"average_loss": 3.5}} for i in range(6)]
    lines = [
        "DLLL " + json.dumps({"timestamp": str(1.5e9 + 80 * i), "elapsedtime": str(80 * i), "type": "LOG", **row})
        for i, row in enumerate(rows)
    ]
    run = read(tmp_path, "\n".join(lines) + "\n", "dllogger.json")
    assert run.steps.planned == 1563
    assert pace(run) == pytest.approx(80.0)


def test_a_worker_of_tf_cnn_benchmarks_tells_its_own_images(tmp_path: Path) -> None:
    """Four workers with a device each: 1024 of 4096 images are its own, at 128 a second 8 s a step."""
    text = "Batch size:  4096 global\n             1024.0 per device\nNum batches: 100\nNum epochs:  0.32\n"
    text += "Devices:     ['/job:worker/replica:0/task:0/gpu:0']\nStep\tImg/sec\ttotal_loss\n"
    text += "".join(f"{i}\timages/sec: 128.0 +/- 2.0 (jitter = 3.0)\t7.25\n" for i in (1, *range(10, 90, 10)))
    assert pace(read(tmp_path, text)) == pytest.approx(8.0)


def test_one_bar_in_whole_seconds_is_known_to_a_second(tmp_path: Path) -> None:
    """2 steps in 00:08, cut down or rounded: 7 to 9 s, so 3.5 to 4.5 s a step."""
    step = read(tmp_path, "  3%|2         | 2/78 [00:08<05:04,  4.26s/it]\n").step_time
    assert step is not None
    assert (step.low, step.value, step.high) == pytest.approx((3.5, 4.0, 4.5))
