"""Whole logs in a known dialect: what stands between the steps, stages, resumes, torn and glued lines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from traincast.errors import UnknownNameError, UnreadableError
from traincast.reading import read_text
from traincast.reading.dialect import load
from traincast.reading.engine import Engine
from traincast.runlog import RunLog


def read(text: str, **options: str) -> RunLog:
    """The only run of `text`."""
    logs = read_text([text], **options)  # type: ignore[arg-type]
    assert len(logs) == 1
    return logs[0]


def nanogpt(first: int, last: int, every: int = 1, ms: float = 100.0) -> str:
    """nanoGPT step lines."""
    return "".join(f"iter {i}: loss 2.5000, time {ms:.2f}ms, mfu 10.00%\n" for i in range(first, last, every))


def test_the_placeholder_mfu_becomes_a_finding_and_no_number() -> None:
    """nanoGPT prints -100 % for the first five logged iterations."""
    log = read("iter 0: loss 4.0, time 23218.37ms, mfu -100.00%\niter 1: loss 3.9, time 193.77ms, mfu 26.00%\n")

    assert [point.mfu for point in log.points] == [None, pytest.approx(0.26)]
    assert "mfu-sentinel" in [one.code for one in log.findings]
    assert log.mfu_peak == 312e12


def test_events_stand_at_the_step_before_them() -> None:
    """An evaluation and a checkpoint between steps 9 and 10, with their line numbers."""
    text = nanogpt(0, 10) + "step 10: train loss 2.1, val loss 2.2\nsaving checkpoint to out\n" + nanogpt(10, 12)
    log = read(text)

    assert [(event.kind, event.step, event.line) for event in log.events] == [
        ("evaluation", 9, 11),
        ("checkpoint", 9, 12),
    ]
    assert log.lines == 14


def test_a_resume_is_another_start_of_the_run() -> None:
    """The counter falls back to the last checkpoint after the log says that it resumes."""
    log = read(nanogpt(0, 100, 10) + "Resuming training from out\n" + nanogpt(50, 100, 10))

    assert [point.start for point in log.points] == [0] * 10 + [1] * 5


def test_stages_with_other_plans_are_runs_of_their_own() -> None:
    """nanochat: base training, then mid-training without a plan but with a percentage."""
    base = "step {:05d}/00020 (5.00%) | loss: 3.1 | lrm: 1.00 | dt: 500.00ms | tok/sec: 9,000 | mfu: 40.00\n"
    mid = (
        "step {:05d} (10.00%) | loss: 2.1 | lrm: 1.00 | dt: 700.00ms | tok/sec: 9,000 | mfu: 40.00 | total time: 0.1m\n"
    )
    text = "".join(base.format(i) for i in range(20)) + "".join(mid.format(i) for i in range(10))
    logs = read_text([text])

    assert [(len(log.points), log.facts.steps_planned) for log in logs] == [(20, 20), (10, 100)]


def test_glued_and_torn_lines_cost_themselves_alone() -> None:
    """A bar glued to a dictionary is read; a line cut in its middle is counted as unread."""
    log = read(nanogpt(0, 5) + "iter 5: loss 2.5000, ti" + "\n" + nanogpt(6, 8))

    assert [point.step for point in log.points] == [0, 1, 2, 3, 4, 6, 7]
    assert log.unread_lines == 1


def test_ranks_that_interleave_give_one_series() -> None:
    """Four ranks with prefixes print every step, not always in order."""
    text = "".join(
        f"{rank}: TRAIN [0][{batch}/100]\tTime 0.2 (0.300)\tData 1e-4 (1e-4)\tTok/s 9 (10)\tLoss/tok 9.2 (9)\n"
        for batch in range(0, 100, 10)
        for rank in (2, 0, 1, 3)
    )
    log = read(text)

    assert [point.step for point in log.points] == list(range(0, 100, 10))


def test_a_stamp_that_a_logger_put_before_the_line_is_the_clock() -> None:
    """nanoGPT has no clock; `ts` gives it one."""
    text = "".join(f"2026-01-01 23:59:{50 + i:02d} iter {i}: loss 2.5, time 1000.00ms, mfu 1.00%\n" for i in range(10))
    log = read(text)

    assert log.clock_kind == "wall"
    first, last = log.points[0].clock, log.points[-1].clock
    assert first is not None
    assert last is not None
    assert last - first == 9.0


def test_dictionaries_that_are_written_late_do_not_move_the_steps() -> None:
    """Standard output is buffered while the bar on standard error is not: the clock is the bar's."""
    bars = "".join(f" {i}%|#| {i}/100 [00:{i * 5:02d}<01:00,  5.00s/it]\n" for i in range(1, 10))
    log = read(bars + "{'loss': 1.5, 'grad_norm': 0.1, 'learning_rate': 1e-05, 'epoch': 0.01}\n")

    assert [point.step for point in log.points] == list(range(1, 10))
    assert log.points[-1].clock == 45.0
    assert log.facts.steps_planned == 100


