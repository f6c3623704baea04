"""Logs of no known format."""

from __future__ import annotations

import contextlib
import time

import pytest

from traincast.errors import UnreadableError
from traincast.reading import read_text
from traincast.reading.below import rises
from traincast.reading.check import failures
from traincast.reading.dialect import parse_dialect
from traincast.reading.fields import Column
from traincast.reading.induce import draft_text
from traincast.reading.series import series
from traincast.runlog import RunLog


def induced(text: str) -> RunLog:
    """The run of `text`, its format induced."""
    (log,) = read_text([text], dialect="none")
    return log


def pace(log: RunLog) -> float:
    """Mean seconds per step."""
    found = series(log)
    assert found is not None
    return sum(found.seconds) / sum(found.steps)


def lines(form: str, count: int = 40) -> str:
    """`count` lines: i counts from 1, t is 2.5 s a step, noise lines between."""
    out = []
    for i in range(1, count + 1):
        seconds = 36_000 + i * 2.5
        stamp = f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"
        out.append(
            form.format(
                i=i,
                ten=i * 10,
                zero=i - 1,
                clock=f"{int(i * 2.5) // 60:02d}:{int(i * 2.5) % 60:02d}",
                unix=1_767_600_000 + i * 2.5,
                tokens=25_000 + i % 7,
                stamp=stamp,
                t=i * 2.5,
                ms=2500 + i % 5,
                loss=9 / i,
                batch=(i - 1) % 10 + 1,
                e=(i - 1) // 10 + 1,
            )
        )
        if i % 7 == 0:
            out.append(f"saved weights-{i * 31 % 17}.bin ({i * 7919 % 1000} MB)")
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("count", [9, 25, 39])
@pytest.mark.parametrize(
    "form", ["Epoch [{e}/4], Step [{batch}/10], Loss: {loss:.4f}", "epoch {e} of 4 batch {batch} of 10"]
)
def test_epochs_of_a_plan_are_counted_from_the_first_one_on(form: str, count: int) -> None:
    """Four epochs of ten steps make forty, also where all lines are of the first epoch."""
    text = lines("2026-01-05 {stamp} INFO " + form, count)
    log = induced(text)

    assert (log.points[-1].step, log.facts.steps_planned, log.facts.steps_per_epoch) == (count, 40, 10)
    assert failures(parse_dialect(draft_text([text], "x.log"), where="draft")) == []


@pytest.mark.parametrize("form", ["step {i} of 40, loss {loss:.3f}", "[{i} out of 40] loss {loss:.3f}"])
def test_count_of_a_total_in_words_tells_the_plan(form: str) -> None:
    """`12 of 40` is `12/40`."""
    text = lines("2026-01-05 {stamp} INFO " + form, 30)
    log = induced(text)

    assert (log.points[-1].step, log.facts.steps_planned) == (30, 40)
    assert failures(parse_dialect(draft_text([text], "x.log"), where="draft")) == []


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("2026-01-05 {stamp} | train.py:88 | update={i} objective={loss:.4f}", 2.5),
        ("[2026/01/05 {stamp}] done {ten}/400 cost {loss:.3f}", 0.25),
        ("pass {i} :: err {loss:.5f} :: took {ms}ms", 2.5),
        ("k={i}; wall={t:.2f}s; f={loss:.3f}", 2.5),
        ("trained iteration {i}/40 in 2.5 s (loss {loss:.3f})", 2.5),
        ("Epoch {e} | Batch {batch}/10 | elapsed {t:.1f} | {loss:.4f}", 2.5),
        ('{{"global_step": {i}, "loss": {loss:.4f}, "elapsed_s": {t:.2f}}}', 2.5),
        ("round {i} speed 0.4 it/s loss {loss:.3f}", 2.5),
        ("#[{i}] L={loss:.3f} dt_ms={ms}", 2.5),
        ("[{e}][{batch}/10] loss {loss:.4f} time 2.50 (2.51)", 2.5),
        ("[{e}][{batch}/10]\tTime 2.500 (2.501)\tData 0.250 (0.251)\tLoss {loss:.4f}", 2.5),
        ("Iter {ten}: Train loss {loss:.3f}, It/sec 4.000, Tokens/sec {tokens}", 0.25),
        ("epoch: {e}, step: {batch}, loss: {loss:.3f}, step_ms: {ms}", 2.5),
        ("(epoch: {e}, iters: {ten}, time: 0.250, data: 0.010) G_GAN: {loss:.3f}", 0.25),
        ("[Step {i}] {loss:.4f}, 2.500 sec/step, {tokens} tok/s", 2.5),
        ("update {i} (epoch {e}): loss={loss:.3f}, 24.00 steps/min", 2.5),
        ("train: 10%|###   | {i}/40 [{clock}<05:00,  2.50s/it, loss={loss:.2f}]", 2.5),
        ("steps: {i} loss: {loss:.3f} iter time (s): 2.500 samples/sec: 25.6", 2.5),
        (
            "iteration: {i} / 40 | consumed_tokens: {i}.5K | elapsed_time_per_iteration_ms: {ms} | lm_loss: {loss:.3f}",
            2.5,
        ),
        ("{{'step': {i}, 'loss': {loss:.4f}, 'wall': {t:.2f}}}", 2.5),
        ('DLL {{"type": "LOG", "at": {unix:.3f}, "step": [{e}, {batch}, 10], "data": {{"loss": {loss:.3f}}}}}', 2.5),
        ("{unix:.3f} {i} {loss:.4f}", 2.5),
        ("worker:{stamp} [Epoch {e} Batch {batch}/10] loss={loss:.4f}", 2.5),
        ("it {zero} t/iter: 2.50 s", 2.5),
    ],
)
def test_counter_and_time_are_found(form: str, expected: float) -> None:
    """A stamp, a printed time with its unit, an elapsed time, a rate of steps; noise between the lines."""
    log = induced(lines(form))

    assert pace(log) == pytest.approx(expected, rel=0.03)
    assert log.dialect == "induced"
    assert 0.2 < log.confidence < 1
    assert log.findings[0].code == "unknown-format"


def test_agreement_with_the_clock_makes_it_surer() -> None:
    """A printed time that the clock confirms is believed more than either alone."""
    both = induced(lines("2026-01-05 {stamp} step {i} time {ms} ms loss {loss:.3f}"))
    clock = induced(lines("2026-01-05 {stamp} step {i} loss {loss:.3f}"))
    printed = induced(lines("step {i} time {ms} ms loss {loss:.3f}"))

    assert both.confidence > 0.85
    assert both.confidence > clock.confidence
    assert both.confidence > printed.confidence


def test_a_log_without_times_is_said_to_have_none() -> None:
    """Steps and losses alone: no timing is guessed from the loss."""
    log = induced(lines("step {i} loss {loss:.4f} acc {loss:.2f}"))

    assert series(log) is None
    assert "no-timing" in [one.code for one in log.findings]


def test_prose_and_random_figures_count_nothing() -> None:
    """No reading is made up."""
    text = "".join(
        f"I saw {i * 7919 % 83} birds and {i * 104729 % 61} fish near house {i * 31 % 29}.\n" for i in range(200)
    )

    with pytest.raises(UnreadableError):
        read_text([text], dialect="none")


def test_a_draft_is_a_dialect_that_reads_the_log() -> None:
    """`dialects draft` writes a file whose own sample it reads, and which a user can correct."""
    text = lines("2026-01-05 {stamp} | update={i} objective={loss:.4f} took {ms}ms")
    dialect = parse_dialect(draft_text([text], "x.log"), where="draft")

    assert failures(dialect) == []
    assert "(?P<step>" in dialect.step
    assert dialect.meaning["time"].unit == "ms"