def test_other_bars_are_not_taken_for_the_training() -> None:
    """Shard loading, mapping and evaluation bars of the same shape lie between the steps."""
    shards = "Loading checkpoint shards: 100%|#| 4/4 [00:15<00:00,  3.90s/it]\n"
    steps = "".join(f" {i}%|#| {i}/181 [{i * 10 // 60:02d}:{i * 10 % 60:02d}<10:00, 10.00s/it]\n" for i in range(1, 30))
    evaluation = "".join(f" {i}%|#| {i}/20 [00:{i:02d}<00:20,  1.00it/s]\n" for i in range(1, 21))
    log = read(shards + steps + evaluation + "{'loss': 1.0, 'epoch': 0.2}\n")

    assert (log.facts.steps_planned, log.points[-1].step) == (181, 29)


def test_an_evaluation_outside_epochs_is_no_step() -> None:
    """Keras: a bar counts below its own `Epoch k/n` line only."""
    text = (
        "".join(f"Epoch {e}/2\n100/100 [====] - 2s 20ms/step - loss: 0.5\n" for e in (1, 2))
        + "50/50 [====] - 0s 4ms/step\n"
    )
    log = read(text)

    assert [point.step for point in log.points] == [100, 200]
    assert log.facts.steps_planned == 200


def test_midnight_is_passed_by_a_clock_without_a_date() -> None:
    """GluonNLP prints times of day: ten seconds lie between these lines."""
    text = "INFO:root:throughput=1\n" + "".join(
        f"INFO:root:{stamp} [Epoch 1 Batch {batch}/100] loss=0.5, lr=0.00001\n"
        for stamp, batch in (("23:59:55", 10), ("00:00:05", 20), ("00:00:15", 30))
    )
    log = read(text)

    assert log.clock_kind == "time-of-day"
    assert [point.clock - (log.points[0].clock or 0.0) for point in log.points if point.clock is not None] == [
        0,
        10,
        20,
    ]


@pytest.mark.parametrize("text", ["1e999", "nan", "-1", "9" * 300])
def test_absurd_figures_become_unknown(text: str) -> None:
    """A counter or a time that cannot be is left out; the other lines stay."""
    log = read(
        nanogpt(0, 3)
        + f"iter 3: loss {text}, time {text}ms, mfu {text}%\n"
        + f"iter {text}: loss 1, time 5ms, mfu 1%\n"
        + nanogpt(4, 6)
    )

    assert {point.step for point in log.points} >= {0, 1, 2, 4, 5}
    assert all(point.step_seconds is None or 0 <= point.step_seconds < 1e9 for point in log.points)