def test_a_draft_holds_the_lines_around_the_steps_that_occur() -> None:
    """A batch size and a closing time are told, a number of steps is not."""
    text = (
        "Global batch size: 64\n" + lines("update={i} objective={loss:.4f} took {ms}ms") + "Training time: 2.5 hours\n"
    )
    dialect = parse_dialect(draft_text([text], "x.log"), where="draft")

    assert [header.marker for header in dialect.header] == ["atch"]
    assert [event.marker for event in dialect.event] == ["raining time"]
    assert failures(dialect) == []


def test_a_table_is_read_by_its_header() -> None:
    """Columns have the names of the first line."""
    rows = "".join(f"{i},{9 / i:.3f},{i * 2.5:.2f}\n" for i in range(1, 30))

    assert pace(induced("step,loss,elapsed_seconds\n" + rows)) == pytest.approx(2.5, rel=0.01)


def test_a_table_of_html_is_read_by_its_titles() -> None:
    """Minutes and seconds of epochs, a cell a line, as notebooks keep them."""
    row = "<tr>\n<td>{i}</td>\n<td>{loss:.3f}</td>\n<td>00:{seconds}</td>\n</tr>\n"
    rows = "".join(row.format(i=i, loss=9 / (i + 1), seconds=38 + i % 2) for i in range(9))
    titles = "<tr>\n<th>epoch</th>\n<th>train_loss</th>\n<th>time</th>\n</tr>\n"

    assert pace(induced(f"<table>\n{titles}{rows}</table>\n")) == pytest.approx(38.5, rel=0.02)


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>1</td></tr>\n" + "<tr>" * 200_000,
        "<tr><td>1</td></tr>\n" + "<td" * 200_000 + "</tr>",
        '{"step": 1}\n{"step": 2}\n' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "\n",
        '{"step": 1}\n{"step": 2}\n{"step": ' + "9" * 5000 + "}\n",
        "step,loss\n" + "1," * 300_000 + "\n",
        'step,loss\n1,"2\n' * 20_000,
    ],
)
def test_damaged_tables_cost_no_time_and_no_crash(text: str) -> None:
    """Rows that never end, objects without bottom, numbers without end."""
    begin = time.process_time()
    with contextlib.suppress(UnreadableError):
        induced(text)

    assert time.process_time() - begin < 5


def test_a_closing_line_tells_a_mean_where_no_line_counts() -> None:
    """7 s a step of 50 by the runtime at the end; the bar of the data is not the training."""
    bar = "Map: 10%|#  | {n}/90000 [00:{s:02d}<01:00, 9000.00 examples/s]\n"
    text = "".join(bar.format(n=i * 900, s=i) for i in range(1, 40))
    text += "  Total optimization steps = 50\n{'loss': 2.5, 'epoch': 0.5}\n{'loss': 2.25, 'epoch': 1.0}\n"
    text += "{'train_runtime': 350.0, 'train_samples_per_second': 9.1, 'train_steps_per_second': 0.143}\n"
    log = induced(text)

    assert log.facts.mean_step_seconds == pytest.approx(7.0)
    assert log.confidence <= 0.5


def test_a_lone_finished_bar_tells_a_mean() -> None:
    """A notebook keeps the last state of its bar alone."""
    log = induced("<progress value='60' max='60'></progress>\n[60/60 03:20, Epoch 0/1]\n")

    assert log.facts.mean_step_seconds == pytest.approx(200 / 60)


def test_ranks_that_stand_first_are_no_counter() -> None:
    """Four processes print each step; the number before a line is that of the process."""
    text = "".join(f"{rank}: step {i} took 250 ms\n" for i in range(1, 30) for rank in (0, 2, 1, 3))
    log = induced(text)

    assert (len(log.points), log.points[-1].step) == (29, 29)
    assert pace(log) == pytest.approx(0.25)


@pytest.mark.parametrize("label", ["s/sec", "words/s", "frames_per_second", "u per sec"])
def test_a_rate_of_anything_is_no_time(label: str) -> None:
    """Sockeye prints sentences a second as `s/sec`: 1320 of them are not 1320 s."""
    text = "".join(f"step={i} {label}={1320 + i % 7}.5 ppl={3 - i / 100:.2f}\n" for i in range(1, 30))

    assert all(point.step_seconds is None for point in induced(text).points)