def test_blocks_may_be_cut_anywhere_between_lines() -> None:
    """One block or one line a block: the same run."""
    text = nanogpt(0, 50) + "step 50: train loss 2.1, val loss 2.2\n" + nanogpt(50, 80)
    whole = read(text, dialect="nanogpt")
    pieces = read_text([line + "\n" for line in text.splitlines()], dialect="nanogpt")[0]

    assert whole == pieces


def test_text_without_steps_is_refused_with_a_hint() -> None:
    """Nothing counts in prose."""
    with pytest.raises(UnreadableError) as caught:
        read_text(["It was a dark and stormy night.\n" * 50])

    assert "--dialect" in caught.value.hint


def test_an_unknown_dialect_is_an_error_with_near_misses() -> None:
    """A slip of the pen is answered with the name that was meant."""
    with pytest.raises(UnknownNameError) as caught:
        read_text(["iter 0: loss 1, time 1ms, mfu 1%\n"], dialect="nanogtp")

    assert "nanogpt" in caught.value.hint


def test_a_long_log_is_thinned_and_read_in_haste_with_the_same_totals() -> None:
    """200,000 even lines with evaluations between them: last step, sum of times and events are exact."""
    lines = []
    for i in range(200_000):
        if i and i % 5000 == 0:
            lines.append(f"step {i}: train loss 2.1, val loss 2.2\n")
        lines.append(f"iter {i}: loss 2.5000, time {100 + i % 7 * 10:.2f}ms, mfu 10.00%\n")
    lines += [f"iter {i}: loss 2.4000, time 100.00ms, mfu 10.00%\n" for i in range(200_000, 200_010)]
    text = "".join(lines)
    engine = Engine(load("nanogpt"))
    engine.feed(
        [text[: len(text) // 2].rsplit("\n", 1)[0] + "\n", text[len(text[: len(text) // 2].rsplit("\n", 1)[0]) + 1 :]]
    )
    log = read(text)

    assert log.merged
    assert log.points[-1].step == 200_009
    assert log.points[-1].loss == pytest.approx(2.4)
    assert len([event for event in log.events if event.kind == "evaluation"]) == 39
    gaps = [b.step - a.step for a, b in zip(log.points, log.points[1:], strict=False)]
    spent = sum(gap * (point.step_seconds or 0.0) for gap, point in zip(gaps, log.points[1:], strict=True))
    assert spent == pytest.approx(0.13 * 200_009, rel=1e-3)
    assert engine.layers[0].matched == 200_010


def test_a_jump_of_the_counter_in_a_long_log_is_not_smoothed_over() -> None:
    """A resume in the middle of a log that is read in haste is still a start."""
    log = read(nanogpt(0, 120_000) + nanogpt(100_000, 180_000))

    assert max(point.start for point in log.points) == 1
    assert log.points[-1].step == 179_999
    assert log.points[-1].start == 1


def bars(total: int, seconds: int) -> str:
    """A Hugging Face bar from 0 to `total`."""
    times = [i * seconds // total for i in range(total + 1)]
    return "".join(f" 0%| | {i}/{total} [00:{t:02d}<00:09,  1.00s/it]\n" for i, t in enumerate(times))


def test_the_bars_of_other_ranks_are_not_other_runs() -> None:
    """Four nodes each wrote the same bar at the end of the job; the closing line comes after all of them."""
    end = "{'train_runtime': 40.0, 'train_samples_per_second': 1.0, 'train_steps_per_second': 0.2, 'epoch': 1.0}\n"

    assert len(read_text([bars(8, 40) * 4 + end])) == 1
    assert len(read_text([(bars(8, 40) + end) * 4])) == 4


def test_the_plan_of_a_stage_is_not_that_of_the_next() -> None:
    """The header tells 20 steps for the first stage; the second has a percentage alone: 10 of 40 steps at 25 %."""
    base = "step {:05d}/00020 (5.00%) | loss: 3.1 | lrm: 1.00 | dt: 500.00ms | tok/sec: 9,000 | mfu: 40.00\n"
    stage = "step {:05d} (25.00%) | loss: 2.1 | lrm: 1.00 | dt: 700.00ms | tok/sec: 9,000 | mfu: 40.00\n"
    text = "Calculated number of iterations from target data:param ratio: 20\n"
    text += "".join(base.format(i) for i in range(20)) + "".join(stage.format(i) for i in range(10))

    assert [log.facts.steps_planned for log in read_text([text])] == [20, 40]


def test_facts_are_typed_and_named_as_the_catalog_names_them() -> None:
    """Precision by its short name, the peak that the trainer divides by, the plan from micro-batches and
    accumulation."""
    llmc = (
        "| device                | NVIDIA A100-PCIE-40GB |\n| peak TFlops | 312.0 |\n| precision | BF16 |\n"
        "step    1/19560 | loss 7.5 (+1.2z)| norm 1.2 (+0.3z)| lr 6.00e-04 | 300.0 ms | 60.1% bf16 MFU | 174762 tok/s\n"
    )
    log = read(llmc)

    assert (log.facts.device, log.facts.precision, log.mfu_peak) == ("NVIDIA A100-PCIE-40GB", "bf16", 312e12)
    deepspeed = (
        "gradient_accumulation_steps ......... 2\nBeginning of Epoch 1/1, Total Micro Batches 4708\n"
        "[2023-04-18 08:48:36,058] [INFO] [timer.py:199:stop] epoch=0/micro_step=20/global_step=10, "
        "RunningAvgSamplesPerSec=86.7, CurrSamplesPerSec=78.8, MemAllocated=10.77GB\n"
    )
    assert read(deepspeed).facts.steps_planned == 2354


def test_full_bars_of_epochs_follow_one_another() -> None:
    """Bars of 10, 11 and 12 s, each shown once when it was full: 33 s for 300 batches, though the times rise. The rate
    fits none of them."""
    bar = "Epoch {}: 100%|####| 100/100 [00:{}<00:00,  20.00it/s, v_num=1]\n"
    log = read("".join(bar.format(epoch, 10 + epoch) for epoch in range(3)))

    assert [point.step for point in log.points] == [100, 200, 300]
    assert [point.clock for point in log.points] == [10.0, 21.0, 33.0]


@pytest.mark.parametrize(
    "before", ["2025-01-01T00:00:02.123Z ", "2025-01-01 00:00:02,123 ", "Jan  5 10:00:02 ", "trainer-1  | "]
)
def test_what_a_runner_puts_before_lines_is_no_label_of_a_bar(before: str) -> None:
    """Stamps and names of containers in front of the unlabelled bar of the trainer."""
    bars = "".join(f"{before}  {i}%|#   | {i}/100 [00:{2 * i:02d}<03:20,  2.00s/it]\n" for i in range(1, 4))
    log = read(bars + before + "{'loss': 0.5, 'learning_rate': 1e-05, 'epoch': 0.1}\n")

    assert [point.step for point in log.points] == [1, 2, 3]
    assert log.dialect == "hf-trainer-stdout"


def test_a_lone_bar_tells_a_mean() -> None:
    """59 steps in 360 s; in a later epoch the time is that of the epoch alone."""
    assert read(" 25%|##  | 59/236 [06:00<18:00,  6.10s/it]\n").facts.mean_step_seconds == pytest.approx(360 / 59)
    later = read("Epoch 3:  20%|##  | 20/100 [00:10<00:40,  2.00it/s, v_num=1]\n")
    assert later.facts.mean_step_seconds == pytest.approx(0.5)


def test_another_configuration_from_the_start_is_another_run() -> None:
    """Two runs one after the other: the second has another batch, the same plan, and begins at 0 again."""
    head = "tokens per iteration will be: {}\nmax_iters = 1000\n"
    text = head.format("16,384") + nanogpt(0, 60) + head.format("65,536") + nanogpt(0, 30, ms=400.0)
    first, last = read_text([text])

    assert [len(log.points) for log in (first, last)] == [60, 30]
    assert [log.facts.tokens_per_step for log in (first, last)] == [16384, 65536]
    assert [log.facts.steps_planned for log in (first, last)] == [1000, 1000]
    assert {point.start for point in last.points} == {0}
    note = next(found for found in last.findings if found.code == "several-runs")
    assert "0-59, 0-29" in note.message


def test_each_of_two_runs_has_epochs_of_its_own_size() -> None:
    """A batch of 64 and then one of 48: 100 batches an epoch, then 133."""
    form = "INFO:root:{:%H:%M:%S} [Epoch 1 Batch {}/{}] loss=0.5, lr=0.0001\n"
    begin = datetime(2026, 1, 5, 8, 0, 0)
    text = ""
    for batch, size in ((64, 100), (48, 133)):
        text += f"INFO:root:08:00:00 Namespace(batch_size={batch}, epochs=2)\n"
        text += "".join(form.format(begin + timedelta(seconds=10 * i), 10 * i, size) for i in range(1, 9))
        begin += timedelta(hours=1)
    runs = read_text([text])

    assert [run.facts.steps_per_epoch for run in runs] == [100, 133]
    assert [run.facts.steps_planned for run in runs] == [200, 266]


@pytest.mark.parametrize("again", ["16,384", "65,536"])
def test_a_run_that_goes_on_is_one_run_whatever_its_headers_say(again: str) -> None:
    """A resume behind the first step, with the same or another batch, is a start of the same run."""
    head = "tokens per iteration will be: {}\nmax_iters = 1000\n"
    log = read(head.format("16,384") + nanogpt(0, 60) + head.format(again) + nanogpt(40, 90))

    assert [max(p.start for p in log.points), log.points[-1].step] == [1, 89]


def test_a_run_that_starts_again_alike_is_one_run() -> None:
    """The same command from the beginning once more: a second start, not another run."""
    text = "tokens per iteration will be: 16,384\n" + nanogpt(0, 60)
    log = read(text + text)

    assert [max(p.start for p in log.points), len(log.points)] == [1, 120]


@pytest.mark.parametrize(
    "form", ["Epoch {i}: {p}%|#    | {i}/50 [{t}<{r}, 10.00s/it]", "Epoch {i}/50: {p}%|#  | {i}/50 [{t}<{r}, 10.0s/it]"]
)
def test_a_bar_that_counts_epochs_is_no_bar_of_batches(form: str) -> None:
    """The epoch in front is what the bar counts: 50 epochs of 10 s and no 2500 batches."""
    text = "".join(
        form.format(i=i, p=2 * i, t=f"{i * 10 // 60:02d}:{i * 10 % 60:02d}", r="05:00") + "\n" for i in range(30)
    )
    log = read(text)

    assert (log.unit, log.points[-1].step, log.facts.steps_planned) == ("epoch", 29, 50)
    assert log.points[-1].clock == 290.0


def test_events_stand_at_the_step_of_the_training_and_not_of_another_bar() -> None:
    """Each evaluation of a Hugging Face run draws a bar of its own before it is told."""
    text = ""
    for i in range(1, 21):
        text += f"{i * 5}%|#| {i}/20 [00:{i:02d}<00:{20 - i:02d}, 1.00it/s]\n"
        if i % 10 == 0:
            text += "".join(f"{k * 20}%|#| {k}/5 [00:00<00:00, 9.00it/s]\n" for k in range(1, 6))
            text += f"{{'eval_loss': '4.3', 'eval_runtime': '0.61', 'epoch': '{i / 10}'}}\n"
    log = read(text, dialect="hf-trainer-stdout")

    assert log.points[-1].step == 20
    assert [(event.kind, event.step) for event in log.events] == [("evaluation", 10), ("evaluation", 20)]