def test_tokens_a_second_of_each_device_are_no_seconds() -> None:
    """The label ends in `sec` and is a rate: 9000 tokens a second, not 9000 s."""
    text = "".join(f"step: {i}   train loss: 3.{i % 10}1   tokens/gpu/sec: 9{i % 7}00.50\n" for i in range(1, 30))
    (log,) = read_text([text], dialect="none")

    assert all(point.step_seconds is None for point in log.points)
    assert log.points[0].rate == pytest.approx(9100.5)


def test_a_time_of_a_step_that_happens_to_grow_is_no_time_since_the_start() -> None:
    """`dt` is of a step by its name: six that rise are a slow-down, not a clock."""
    log = induced("".join(f"iter={i} loss={3 - i / 10:.2f} dt=00:0{i}:{i}0 left\n" for i in range(1, 6)))

    assert [point.step_seconds for point in log.points] == [70.0, 140.0, 210.0, 280.0, 350.0]


def test_an_elapsed_time_is_one_though_other_ranks_repeat_it() -> None:
    """Four processes write each count with times of their own clocks, which differ by less than the steps between: 40 s
    for 20 batches, not 40 s and more for one. Of how many epochs is not told, so that no plan is."""
    out = []
    for k in range(1, 12):
        for rank, late in enumerate((3.0, 0.4, 2.1, 0.0)):
            out.append(f"Epoch: [1][{k * 20}/500]\tGPU {(rank + k) % 4}\tTime: {k * 40 + late:.3f}\tLoss {5 / k:.4f}")

    log = induced("\n".join(out) + "\n")

    assert pace(log) == pytest.approx(2.0, rel=0.02)
    assert log.facts.steps_planned is None
    assert log.points[-1].step == 220


def test_epochs_are_what_a_line_per_epoch_counts() -> None:
    """The unit of the counter is in its name."""
    log = induced(
        "".join(f"2024-03-01 10:{k:02d}:00.250  Epoch {k} / 400: loss {5 / (k + 1):.3f}\n" for k in range(12))
    )

    assert log.unit == "epoch"
    assert log.facts.steps_planned == 400


@pytest.mark.parametrize(("left", "planned"), [("1:22:20", 10_080), ("0:00:20", None)])
def test_what_is_left_tells_the_plan_unless_it_is_of_the_epoch(left: str, planned: int | None) -> None:
    """Step 200 of half a second: 4940 s more are 9,880 steps, 42 epochs of 240 in all; 20 s end this epoch."""
    form = "2024-03-01 10:{m:02d}:{s:02d} step {n}/240 of epoch 1 loss 0.5 eta: {left}"
    times = [(n, (n - 20) // 2) for n in range(20, 201, 20)]
    seconds = sum(int(one) * scale for one, scale in zip(left.split(":"), (3600, 60, 1), strict=True))
    rows = []
    for n, clock in times:
        rest = seconds + (200 - n) // 2
        span = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
        rows.append(form.format(m=clock // 60, s=clock % 60, n=n, left=span))

    assert induced("\n".join(rows) + "\n").facts.steps_planned == planned


@pytest.mark.parametrize(
    ("title", "epochs"),
    [
        ("Epoch {e}/24", 25),  # numbered from 0, the last number behind the slash
        ("Epoch {one}/30", 30),
        ("2024-03-01 10:00:00,250 - train - INFO - Epoch: {e}", None),
        ("===== EPOCH {one} of 30 =====", 30),
    ],
)
@pytest.mark.parametrize("whole", [1, 3, 40])
def test_titles_tell_the_epochs_of_the_batches_below(title: str, epochs: int | None, whole: int) -> None:
    """Four lines an epoch of 200 batches of .1 s, below a title each; the newest epoch is half done."""
    if epochs and whole >= epochs:
        whole = epochs - 2
    out = []
    for e in range(whole + 1):
        out += [title.format(e=e, one=e + 1), "-" * 10]
        out += [f"Batch {b}/200 loss: {0.9 / (e + 1):.3f} time 0.10{b % 3}" for b in (50, 100, 150, 200)]
        out += [f"val accuracy {e / 100:.4f}"]
    log = induced("\n".join(out[:-3]) + "\n")

    assert log.points[-1].step == whole * 200 + 100
    assert log.facts.steps_planned == (None if epochs is None else epochs * 200)
    assert pace(log) == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("Elapsed time\t {each:.5f} seconds", 100),
        ("Time elapsed: {whole}", 100),
        ("IterationTime    {each:.2f} s", 100),
    ],
)
def test_a_time_on_a_line_of_its_own_is_that_of_the_counter_above(time: str, expected: float) -> None:
    """A block of lines an iteration, of which one is a time: of the iteration, or since the start."""
    out = []
    for k in range(8):
        seconds = (k + 1) * 100
        whole = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        out += [f"Iteration:\t {k}", f"MeanReward:\t {-250 + k * 3.7}", f"Entropy {2.4 - k * 0.01}"]
        out += [time.format(each=100 + (-1) ** k * 0.5, whole=whole), "-" * 17]

    log = induced("\n".join(out) + "\n")

    assert pace(log) == pytest.approx(expected, rel=0.01)
    assert log.points[-1].step == 7


def test_steps_that_get_faster_count_nothing_down() -> None:
    """A slow first step and then ever shorter ones: by its name, and since the second on hardly less, it is no rest."""
    named = induced("".join(f"iter {i} loss {9 / (i + 1):.3f}, step time: {t}ms\n" for i, t in enumerate(FASTER)))
    plain = induced("".join(f"iter {i} loss {9 / (i + 1):.3f}, time: {t}ms\n" for i, t in enumerate(FASTER)))

    for log in (named, plain):
        assert [point.step_seconds for point in log.points] == [t / 1000 for t in FASTER]


FASTER = [2000.5, 660.5, 659.5, 658.5, 657.5, 656.5, 655.5]


def test_a_date_before_a_time_is_no_bar() -> None:
    """A header alone, each line behind `11/24 21:22:20`: 11 of 24 steps were never taken."""
    header = "".join(f"11/24 21:22:{20 + i} - trainer - INFO - setting {'abcdefgh'[i]} is on\n" for i in range(8))

    with pytest.raises(UnreadableError, match="no line in it counts steps"):
        read_text([header], name="run.log")


@pytest.mark.parametrize(("last", "planned"), [(59, 60), (60, 60), (61, 61)])
def test_the_last_index_of_a_counter_from_0_is_no_count(last: int, planned: int) -> None:
    """`Iter: 0/59` is the first of 60, a rounder number than 59; 61 and 60 are no less round than what follows."""
    log = induced("".join(f"2024-03-01 10:{k:02d}:00 Iter: {k}/{last} lr: {1 / (k + 1):.4f}\n" for k in range(15)))

    assert log.facts.steps_planned == planned


def test_a_time_of_something_else_is_not_that_of_the_counter() -> None:
    """2 s an episode, and what an action took beside it."""
    form = "Episode: {k}, Actions: {n}, reward: -18, Time: {t:.2f}, T/A: {a:.2f}ms\n"
    log = induced("".join(form.format(k=k, n=1000 + k % 3, t=2 + k % 3 / 100, a=1.9 + k % 2 / 10) for k in range(12)))

    assert pace(log) == pytest.approx(2.01, rel=0.01)


@pytest.mark.parametrize("rank", ["[rank0]: ", "3: ", "[default1]:", "[0]: "])
def test_a_rank_in_front_of_stamped_lines_changes_nothing(rank: str) -> None:
    """What a launcher puts before lines that begin with a time stamp."""
    log = induced(
        "".join(f"{rank}2024-03-01 10:{k:02d}:00,250 - step {k * 50} loss {5 / (k + 1):.3f}\n" for k in range(12))
    )

    assert pace(log) == pytest.approx(1.2)
    assert log.points[-1].step == 550


@pytest.mark.parametrize("damaged", ["-1", "nan", "1e999", ""])
def test_a_damaged_time_on_the_line_below_is_no_time(damaged: str) -> None:
    """Titles of epochs, each with a line of its time below; one of them is damaged, then all."""
    for every in (7, 1):
        text = "".join(
            f"Epoch {k}\nloss 0.{99 - k} time elapsed: {damaged if k % every == 0 else k}.0 s\n" for k in range(1, 30)
        )
        try:
            logs = read_text([text], dialect="none")
        except UnreadableError:
            continue
        times = [value for log in logs for point in log.points for value in (point.clock, point.step_seconds)]
        assert all(value is None or 0 <= value < 1e9 for value in times)


@pytest.mark.parametrize(("values", "is_elapsed"), [([1.0, 2.0, 9.0], True), ([9.0, 2.0], False), ([None], False)])
def test_a_figure_that_grows_from_nothing_may_be_elapsed(values: list[float | None], is_elapsed: bool) -> None:
    """One without any number is none."""
    assert rises(Column(label="time", kind="number", unit="s", values=values, texts=["x"] * len(values))) is is_elapsed


@pytest.mark.parametrize(
    ("head", "planned"),
    [
        ("INFO:root:Namespace(cache='LRU', epoch=100, gpu=0)", 100),
        ("Namespace(lr=0.1, epochs=90, warmup_epochs=5)", 90),
        ("num_train_epochs = 12.0", 12),
        ('{"batch": 8, "epochs": 30}', 30),
        ("python train.py --n_epochs 40 --lr 0.1", 40),
        ("warmup_epochs: 5", None),
        ("epochs 3 (warm-up)", None),
    ],
)
def test_the_head_tells_how_many_epochs_are_planned(head: str, planned: int | None) -> None:
    """Titles of epochs whose own time and that of their parts stand on a line below."""
    below = "DEBUG:root:Epoch time:{0}.50s; dataloader time:0.9{1}s sample time:1.{1}s train time:9.{1}s"
    lines = [head, *(f"INFO:root:Epoch: {k}\n\n" + below.format(15 + k % 2, k) for k in range(6))]

    (log,) = read_text(["\n".join([*lines, ""])], dialect="none")

    assert log.facts.steps_planned == planned
    assert [point.step_seconds for point in log.points] == [15.5, 16.5] * 3
    assert not log.finished


@pytest.mark.parametrize("head", ["Train Epoch: 3", "Epochs 3: begin"])
def test_an_epoch_that_is_counted_is_no_plan(head: str) -> None:
    lines = [head, *(f"Epoch {k} loss 0.5 time 12.5 s" for k in range(4, 12)), ""]

    (log,) = read_text(["\n".join(lines)], dialect="none")

    assert log.facts.steps_planned is None


def test_a_step_line_that_tells_its_training_time_ends_no_run() -> None:
    lines = [f"batch {k} loss 0.{900 - k} training time {9 + k % 2}.5 s, testing time 0.02 s" for k in range(1, 30)]

    (log,) = read_text(["\n".join([*lines, ""])], dialect="none")

    assert not log.finished
    assert not log.events
    assert pace(log) == pytest.approx(9.5, rel=0.2)


def test_a_printed_time_is_believed_before_what_is_left() -> None:
    """What is left falls fast behind a slow first step, since the trainer takes the mean of all."""
    lines, spent = [], 0.0
    for k in range(0, 1000, 50):
        spent = 13.0 + 0.125 * k
        left = round((10000 - k - 1) * spent / (k + 1))
        eta = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
        lines.append(f"Tr [{k:5}/10000] eta: {eta} loss: 0.4 time: {0.125 if k else 13}")

    (log,) = read_text(["\n".join([*lines, ""])], dialect="none")

    assert [point.step_seconds for point in log.points] == [13.0] + [0.125] * 19
    assert all(point.clock is None for point in log.points)
